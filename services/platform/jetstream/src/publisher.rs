//! Stores events in streams and awaits every acknowledgement.
//!
//! Several events of one stream go as an atomic batch, which the server stores whole or not at all. A batch that is
//! refused (it may hold an event that was stored before) is sent again one by one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::client::{PublishErrorKind, Request, RequestErrorKind};
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::response::Response;
use async_trait::async_trait;
use bytes::Bytes;
use chrono::DateTime;
use serde::Deserialize;
use soundings_mailbox::{Ack, Envelope, Publish, PublishError, StreamState};
use soundings_proto::subjects::STREAMS;
use tokio::sync::watch;

use crate::provision::MAX_MESSAGE;
use crate::{Connection, cloud_events, provision};

/// The largest atomic batch.
pub const MAX_BATCH: usize = 100;
const ACK_TIMEOUT: Duration = Duration::from_secs(5);
/// Room for the headers within the stream's message limit.
const MAX_BODY: usize = MAX_MESSAGE as usize - 8 * 1024;

/// How long the first events wait for the first connection: a server that starts beside its clients is there by then.
const FIRST_CONNECTION: Duration = Duration::from_secs(1);

/// Publishes through a connection. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Publisher {
    conn: Connection,
    /// Whether anything was stored yet: a stream that is missing then was lost.
    has_stored: Arc<AtomicBool>,
}

#[derive(Debug, Deserialize)]
struct Stored {
    stream: String,
    seq: i64,
    #[serde(default)]
    duplicate: bool,
}

type Outcome = Result<Ack, PublishError>;

impl Publisher {
    /// A publisher on a connection.
    pub fn new(conn: Connection) -> Self {
        Self { conn, has_stored: Arc::default() }
    }

    /// Before the first event: waits a moment for the first connection.
    async fn begin(&self) {
        let mut connections = self.conn.connections();
        if !self.conn.is_connected() && *connections.borrow() == 0 {
            _ = tokio::time::timeout(FIRST_CONNECTION, connections.wait_for(|count| *count > 0)).await;
        }
    }

    /// Makes the streams, one of which is missing; whether they are there now.
    async fn make_streams(&self) -> bool {
        if self.has_stored.load(Ordering::Relaxed) {
            tracing::warn!("a stream is missing; making it anew");
        } else {
            tracing::info!("making the streams");
        }
        let made = provision(&self.conn).await;
        if let Err(error) = &made {
            tracing::warn!(%error, "the streams could not be made");
        }
        made.is_ok()
    }

    /// Sends the events at these places of a batch, by stream; whether a stream was missing.
    async fn send(
        &self,
        batch: &[Envelope],
        streams: &BTreeMap<&str, Vec<usize>>,
        outcomes: &mut [Outcome],
    ) -> bool {
        let mut missing = false;
        for (stream, places) in streams {
            let events: Vec<_> = places.iter().map(|&at| &batch[at]).collect();
            for (&at, outcome) in places.iter().zip(self.publish_to(stream, &events).await) {
                missing |= matches!(&outcome, Err(PublishError::Transient(reason)) if reason.contains("no responders"));
                outcomes[at] = outcome;
            }
        }
        missing
    }

