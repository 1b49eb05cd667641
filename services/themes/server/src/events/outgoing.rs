//! Events this service sends.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use prost::Message;
use soundings_mailbox::Envelope;
use soundings_proto::subjects::{EventKind, SIGNAL_RECORDED, THEME_CHANGED};
use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::{Codebook, Theme};
use uuid::Uuid;

use crate::rpc::{names, theme_messages};
use crate::store::assignments::AssignedUnder;
use crate::store::signals::Changed;

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
pub fn signal_recorded(under: AssignedUnder<'_>, changed: &Changed, cause: &Cause<'_>) -> Envelope {
    let body = proto::SignalRecorded {
        signal: Some(theme_messages::signal(under.codebook, changed)),
        codebook_version: under.codebook_version,
        model_version: under.model_version.to_owned(),
        response_time: cause
            .accepted
            .get(&changed.organisation)
            .map(|time| theme_messages::timestamp(time.timestamp_micros())),
    };
    let source =
        format!("//soundings/themes/codebooks/{}/organisations/{}", under.codebook, changed.organisation);
    let aggregate = format!("{}:{}", under.codebook, changed.organisation);
    cause.envelope(SIGNAL_RECORDED, source, aggregate, changed.sequence, body.encode_to_vec())
}

/// A theme was made, re-worded, approved or retired.
#[must_use]
pub fn theme_changed(codebook: &Codebook, theme: &Theme, cause: &Cause<'_>) -> Envelope {
    let name = names::theme(&codebook.id, &theme.id);
    let body = proto::ThemeChanged {
        theme: name.clone(),
        title: theme.title.clone(),
        state: theme_messages::state(theme.state).into(),
        codebook_version: codebook.version,
    };
    let aggregate = format!("{}:{}", codebook.id, theme.id);
    cause.envelope(
        THEME_CHANGED,
        format!("//soundings/themes/{name}"),
        aggregate,
        theme.revision,
        body.encode_to_vec(),
    )
}
