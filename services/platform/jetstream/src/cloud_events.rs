//! CloudEvents 1.0 over NATS: binary mode (attributes in headers) out and in, structured JSON in and for export.

use std::fmt::Write as _;

use async_nats::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, SecondsFormat, Utc};
use soundings_mailbox::Envelope;
use uuid::Uuid;

use crate::Error;

/// Content type of the bodies.
pub const PROTOBUF: &str = "application/protobuf";
/// Content type of a structured event.
pub const STRUCTURED: &str = "application/cloudevents+json";

/// The headers of an event for a stream.
pub(crate) fn headers(event: &Envelope, stream: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("Nats-Msg-Id", event.id.to_string());
    headers.insert("Nats-Expected-Stream", stream);
    headers.insert("Content-Type", PROTOBUF);
    for (name, value) in attributes(event) {
        headers.insert(format!("ce-{name}"), encode(&value));
    }
    headers.insert("ce-datacontenttype", PROTOBUF);
    for (name, value) in [("traceparent", &event.traceparent), ("tracestate", &event.tracestate)] {
        if let Some(value) = value.as_ref().filter(|value| is_plain(value)) {
            headers.insert(name, value.as_str());
        }
    }
    headers
}

/// Whether a header may hold it as it is; the trace context is not percent-encoded.
fn is_plain(value: &str) -> bool {
    value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// Attributes with their values, but for the content type and the trace context.
fn attributes(event: &Envelope) -> Vec<(&'static str, String)> {
    let mut attributes = vec![
        ("specversion", "1.0".to_owned()),
        ("id", event.id.to_string()),
        ("source", event.source.clone()),
        ("type", event.ty.clone()),
        ("subject", event.aggregate_id.clone()),
        ("time", event.time.to_rfc3339_opts(SecondsFormat::Micros, true)),
        ("dataschema", event.dataschema.clone()),
        ("sequence", format!("{:020}", event.sequence)),
        ("partitionkey", event.aggregate_id.clone()),
    ];
    if let Some(id) = &event.correlation_id {
        attributes.push(("correlationid", id.clone()));
    }
    if let Some(id) = &event.causation_id {
        attributes.push(("causationid", id.clone()));
    }
    attributes
}

/// Reads an event in either mode.
///
/// # Errors
/// [`Error::Malformed`] when a required attribute is missing or unreadable.
pub fn parse(subject: &str, headers: Option<&HeaderMap>, payload: &[u8]) -> Result<Envelope, Error> {
    let header = |name: &str| headers.and_then(|headers| headers.get(name)).map(|value| value.as_str());
    if header("Content-Type").is_some_and(|ty| ty.starts_with(STRUCTURED)) {
        return parse_structured(subject, payload);
    }
    let attribute = |name: &str| header(&format!("ce-{name}")).map(decode).transpose();
    read(subject, payload.to_vec(), attribute, |name| header(name).map(str::to_owned))
}

/// An event as one JSON object, for export.
pub fn structured(event: &Envelope) -> serde_json::Value {
    let mut object: serde_json::Map<_, _> =
        attributes(event).into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
    object.insert("datacontenttype".to_owned(), PROTOBUF.into());
    object.insert("data_base64".to_owned(), BASE64.encode(&event.data).into());
    for (name, value) in [("traceparent", &event.traceparent), ("tracestate", &event.tracestate)] {
        if let Some(value) = value {
            object.insert(name.to_owned(), value.as_str().into());
        }
    }
    object.into()
}

fn parse_structured(subject: &str, payload: &[u8]) -> Result<Envelope, Error> {
    let object: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(payload).map_err(|error| Error::Malformed(error.to_string()))?;
    let text = |name: &str| object.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let data = text("data_base64").ok_or_else(|| Error::Malformed("data_base64 is missing".to_owned()))?;
    let data = BASE64.decode(data).map_err(|error| Error::Malformed(format!("data_base64: {error}")))?;
    read(subject, data, |name| Ok(text(name)), text)
}

fn read(
    subject: &str,
    data: Vec<u8>,
    attribute: impl Fn(&str) -> Result<Option<String>, Error>,
    trace: impl Fn(&str) -> Option<String>,
) -> Result<Envelope, Error> {
    let required = |name: &str| {
        attribute(name)?
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Error::Malformed(format!("{name} is missing")))
    };
    let unreadable = |name: &str| Error::Malformed(format!("{name} is not readable"));
    let specversion = required("specversion")?;
    if specversion != "1.0" {
        return Err(Error::Malformed(format!("specversion is {specversion}")));
    }
    let time = DateTime::parse_from_rfc3339(&required("time")?).map_err(|_| unreadable("time"))?;
    let sequence: i64 = required("sequence")?.parse().map_err(|_| unreadable("sequence"))?;
    if sequence < 1 {
        return Err(Error::Malformed("sequence is below 1".to_owned()));
    }
    Ok(Envelope {
        id: Uuid::parse_str(&required("id")?).map_err(|_| unreadable("id"))?,
        source: required("source")?,
        ty: required("type")?,
        subject: subject.to_owned(),
        aggregate_id: attribute("subject")?.unwrap_or_default(),
        sequence,
        time: time.with_timezone(&Utc),
        data,
        dataschema: attribute("dataschema")?.unwrap_or_default(),
        correlation_id: attribute("correlationid")?,
        causation_id: attribute("causationid")?,
        // An event is worth more than its trace.
        traceparent: trace("traceparent").filter(|value| is_plain(value)),
        tracestate: trace("tracestate").filter(|value| is_plain(value)),
    })
}

/// Percent-encodes what a header may not hold: everything but printable ASCII, and space, quote and percent.
fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'"' | b'%' => _ = write!(encoded, "%{byte:02X}"),
            b'!'..=b'~' => encoded.push(char::from(byte)),
            _ => _ = write!(encoded, "%{byte:02X}"),
        }
    }
    encoded
}

fn decode(value: &str) -> Result<String, Error> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
        match (digit(), digit()) {
            (Some(high), Some(low)) => bytes.push(u8::try_from(high * 16 + low).unwrap_or_default()),
            _ => return Err(Error::Malformed("a percent sign without two digits".to_owned())),
        }
    }
    String::from_utf8(bytes).map_err(|_| Error::Malformed("a header is not UTF-8".to_owned()))
}

#[cfg(test)]
mod tests;