    async fn publish_to(&self, stream: &str, events: &[&Envelope]) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(events.len());
        let mut stopped: Option<PublishError> = None;
        for chunk in events.chunks(MAX_BATCH) {
            if let Some(error) = &stopped {
                outcomes.extend(chunk.iter().map(|_| Err(error.clone())));
                continue;
            }
            let batch = match chunk {
                [_] => None,
                _ => self.publish_batch(stream, chunk).await,
            };
            let chunk_outcomes = match batch {
                Some(outcomes) => outcomes,
                None => self.publish_singly(stream, chunk).await,
            };
            stopped = chunk_outcomes.iter().find_map(|outcome| match outcome {
                Err(error @ PublishError::Transient(_)) => Some(error.clone()),
                _ => None,
            });
            outcomes.extend(chunk_outcomes);
        }
        outcomes
    }

    /// None: the batch was refused as such; only one by one will show which of its events is at fault.
    async fn publish_batch(&self, stream: &str, events: &[&Envelope]) -> Option<Vec<Outcome>> {
        if events.iter().any(|event| event.data.len() > MAX_BODY) {
            return None;
        }
        let id = events.first()?.id.to_string();
        let count = i64::try_from(events.len()).ok()?;
        let failed = |error: PublishError| Some(events.iter().map(|_| Err(error.clone())).collect());
        for (at, event) in events.iter().enumerate() {
            let mut headers = cloud_events::headers(event, stream);
            headers.insert("Nats-Batch-Id", id.as_str());
            headers.insert("Nats-Batch-Sequence", (at + 1).to_string());
            let data = Bytes::from(event.data.clone());
            if at + 1 < events.len() {
                // The acknowledgement of the last one speaks for all.
                let sent = self.conn.client.publish_with_headers(event.subject.clone(), headers, data).await;
                match sent.map_err(|error| (error.kind(), error)) {
                    Ok(()) => continue,
                    Err((PublishErrorKind::Send, error)) => {
                        return failed(PublishError::Transient(error.to_string()));
                    }
                    Err(_) => return None,
                }
            }
            headers.insert("Nats-Batch-Commit", "1");
            return match self.request(event, headers, data).await {
                Ok(Response::Ok(last)) => Some(
                    (1..=count)
                        .map(|at| {
                            let sequence = last.seq - count + at;
                            Ok(Ack { stream: last.stream.clone(), sequence, duplicate: false })
                        })
                        .collect(),
                ),
                Ok(Response::Err { error }) => {
                    tracing::debug!(stream, %error, "the batch was refused; sending its events one by one");
                    None
                }
                Err(PublishError::Permanent(_)) => None,
                Err(error) => failed(error),
            };
        }
        None
    }

    async fn publish_singly(&self, stream: &str, events: &[&Envelope]) -> Vec<Outcome> {
        let mut stopped: Option<PublishError> = None;
        let mut outcomes = Vec::with_capacity(events.len());
        for event in events {
            let outcome = match &stopped {
                Some(error) => Err(error.clone()),
                None => self.publish_one(stream, event).await,
            };
            if let Err(error @ PublishError::Transient(_)) = &outcome {
                stopped = Some(error.clone());
            }
            outcomes.push(outcome);
        }
        outcomes
    }

    async fn publish_one(&self, stream: &str, event: &Envelope) -> Outcome {
        if event.data.len() > MAX_BODY {
            let size = event.data.len();
            return Err(PublishError::Permanent(format!("its body of {size} bytes is above {MAX_BODY}")));
        }
        let headers = cloud_events::headers(event, stream);
        match self.request(event, headers, Bytes::from(event.data.clone())).await? {
            Response::Ok(stored) => {
                Ok(Ack { stream: stored.stream, sequence: stored.seq, duplicate: stored.duplicate })
            }
            Response::Err { error } if error.error_code() == ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM => {
                Err(PublishError::Permanent(error.to_string()))
            }
            Response::Err { error } => Err(PublishError::Transient(error.to_string())),
        }
    }

    async fn request(
        &self,
        event: &Envelope,
        headers: async_nats::HeaderMap,
        data: Bytes,
    ) -> Result<Response<Stored>, PublishError> {
        let request = Request::new().headers(headers).payload(data).timeout(Some(ACK_TIMEOUT));
        let mut connections = self.conn.connections();
        connections.mark_unchanged();
        let answer = tokio::select! {
            answer = self.conn.client.send_request(event.subject.clone(), request) => answer,
            // What went out on another connection is acknowledged to nobody.
            Ok(()) = connections.changed() => {
                return Err(PublishError::Transient("the connection was made anew".to_owned()));
            }
        };
        let message = answer.map_err(|error| match error.kind() {
            RequestErrorKind::InvalidSubject | RequestErrorKind::MaxPayloadExceeded => {
                PublishError::Permanent(error.to_string())
            }
            _ => PublishError::Transient(error.to_string()),
        })?;
        serde_json::from_slice(&message.payload)
            .map_err(|error| PublishError::Transient(format!("an unreadable acknowledgement: {error}")))
    }
}

#[async_trait]
impl Publish for Publisher {
    async fn publish(&self, batch: &[Envelope]) -> Vec<Outcome> {
        self.begin().await;
        // What is sent while disconnected would pile up in the client; the outbox holds it better.
        if !self.conn.is_connected() {
            let error = PublishError::Transient("the NATS server is not connected".to_owned());
            return batch.iter().map(|_| Err(error.clone())).collect();
        }
        let mut outcomes: Vec<Outcome> = Vec::with_capacity(batch.len());
        let mut streams: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, event) in batch.iter().enumerate() {
            let stream = STREAMS
                .iter()
                .find(|stream| event.subject.starts_with(stream.subjects.trim_end_matches('>')));
            match stream {
                Some(stream) => streams.entry(stream.name).or_default().push(at),
                None => tracing::error!(subject = event.subject, "no stream takes this subject"),
            }
            outcomes
                .push(Err(PublishError::Permanent(format!("no stream takes the subject {}", event.subject))));
        }
        let missing = self.send(batch, &streams, &mut outcomes).await;
        if missing && self.conn.settings.provisions && self.make_streams().await {
            // What was stored before a stream was found missing stays so; the rest goes now, in its order.
            for places in streams.values_mut() {
                places.retain(|&at| matches!(outcomes[at], Err(PublishError::Transient(_))));
            }
            self.send(batch, &streams, &mut outcomes).await;
        }
        if outcomes.iter().any(Result::is_ok) {
            self.has_stored.store(true, Ordering::Relaxed);
        }
        outcomes
    }

    async fn stream_state(&self, stream: &str) -> Result<Option<StreamState>, PublishError> {
        if !self.conn.is_connected() {
            return Err(PublishError::Transient("the NATS server is not connected".to_owned()));
        }
        let found = match self.conn.jetstream.get_stream(stream).await {
            Ok(found) => found,
            Err(error) => {
                return match error.kind() {
                    GetStreamErrorKind::JetStream(error)
                        if error.error_code() == ErrorCode::STREAM_NOT_FOUND =>
                    {
                        Ok(None)
                    }
                    _ => Err(PublishError::Transient(error.to_string())),
                };
            }
        };
        let info = found.cached_info();
        let created = i64::try_from(info.created.unix_timestamp_nanos() / 1_000).ok();
        Ok(Some(StreamState {
            created: created.and_then(DateTime::from_timestamp_micros).unwrap_or_default(),
            last_sequence: i64::try_from(info.state.last_sequence).unwrap_or(i64::MAX),
        }))
    }

    fn connections(&self) -> watch::Receiver<u64> {
        self.conn.connections()
    }
}
