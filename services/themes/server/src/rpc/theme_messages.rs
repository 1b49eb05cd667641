//! The domain's and the store's values as messages.

use prost_types::Timestamp;
use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::mention_decision::place;
use soundings_themes_domain::{
    Codebook, Need, NeedStatus, Place, Scope, Signal, Theme, ThemeKind, ThemeState,
};

use super::{names, stance_messages};
use crate::store::mentions::StoredMention;
use crate::store::signals::Changed;

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
        reassignment_pending: codebook.is_pending(),
    }
}

/// A theme without its counts.
#[must_use]
pub fn theme(codebook: &Codebook, theme: &Theme) -> proto::Theme {
    let named =
        |id: &Option<String>| id.as_ref().map(|id| names::theme(&codebook.id, id)).unwrap_or_default();
    proto::Theme {
        name: names::theme(&codebook.id, &theme.id),
        title: theme.title.clone(),
        description: theme.description.clone(),
        exemplars: theme.exemplars.clone(),
        state: state(theme.state).into(),
        etag: theme.etag(),
        kind: kind(theme.kind).into(),
        parent: named(&theme.parent),
        scope: scope(theme.scope.as_ref()).into(),
        scope_reason: theme.scope.as_ref().map(|scope| scope.reason.clone()).unwrap_or_default(),
        need: need(theme.need.as_ref()).into(),
        need_evidence: theme.need.as_ref().map(|need| need.evidence.clone()).unwrap_or_default(),
        merged_into: named(&theme.merged_into),
        reassignment_pending: codebook.is_theme_pending(theme),
        ..proto::Theme::default()
    }
}

/// What a theme gathers.
#[must_use]
pub fn kind(kind: ThemeKind) -> proto::ThemeKind {
    match kind {
        ThemeKind::Subject => proto::ThemeKind::Subject,
        ThemeKind::Other => proto::ThemeKind::Other,
        ThemeKind::NoReasonGiven => proto::ThemeKind::NoReasonGiven,
    }
}

/// Whether the partnership may act on a theme.
#[must_use]
pub fn scope(scope: Option<&Scope>) -> proto::Scope {
    match scope {
        None => proto::Scope::Unspecified,
        Some(Scope { within: true, .. }) => proto::Scope::In,
        Some(Scope { within: false, .. }) => proto::Scope::Out,
    }
}

/// How far a need is met.
#[must_use]
pub fn need(need: Option<&Need>) -> proto::NeedStatus {
    match need.map(|need| need.status) {
        None => proto::NeedStatus::Unspecified,
        Some(NeedStatus::Unmet) => proto::NeedStatus::Unmet,
        Some(NeedStatus::PartlyMet) => proto::NeedStatus::PartlyMet,
        Some(NeedStatus::Met) => proto::NeedStatus::Met,
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
        against_respondents: tally.against,
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
pub fn mention(codebook: &Codebook, stored: StoredMention, text: Option<String>) -> proto::Mention {
    let theme_name = |id: &str| if id.is_empty() { String::new() } else { names::theme(&codebook.id, id) };
    let runner_up = match codebook.place(&stored.runner_up) {
        Place::Stands(id) => theme_name(id),
        Place::Retired | Place::Gone => String::new(),
    };
    let by_person = !stored.decided_by.is_empty();
    let assigned_by = if by_person { proto::AssignedBy::Person } else { proto::AssignedBy::Model };
    proto::Mention {
        response: names::response(&stored.survey, &stored.response),
        organisation: names::organisation(&stored.organisation),
        theme: theme_name(&stored.theme),
        runner_up_score_ppm: if runner_up.is_empty() { 0 } else { small(stored.runner_up_score) },
        runner_up,
        statement: names::statement(&codebook.id, &stored.statement()),
        assigned_by: assigned_by.into(),
        model_themes: model_themes(codebook, &stored.model),
        decide_time: by_person.then(|| timestamp(stored.decided_at)),
        etag: decisions_etag(&stored),
        decided_by: stored.decided_by,
        question: stored.question,
        revision: stored.revision,
        start: small(stored.start),
        end: small(stored.end),
        score_ppm: small(stored.score),
        text: text.unwrap_or_default(),
        response_time: Some(timestamp(stored.response_time)),
        model_version: stored.model_version,
        codebook_version: stored.codebook_version,
        one_word: stored.one_word,
        position: stance_messages::position(stored.position_towards).into(),
        act: stance_messages::act(stored.act).into(),
        evidence_rich: stored.evidence_rich,
        language: stored.language,
    }
}

/// The themes that the model gave a statement, where they stand now, best first.
#[must_use]
pub fn model_themes(codebook: &Codebook, model: &[(String, i32)]) -> Vec<String> {
    let placed = place(model, &[], codebook);
    placed.themes.iter().map(|(theme, _, _)| names::theme(&codebook.id, theme)).collect()
}

/// Changes whenever somebody decides on the mention's statement.
#[must_use]
pub fn decisions_etag(stored: &StoredMention) -> String {
    format!("{}-{}", &stored.digest[..8.min(stored.digest.len())], stored.decisions)
}

fn small(value: i64) -> i32 {
    value.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32
}

/// A time, from microseconds since 1970.
#[must_use]
pub fn timestamp(micros: i64) -> Timestamp {
    Timestamp { seconds: micros.div_euclid(1_000_000), nanos: (micros.rem_euclid(1_000_000) * 1_000) as i32 }
}
