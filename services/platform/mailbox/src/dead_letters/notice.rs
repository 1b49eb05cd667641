//! The event that announces a dead letter: references and the reason, never the message's body.

use chrono::{DateTime, Utc};
use prost::Message;
use soundings_proto::{mailbox::v1 as wire, subjects};
use uuid::Uuid;

use crate::Envelope;

pub(super) fn of(id: Uuid, consumer: &str, event: &Envelope, reason: &str, now: DateTime<Utc>) -> Envelope {
    let body = wire::DeadLetter {
        name: format!("deadLetters/{id}"),
        consumer: consumer.to_owned(),
        event_id: event.id.to_string(),
        event_type: event.ty.clone(),
        source: event.source.clone(),
        sequence: event.sequence,
        reason: reason.to_owned(),
        park_time: Some(prost_types::Timestamp {
            seconds: now.timestamp(),
            nanos: i32::try_from(now.timestamp_subsec_nanos()).unwrap_or(0),
        }),
        state: wire::DeadLetterState::Parked.into(),
    };
    Envelope {
        id,
        source: format!("//soundings/deadLetters/{id}"),
        ty: "soundings.dlq.message.parked.v1".to_owned(),
        subject: subjects::dead_letter(consumer),
        aggregate_id: consumer.to_owned(),
        sequence: 1,
        time: now,
        data: body.encode_to_vec(),
        dataschema: "soundings.mailbox.v1.DeadLetter".to_owned(),
        correlation_id: event.correlation_id.clone(),
        causation_id: Some(event.id.to_string()),
        traceparent: event.traceparent.clone(),
        tracestate: event.tracestate.clone(),
    }
}
