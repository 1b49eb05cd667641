//! The domain's and the store's values as messages.

use std::collections::HashMap;

use prost_types::Timestamp;
use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::{Codebook, Signal, Theme, ThemeState};

use super::names;
use crate::store::mentions::StoredMention;
use crate::store::signals::{Changed, Totals};

/// A codebook without its themes.
#[must_use]
pub fn codebook(codebook: &Codebook) -> proto::Codebook {
    proto::Codebook {
        name: names::codebook(&codebook.id),
        title: codebook.title.clone(),
        surveys: codebook.surveys.iter().map(|survey| format!("surveys/{survey}")).collect(),
        questions: codebook.questions.clone(),
        version: codebook.version,
        etag: codebook.etag(),
    }
}

/// A theme with its counts.
#[must_use]
pub fn theme(
    codebook: &str,
    theme: &Theme,
    totals: &HashMap<String, Totals>,
    mentions: &HashMap<String, i64>,
) -> proto::Theme {
    let totals = totals.get(&theme.id).copied().unwrap_or_default();
    proto::Theme {
        name: names::theme(codebook, &theme.id),
        title: theme.title.clone(),
        description: theme.description.clone(),
        exemplars: theme.exemplars.clone(),
        state: state(theme.state).into(),
        respondents: totals.respondents,
        responses: totals.responses,
        mentions: mentions.get(&theme.id).copied().unwrap_or_default(),
        organisations: totals.organisations,
        etag: theme.etag(),
    }
}

/// A theme's state.
#[must_use]
pub fn state(state: ThemeState) -> proto::ThemeState {
    match state {
        ThemeState::Emerging => proto::ThemeState::Emerging,
        ThemeState::Proposed => proto::ThemeState::Proposed,
        ThemeState::Approved => proto::ThemeState::Approved,
        ThemeState::Retired => proto::ThemeState::Retired,
    }
}

/// A signal.
#[must_use]
pub fn signal(codebook: &str, changed: &Changed) -> proto::Signal {
    let Signal { respondents, responses, themes } = &changed.signal;
    let tally = |tally: &soundings_themes_domain::ThemeTally| proto::ThemeTally {
        theme: names::theme(codebook, &tally.theme),
        respondents: tally.respondents,
        responses: tally.responses,
    };
    proto::Signal {
        codebook: names::codebook(codebook),
        organisation: names::organisation(&changed.organisation),
        sequence: changed.sequence,
        respondents: *respondents,
        responses: *responses,
        themes: themes.iter().map(tally).collect(),
    }
}

/// A mention with its words, if they still stand.
#[must_use]
pub fn mention(codebook: &str, stored: StoredMention, text: Option<String>) -> proto::Mention {
    let theme_name = |id: &str| if id.is_empty() { String::new() } else { names::theme(codebook, id) };
    proto::Mention {
        response: names::response(&stored.survey, &stored.response),
        organisation: names::organisation(&stored.organisation),
        theme: theme_name(&stored.theme),
        runner_up: theme_name(&stored.runner_up),
        question: stored.question,
        revision: stored.revision,
        start: small(stored.start),
        end: small(stored.end),
        score_ppm: small(stored.score),
        runner_up_score_ppm: small(stored.runner_up_score),
        text: text.unwrap_or_default(),
        response_time: Some(timestamp(stored.response_time)),
        model_version: stored.model_version,
        codebook_version: stored.codebook_version,
    }
}

fn small(value: i64) -> i32 {
    value.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

/// A time, from microseconds since 1970.
#[must_use]
pub fn timestamp(micros: i64) -> Timestamp {
    Timestamp { seconds: micros.div_euclid(1_000_000), nanos: (micros.rem_euclid(1_000_000) * 1_000) as i32 }
}
