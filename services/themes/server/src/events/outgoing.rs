//! Events this service sends.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use prost::Message;
use soundings_mailbox::Envelope;
use soundings_proto::subjects::{EVIDENCE_CHANGED, EventKind, SIGNAL_RECORDED, THEME_CHANGED};
use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::codebook_event::Change;
use soundings_themes_domain::{Codebook, CodebookEvent, Theme, ThemeState};
use uuid::Uuid;

use crate::rpc::{names, theme_messages};
use crate::store::evidence::KeptEvidence;
use crate::store::signals::Changed;

/// Pieces of evidence that one event tells of.
const PIECES: usize = 1_000;

/// Why an event is sent, and the time and ids it is sent with.
pub struct Cause<'a> {
    /// When it happened.
    pub now: DateTime<Utc>,
    /// Makes UUIDv7s.
    pub new_id: &'a (dyn Fn() -> Uuid + Send + Sync),
    /// What the whole chain belongs to.
    pub correlation_id: Option<String>,
    /// The event or request before it.
    pub causation_id: Option<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// W3C vendor trace state.
    pub tracestate: Option<String>,
    /// When the newest response of an organisation was accepted, where responses are the cause.
    pub accepted: HashMap<String, DateTime<Utc>>,
}

impl Cause<'_> {
    fn envelope(
        &self,
        kind: EventKind,
        source: String,
        aggregate_id: String,
        sequence: i64,
        data: Vec<u8>,
    ) -> Envelope {
        Envelope {
            id: (self.new_id)(),
            source,
            ty: kind.ty(),
            subject: kind.subject(&aggregate_id),
            aggregate_id,
            sequence,
            time: self.now,
            data,
            dataschema: kind.message.to_owned(),
            correlation_id: self.correlation_id.clone(),
            causation_id: self.causation_id.clone(),
            traceparent: self.traceparent.clone(),
            tracestate: self.tracestate.clone(),
        }
    }
}

/// An organisation's tallies under a codebook changed.
#[must_use]
pub fn signal_recorded(
    codebook: &Codebook,
    codebook_version: i64,
    model_version: &str,
    changed: &Changed,
    cause: &Cause<'_>,
) -> Envelope {
    let body = proto::SignalRecorded {
        signal: Some(theme_messages::signal(&codebook.id, changed)),
        codebook_version,
        model_version: model_version.to_owned(),
        response_time: cause
            .accepted
            .get(&changed.organisation)
            .map(|time| theme_messages::timestamp(time.timestamp_micros())),
    };
    let source =
        format!("//soundings/themes/codebooks/{}/organisations/{}", codebook.id, changed.organisation);
    let aggregate = format!("{}:{}", codebook.id, changed.organisation);
    cause.envelope(SIGNAL_RECORDED, source, aggregate, changed.sequence, body.encode_to_vec())
}

/// The themes that a decision changed or made, each as it is after it. One whose making was undone is told as retired,
/// since what was told cannot be untold.
#[must_use]
pub fn themes_changed(codebook: &Codebook, event: &CodebookEvent, cause: &Cause<'_>) -> Vec<Envelope> {
    let told = |change: &Change<Theme>| {
        let (theme, state, revision) = match (&change.after, &change.before) {
            (Some(after), _) => (after, after.state, after.revision),
            (None, before) => (before.as_ref()?, ThemeState::Retired, *codebook.removed.get(change.id())?),
        };
        Some(theme_changed(codebook, theme, state, revision, cause))
    };
    event.themes.iter().filter_map(told).collect()
}

fn theme_changed(
    codebook: &Codebook,
    theme: &Theme,
    state: ThemeState,
    revision: i64,
    cause: &Cause<'_>,
) -> Envelope {
    let named =
        |id: &Option<String>| id.as_ref().map(|id| names::theme(&codebook.id, id)).unwrap_or_default();
    let name = names::theme(&codebook.id, &theme.id);
    let body = proto::ThemeChanged {
        theme: name.clone(),
        title: theme.title.clone(),
        state: theme_messages::state(state).into(),
        codebook_version: codebook.version,
        merged_into: named(&theme.merged_into),
        parent: named(&theme.parent),
        kind: theme_messages::kind(theme.kind).into(),
        scope: theme_messages::scope(theme.scope.as_ref()).into(),
        need: theme_messages::need(theme.need.as_ref()).into(),
    };
    let aggregate = format!("{}:{}", codebook.id, theme.id);
    let source = format!("//soundings/themes/{name}");
    cause.envelope(THEME_CHANGED, source, aggregate, revision, body.encode_to_vec())
}

/// The aggregate of a theme's evidence.
#[must_use]
pub fn evidence_source(codebook: &str, theme: &str) -> String {
    format!("//soundings/themes/{}/evidence", names::theme(codebook, theme))
}

/// The evidence for a theme changed: all of its pieces that stand. `sequence` numbers these events of the theme.
#[must_use]
pub fn evidence_changed(
    (codebook, theme): (&str, &str),
    all: &[KeptEvidence],
    sequence: i64,
    cause: &Cause<'_>,
) -> Envelope {
    let mut pieces: Vec<&KeptEvidence> =
        all.iter().filter(|kept| kept.removed.is_none() && kept.evidence.themes.contains(theme)).collect();
    pieces.sort_by(|a, b| {
        let key = |kept: &KeptEvidence| (kept.evidence.strength, kept.evidence.date.clone(), kept.position);
        key(b).cmp(&key(a))
    });
    let piece = |kept: &&KeptEvidence| proto::EvidencePiece {
        evidence: names::evidence(codebook, &kept.id),
        strength: kept.evidence.strength.into(),
        date: kept.evidence.date.clone(),
    };
    let body = proto::EvidenceChanged {
        theme: names::theme(codebook, theme),
        pieces: pieces.iter().take(PIECES).map(piece).collect(),
    };
    let (source, aggregate) = (evidence_source(codebook, theme), format!("{codebook}:{theme}"));
    cause.envelope(EVIDENCE_CHANGED, source, aggregate, sequence, body.encode_to_vec())
}
