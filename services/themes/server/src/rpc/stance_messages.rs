//! Stances as messages.

use std::collections::BTreeMap;

use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::Theme;
use soundings_themes_engine::stance::{Act, Position};

use super::names;
use crate::store::views::stances::{Answer, Counts};

/// Where a statement stands.
#[must_use]
pub fn position(position: Position) -> proto::Position {
    match position {
        Position::For => proto::Position::For,
        Position::Against => proto::Position::Against,
        Position::Mixed => proto::Position::Mixed,
        Position::Unclear => proto::Position::Unclear,
    }
}

/// The position of a message; none: it is not given.
#[must_use]
pub fn read_position(position: proto::Position) -> Option<Position> {
    match position {
        proto::Position::Unspecified => None,
        proto::Position::For => Some(Position::For),
        proto::Position::Against => Some(Position::Against),
        proto::Position::Mixed => Some(Position::Mixed),
        proto::Position::Unclear => Some(Position::Unclear),
    }
}

/// What a statement does.
#[must_use]
pub fn act(act: Act) -> proto::StatementAct {
    match act {
        Act::Ask => proto::StatementAct::Ask,
        Act::Complaint => proto::StatementAct::Complaint,
        Act::Praise => proto::StatementAct::Praise,
        Act::Other => proto::StatementAct::Other,
    }
}

/// The act of a message; none: it is not given.
#[must_use]
pub fn read_act(act: proto::StatementAct) -> Option<Act> {
    match act {
        proto::StatementAct::Unspecified => None,
        proto::StatementAct::Ask => Some(Act::Ask),
        proto::StatementAct::Complaint => Some(Act::Complaint),
        proto::StatementAct::Praise => Some(Act::Praise),
        proto::StatementAct::Other => Some(Act::Other),
    }
}

/// A theme's two sides without quotes, from counts by (theme, organisation).
#[must_use]
pub fn theme(
    codebook: &str,
    theme: &Theme,
    by_organisation: &BTreeMap<(String, String), Counts>,
) -> proto::ThemeStances {
    let total = by_organisation.values().fold(Counts::default(), |total, counts| total.with(*counts));
    let majority = match total.r#for.cmp(&total.against) {
        std::cmp::Ordering::Greater => proto::Position::For,
        std::cmp::Ordering::Less => proto::Position::Against,
        std::cmp::Ordering::Equal => proto::Position::Unspecified,
    };
    let organisations = by_organisation.iter().map(|((_, organisation), of)| proto::OrganisationStances {
        organisation: names::organisation(organisation),
        counts: Some(counts(*of)),
    });
    proto::ThemeStances {
        theme: names::theme(codebook, &theme.id),
        title: theme.title.clone(),
        total: Some(counts(total)),
        majority: majority.into(),
        organisations: organisations.collect(),
        for_quotes: Vec::new(),
        against_quotes: Vec::new(),
    }
}

/// Those who gave an answer.
#[must_use]
pub fn answer(codebook: &str, answer: &Answer) -> proto::AnswerStances {
    let themes = answer.themes.iter().map(|(theme, of)| proto::AnswerTheme {
        theme: names::theme(codebook, theme),
        counts: Some(counts(*of)),
    });
    let (value, respondents) = (answer.value.clone(), answer.respondents);
    proto::AnswerStances { value, respondents, themes: themes.collect() }
}

fn counts(of: Counts) -> proto::StanceCounts {
    proto::StanceCounts {
        for_respondents: of.r#for,
        against_respondents: of.against,
        mixed_respondents: of.mixed,
        unclear_respondents: of.unclear,
    }
}
