//! What every part of this service works with.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use soundings_mailbox::{Database, Wake};
use tokio::sync::{Notify, watch};
use uuid::Uuid;

use super::ResponseSource;
use super::ready_codebooks::ReadyCodebooks;
use crate::events::outgoing::Cause;

/// Tells the time.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;
/// Makes UUIDv7s.
pub type NewId = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// The database, the model, consultation, the clock and the rest. Cheap to clone.
#[derive(Clone)]
pub struct Runtime {
    /// This service's own database.
    pub db: Database,
    /// The codebooks with their assigners.
    pub codebooks: Arc<ReadyCodebooks>,
    /// Where responses are read.
    pub source: Arc<dyn ResponseSource>,
    /// Tells the time.
    pub now: Now,
    /// Makes ids.
    pub new_id: NewId,
    /// Wakes the relay after a commit.
    pub wake: Wake,
    /// Wakes the task that assigns anew.
    pub reassign: Arc<Notify>,
    /// Tells those who watch that something was committed.
    pub moved: Arc<watch::Sender<()>>,
}

impl Runtime {
    /// Tells the relay and those who watch of a commit.
    pub fn committed(&self) {
        self.wake.notify();
        self.moved.send_replace(());
    }

    /// A cause that is no event, such as a request.
    #[must_use]
    pub fn cause(&self, causation_id: Option<String>) -> Cause<'_> {
        Cause {
            now: (self.now)(),
            new_id: &*self.new_id,
            correlation_id: causation_id.clone(),
            causation_id,
            traceparent: None,
            tracestate: None,
            accepted: HashMap::new(),
        }
    }
}
