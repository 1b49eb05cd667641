//! The messages of a durable consumer, one pull after another.
//!
//! A subscription of our own rather than the client's stream of messages: that one cannot be ended without losing what
//! is on its way, which the server would then deliver again only after the acknowledgement wait.

use std::time::Duration;

use async_nats::jetstream::Message;
use async_nats::{StatusCode, Subscriber};
use futures::StreamExt;
use soundings_proto::subjects::Durable;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use crate::{Connection, Error};

const LAST_MESSAGES: Duration = Duration::from_secs(2);

/// How pulls are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// The most messages of one pull.
    pub(crate) size: usize,
    /// How long one stands.
    pub(crate) expires: Duration,
    /// How often the server says meanwhile that it is there.
    pub(crate) heartbeat: Duration,
}

/// A durable consumer's messages.
pub(crate) struct Pulls {
    conn: Connection,
    connections: watch::Receiver<u64>,
    subject: String,
    inbox: String,
    subscriber: Subscriber,
    pace: Pace,
    /// What the standing pull may still bring; 0 when none stands.
    wanted: usize,
    /// What waits in the stream behind the last message.
    waiting: u64,
    /// When the server was last heard of.
    heard: Instant,
}

impl Pulls {
    /// Begins to listen; the first pull is asked for with the first message. So many messages are `waiting`.
    pub(crate) async fn open(
        conn: &Connection,
        durable: &Durable,
        pace: Pace,
        waiting: u64,
    ) -> Result<Self, Error> {
        let mut connections = conn.connections();
        connections.mark_unchanged();
        let inbox = conn.client.new_inbox();
        let subscriber = conn.client.subscribe(inbox.clone()).await;
        let subscriber = subscriber.map_err(|error| Error::JetStream(error.to_string()))?;
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{}.{}", durable.stream.name, durable.name);
        let (conn, heard) = (conn.clone(), Instant::now());
        Ok(Self { conn, connections, subject, inbox, subscriber, pace, wanted: 0, waiting, heard })
    }

    /// The next message. Nothing is lost when this is dropped before it is done.
    ///
    /// # Errors
    /// [`Error::JetStream`] when these pulls are over and must be opened anew.
    pub(crate) async fn next(&mut self) -> Result<Message, Error> {
        let over = |reason: &str| Err(Error::JetStream(reason.to_owned()));
        loop {
            if self.wanted == 0 {
                self.ask().await?;
            }
            let message = tokio::select! {
                biased;
                message = self.subscriber.next() => message,
                // No pull outlives its connection, and the consumer may not have outlived its server.
                changed = self.connections.changed() => {
                    let reason = changed.map_or("the connection is closed", |()| "the connection was made anew");
                    return over(reason);
                }
                () = sleep_until(self.heard + 2 * self.pace.heartbeat) => return over("the server's heartbeat is missing"),
            };
            let Some(message) = message else { return over("the subscription was closed") };
            self.heard = Instant::now();
            match message.status {
                None | Some(StatusCode::OK) => return Ok(self.came(message)),
                Some(StatusCode::IDLE_HEARTBEAT) => {}
                Some(StatusCode::TIMEOUT | StatusCode::NOT_FOUND) => self.wanted = 0,
                Some(status) => {
                    let description = message.description.unwrap_or_default();
                    return over(&format!("the pull was ended: {status} {description}"));
                }
            }
        }
    }

    fn came(&mut self, message: async_nats::Message) -> Message {
        let message = Message { message, context: self.conn.jetstream.clone() };
        self.wanted = self.wanted.saturating_sub(1);
        self.waiting = message.info().map_or(0, |info| info.pending);
        message
    }

    async fn ask(&mut self) -> Result<(), Error> {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let Pace { size, expires, heartbeat } = self.pace;
        let pull = serde_json::json!({
            "batch": size,
            "expires": nanos(expires),
            "idle_heartbeat": nanos(heartbeat),
        });
        let (subject, inbox) = (self.subject.clone(), self.inbox.clone());
        let asked = self.conn.client.publish_with_reply(subject, inbox, pull.to_string().into()).await;
        asked.map_err(|error| Error::JetStream(error.to_string()))?;
        (self.wanted, self.heard) = (size, Instant::now());
        Ok(())
    }

    /// Ends the standing pull; returns what it has brought, up to the last message that was on its way.
    pub(crate) async fn end(mut self) -> Vec<Message> {
        let mut left = Vec::new();
        if !self.conn.is_connected() {
            return left;
        }
        if timeout(LAST_MESSAGES, self.read_to_the_end(&mut left)).await.is_err() {
            tracing::debug!("the pull did not end in time");
        }
        left
    }

    /// The server drops what it has begun to deliver when nobody listens any longer, and counts it as delivered. So
    /// what it will bring at once is awaited before the subscription ends.
    async fn read_to_the_end(&mut self, left: &mut Vec<Message>) {
        let mut draining = false;
        loop {
            if !draining && (self.wanted == 0 || self.waiting == 0) {
                draining = true;
                if self.subscriber.drain().await.is_err() {
                    return;
                }
            }
            let Some(message) = self.subscriber.next().await else { return };
            match message.status {
                None | Some(StatusCode::OK) => left.push(self.came(message)),
                Some(StatusCode::IDLE_HEARTBEAT) => {}
                Some(_) => self.wanted = 0,
            }
        }
    }
}

#[cfg(test)]
mod tests;
