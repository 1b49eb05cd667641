//! Codebook events and the requests that make them, as messages and from messages.

use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::{Codebook, NeedStatus, ThemeKind, ThemeState};

use super::quality_messages::small;
use super::{names, theme_messages};
use crate::store::codebook_events::KeptEvent;

/// An event.
#[must_use]
pub fn event(kept: &KeptEvent) -> proto::CodebookEvent {
    let event = &kept.event;
    let named = |id: &str| if id.is_empty() { String::new() } else { names::theme(&event.codebook, id) };
    proto::CodebookEvent {
        name: format!("{}/events/{}", names::codebook(&event.codebook), event.version),
        version: event.version,
        action: event.action.as_str().to_owned(),
        theme: named(&event.theme),
        changed_themes: event.themes.iter().map(|change| named(change.id())).collect(),
        actor: kept.actor.clone(),
        reason: kept.reason.clone(),
        create_time: Some(theme_messages::timestamp(kept.time)),
        undoes: event.undoes.clone(),
        statements: event.split.as_ref().map_or(0, |split| small(split.statements.len())),
    }
}

/// A codebook after an undoing, and the undoing.
#[must_use]
pub fn undone(codebook: &Codebook, kept: Option<&KeptEvent>) -> proto::UndoDecisionsResponse {
    proto::UndoDecisionsResponse {
        codebook: Some(theme_messages::codebook(codebook)),
        event: kept.map(event),
    }
}

/// A theme's kind; none: not given.
#[must_use]
pub fn read_kind(kind: proto::ThemeKind) -> Option<ThemeKind> {
    match kind {
        proto::ThemeKind::Unspecified => None,
        proto::ThemeKind::Subject => Some(ThemeKind::Subject),
        proto::ThemeKind::Other => Some(ThemeKind::Other),
        proto::ThemeKind::NoReasonGiven => Some(ThemeKind::NoReasonGiven),
    }
}

/// A theme's state; none: not given.
#[must_use]
pub fn read_state(state: proto::ThemeState) -> Option<ThemeState> {
    match state {
        proto::ThemeState::Unspecified => None,
        proto::ThemeState::Emerging => Some(ThemeState::Emerging),
        proto::ThemeState::Proposed => Some(ThemeState::Proposed),
        proto::ThemeState::Approved => Some(ThemeState::Approved),
        proto::ThemeState::Retired => Some(ThemeState::Retired),
    }
}

/// How far a need is met; none: not given.
#[must_use]
pub fn read_need(need: proto::NeedStatus) -> Option<NeedStatus> {
    match need {
        proto::NeedStatus::Unspecified => None,
        proto::NeedStatus::Unmet => Some(NeedStatus::Unmet),
        proto::NeedStatus::PartlyMet => Some(NeedStatus::PartlyMet),
        proto::NeedStatus::Met => Some(NeedStatus::Met),
    }
}
