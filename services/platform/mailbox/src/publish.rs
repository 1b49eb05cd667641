//! What the relay needs of a message broker.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::watch;

use crate::Envelope;

/// Where the broker stored an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// The stream's name.
    pub stream: String,
    /// The place in the stream, from 1.
    pub sequence: i64,
    /// Whether the broker had it already.
    pub duplicate: bool,
}

/// Why an event was not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// It may go through later: the broker is away, full or slow.
    #[error("{0}")]
    Transient(String),
    /// It never will, such as a body above the stream's limit.
    #[error("{0}")]
    Permanent(String),
}

/// A stream as it stands at the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamState {
    /// When it was made: another time means another stream under the same name.
    pub created: DateTime<Utc>,
    /// The last place given out; 0 when nothing was ever stored.
    pub last_sequence: i64,
}

/// Stores events in streams.
#[async_trait]
pub trait Publish: Send + Sync {
    /// Publishes in order and awaits every acknowledgement. One result for each event, in its place; after the first
    /// transient failure of a stream nothing later of that stream may be stored.
    async fn publish(&self, batch: &[Envelope]) -> Vec<Result<Ack, PublishError>>;

    /// How a stream stands; None when there is none of that name.
    async fn stream_state(&self, stream: &str) -> Result<Option<StreamState>, PublishError>;

    /// Changes whenever the connection was made anew.
    fn connections(&self) -> watch::Receiver<u64>;
}
