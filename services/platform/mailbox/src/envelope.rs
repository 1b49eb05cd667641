//! An event with its CloudEvents attributes.

use chrono::{DateTime, Utc};
use soundings_proto::subjects::EventKind;
use uuid::Uuid;

/// An event as it travels: CloudEvents 1.0 attributes, the subject, and the protobuf body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Unique id (UUIDv7), made in the business transaction.
    pub id: Uuid,
    /// Names the aggregate, e.g. `//soundings/consultation/surveys/s1/responses/…`.
    pub source: String,
    /// The event's type, `soundings.<context>.<entity>.<event>.v1`.
    pub ty: String,
    /// The subject it is published under.
    pub subject: String,
    /// The aggregate's id, the last token of the subject before encoding.
    pub aggregate_id: String,
    /// Number within the aggregate: 1, 2, 3 … without gaps.
    pub sequence: i64,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// The protobuf message; references, counts and closed values, never text.
    pub data: Vec<u8>,
    /// Full name of the protobuf message.
    pub dataschema: String,
    /// What the whole chain of events belongs to, such as a request's id.
    pub correlation_id: Option<String>,
    /// The id of the event or request that caused this one.
    pub causation_id: Option<String>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// W3C vendor trace state.
    pub tracestate: Option<String>,
}

impl Envelope {
    /// An event of a kind, told of one aggregate, without a cause.
    pub fn of(
        kind: EventKind,
        id: Uuid,
        source: String,
        aggregate_id: &str,
        sequence: i64,
        time: DateTime<Utc>,
        body: &impl prost::Message,
    ) -> Self {
        Self {
            id,
            source,
            ty: kind.ty(),
            subject: kind.subject(aggregate_id),
            aggregate_id: aggregate_id.to_owned(),
            sequence,
            time,
            data: body.encode_to_vec(),
            dataschema: kind.message.to_owned(),
            correlation_id: None,
            causation_id: None,
            traceparent: None,
            tracestate: None,
        }
    }
}

/// An event to append to the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The event.
    pub event: Envelope,
    /// Whether the newest event of this subject stands for ever (a late joiner's snapshot): it is then never pruned,
    /// and after the loss of a stream only the newest one is sent again.
    pub standing: bool,
}

impl From<Envelope> for Outgoing {
    fn from(event: Envelope) -> Self {
        Self { event, standing: false }
    }
}
