//! Views of themes as messages.

use std::collections::HashMap;

use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::Codebook;
use soundings_themes_domain::proportion::{jaccard_ppm, lift_ppm, share_ppm};

use super::{names, theme_messages};
use crate::application::search_statements::{Found, Searched};
use crate::store::views::by_question::{Question, Raised};
use crate::store::views::cooccurrence::Pair;
use crate::store::views::heatmap::Tally;
use crate::store::views::trend::Interval;

/// The themes of a heat map, most respondents first, then by name.
#[must_use]
pub fn heatmap_themes(codebook: &Codebook, totals: &HashMap<String, (i64, i64)>) -> Vec<proto::HeatmapTheme> {
    let theme = |theme: &soundings_themes_domain::Theme| {
        let (respondents, responses) = totals.get(&theme.id).copied().unwrap_or_default();
        let (name, title) = (names::theme(&codebook.id, &theme.id), theme.title.clone());
        proto::HeatmapTheme { theme: name, title, respondents, responses }
    };
    let mut themes: Vec<_> = codebook.themes.iter().filter(|theme| theme.stands()).map(theme).collect();
    themes.sort_by(|a, b| b.respondents.cmp(&a.respondents).then_with(|| a.theme.cmp(&b.theme)));
    themes
}

/// An organisation of a heat map.
#[must_use]
pub fn heatmap_organisation(answered: &Tally) -> proto::HeatmapOrganisation {
    proto::HeatmapOrganisation {
        organisation: names::organisation(&answered.organisation),
        respondents: answered.respondents,
        responses: answered.responses,
    }
}

/// A cell of a heat map, of an organisation with so many respondents.
#[must_use]
pub fn heatmap_cell(
    codebook: &str,
    raised: &Tally,
    answered: i64,
    totals: &HashMap<String, (i64, i64)>,
) -> proto::HeatmapCell {
    let (of_theme, _) = totals.get(&raised.theme).copied().unwrap_or_default();
    proto::HeatmapCell {
        theme: names::theme(codebook, &raised.theme),
        organisation: names::organisation(&raised.organisation),
        respondents: raised.respondents,
        responses: raised.responses,
        share_of_organisation_ppm: share_ppm(raised.respondents, answered),
        share_of_theme_ppm: share_ppm(raised.respondents, of_theme),
    }
}

/// A period of a trend.
#[must_use]
pub fn trend_period(
    codebook: &str,
    interval: Interval,
    (period, responses): (i64, i64),
    raised: &[(i64, String, i64)],
) -> proto::TrendPeriod {
    let mut themes: Vec<_> = raised
        .iter()
        .filter(|(of, _, _)| *of == period)
        .map(|(_, theme, responses)| proto::TrendTheme {
            theme: names::theme(codebook, theme),
            responses: *responses,
        })
        .collect();
    themes.sort_by(|a, b| a.theme.cmp(&b.theme));
    let start_time = Some(theme_messages::timestamp(interval.start(period)));
    proto::TrendPeriod { start_time, responses, themes }
}

/// A question with its themes.
#[must_use]
pub fn question(codebook: &str, question: &Question, raised: &[Raised]) -> proto::QuestionThemes {
    let same = |r: &&Raised| r.survey == question.survey && r.question == question.question;
    let themes = raised.iter().filter(same).map(|raised| proto::QuestionTheme {
        theme: names::theme(codebook, &raised.theme),
        mentions: raised.mentions,
        responses: raised.responses,
    });
    proto::QuestionThemes {
        survey: names::survey(&question.survey),
        question: question.question.clone(),
        responses: question.responses,
        mentions: question.mentions,
        unassigned_statements: question.unassigned,
        themes: themes.collect(),
    }
}

/// A pair of themes; the totals hold under the empty id how many answered.
#[must_use]
pub fn pair(codebook: &str, pair: &Pair, totals: &HashMap<String, (i64, i64)>) -> proto::ThemePair {
    // A database may order ids by another alphabet than names are.
    let (first, second) = match pair.first < pair.second {
        true => (&pair.first, &pair.second),
        false => (&pair.second, &pair.first),
    };
    let of = |theme: &str| totals.get(theme).map_or(0, |(_, responses)| *responses);
    let (first_responses, second_responses) = (of(first), of(second));
    proto::ThemePair {
        first_theme: names::theme(codebook, first),
        second_theme: names::theme(codebook, second),
        responses: pair.responses,
        first_responses,
        second_responses,
        jaccard_ppm: jaccard_ppm(pair.responses, first_responses, second_responses),
        lift_ppm: lift_ppm(pair.responses, first_responses, second_responses, of("")),
    }
}

/// What a search found.
#[must_use]
pub fn searched(codebook: &Codebook, searched: Searched) -> proto::SearchStatementsResponse {
    let statement = |found: Found| proto::FoundStatement {
        themes: found.themes.iter().map(|theme| names::theme(&codebook.id, theme)).collect(),
        similarity_ppm: (found.similarity * 1_000_000.0).round() as i32,
        mention: Some(theme_messages::mention(codebook, found.mention, Some(found.text))),
    };
    proto::SearchStatementsResponse {
        statements: searched.found.into_iter().map(statement).collect(),
        total_size: searched.total as i64,
        searched_responses: searched.responses as i64,
        has_older_responses: searched.has_older,
    }
}
