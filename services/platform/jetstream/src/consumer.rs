//! Hands a durable consumer's events to a service, in batches, for as long as it takes.
//!
//! Any failure of the stream of messages makes it anew; a watchdog does so when events wait and none comes; a stream
//! or consumer that is gone is made again where this process may. What was delivered may be delivered again, so a
//! handler admits events through its inbox.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::{AckKind, Message};
use async_trait::async_trait;
use futures::{FutureExt, future};
use soundings_chassis::trace::{self, TraceContext};
use soundings_mailbox::{Admission, Envelope};
use soundings_proto::subjects::Durable;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::connection::backoff;
use crate::provision::ACK_WAIT;
use crate::pulls::{Pace, Pulls};
use crate::{Connection, Error, cloud_events, provision};

/// The most events handed over at once.
pub const MAX_BATCH: usize = 200;
const PACE: Pace =
    Pace { size: 2 * MAX_BATCH, expires: Duration::from_secs(30), heartbeat: Duration::from_secs(5) };
const WATCH_EVERY: Duration = Duration::from_secs(10);
const STALLED_AFTER: Duration = Duration::from_secs(60);

/// An event that came.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The event.
    pub event: Envelope,
    /// Its place in the stream.
    pub stream_sequence: u64,
    /// How often it was delivered, from 1.
    pub attempt: i64,
}

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disposition {
    /// Applied, or known already; committed.
    Ack,
    /// Could not be applied now: deliver it again after this long.
    Retry(Duration),
    /// Can never be applied and is kept as a dead letter, for this reason.
    Dead(String),
}

/// Applies events.
#[async_trait]
pub trait Handle: Send + Sync {
    /// Applies a batch in order of delivery, commits, and says what became of each, in its place.
    async fn handle(&self, batch: Vec<Delivery>) -> Vec<Disposition>;
}

/// Counts since the start, for metrics. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Stats(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    delivered: AtomicU64,
    acked: AtomicU64,
    retried: AtomicU64,
    dead: AtomicU64,
    unknown: AtomicU64,
    malformed: AtomicU64,
    rebuilt: AtomicU64,
    lag: AtomicU64,
    known: AtomicU64,
    gaps: AtomicU64,
}

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident),+) => {
        impl Stats {
            $($(#[$doc])* pub fn $name(&self) -> u64 { self.0.$name.load(Ordering::Relaxed) })+
        }
    };
}

counts! {
    /// Events delivered, repeats included.
    delivered,
    /// Events acknowledged.
    acked,
    /// Events asked for again.
    retried,
    /// Events terminated.
    dead,
    /// Events of a type that is not handled here; acknowledged.
    unknown,
    /// Messages that are no events; terminated.
    malformed,
    /// How often the stream of messages was made anew.
    rebuilt,
    /// Events that waited or were in flight when last asked.
    lag,
    /// Events that the handler had applied before, or newer ones of their source.
    known,
    /// Numbers that were left out before an event that was applied.
    gaps
}

impl Stats {
    /// Counts what an inbox said of a batch.
    pub fn count(&self, admissions: &[Admission]) {
        for admission in admissions {
            match admission {
                Admission::Apply { gap } => add(&self.0.gaps, usize::try_from(*gap).unwrap_or(0)),
                Admission::Stale => add(&self.0.known, 1),
            }
        }
    }
}

fn add(counter: &AtomicU64, by: usize) {
    counter.fetch_add(by as u64, Ordering::Relaxed);
}

/// Hands the events of `durable` to `handler` until `stop`; then finishes what is in flight and returns.
pub async fn run(
    conn: Connection,
    durable: &'static Durable,
    handler: Arc<dyn Handle>,
    stats: Stats,
    stop: CancellationToken,
) {
    let mut delays = backoff(Duration::from_millis(50), Duration::from_secs(5));
    while !stop.is_cancelled() {
        let started = Instant::now();
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            opened = open(&conn, durable) => match opened {
                Ok((consumer, mut pulls)) => {
                    let ended = consume(consumer, &mut pulls, durable, &*handler, &stats, &stop).await;
                    hand_back(pulls).await;
                    ended
                }
                Err(error) => Err(error),
            },
        };
        let Err(error) = ended else { return };
        add(&stats.0.rebuilt, 1);
        tracing::warn!(consumer = durable.name, %error, "the stream of messages ended; making it anew");
        if started.elapsed() > Duration::from_secs(10) {
            delays = backoff(Duration::from_millis(50), Duration::from_secs(5));
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(delays.next().unwrap_or(Duration::from_secs(5))) => {}
        }
    }
}

async fn open(conn: &Connection, durable: &Durable) -> Result<(PullConsumer, Pulls), Error> {
    conn.ready(Duration::from_secs(3600)).await?;
    let found = conn.jetstream.get_consumer_from_stream(durable.name, durable.stream.name).await;
    let consumer: PullConsumer = match found {
        Ok(consumer) => consumer,
        Err(error) if conn.settings.provisions => {
            tracing::info!(consumer = durable.name, %error, "making the stream and its consumer");
            provision(conn).await?;
            provision::provision_durable(conn, durable).await?
        }
        Err(error) => return Err(Error::JetStream(format!("consumer {}: {error}", durable.name))),
    };
    let waiting = consumer.cached_info().num_pending;
    Ok((consumer, Pulls::open(conn, durable, PACE, waiting).await?))
}

/// Ok once stopped.
async fn consume(
    consumer: PullConsumer,
    pulls: &mut Pulls,
    durable: &Durable,
    handler: &dyn Handle,
    stats: &Stats,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let mut watch = tokio::time::interval_at(Instant::now() + WATCH_EVERY, WATCH_EVERY);
    let mut last_delivery = Instant::now();
    loop {
        let first = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            message = pulls.next() => message?,
            _ = watch.tick() => {
                check_stall(&consumer, durable, last_delivery, stats).await?;
                continue;
            }
        };
        let mut batch = vec![first];
        // Whatever has arrived meanwhile comes along; nothing waits for more.
        let mut failure = None;
        while batch.len() < MAX_BATCH {
            match pulls.next().now_or_never() {
                Some(Ok(message)) => batch.push(message),
                Some(Err(error)) => {
                    failure = Some(error);
                    break;
                }
                None => break,
            }
        }
        deliver(batch, durable, handler, stats).await;
        last_delivery = Instant::now();
        if let Some(error) = failure {
            return Err(error);
        }
    }
}

/// What came but was not begun goes back at once instead of after the acknowledgement wait.
async fn hand_back(pulls: Pulls) {
    for message in pulls.end().await {
        answer(&message, AckKind::Nak(None)).await;
    }
}

async fn check_stall(
    consumer: &PullConsumer,
    durable: &Durable,
    last_delivery: Instant,
    stats: &Stats,
) -> Result<(), Error> {
    let info = consumer.get_info().await.map_err(|error| Error::JetStream(error.to_string()))?;
    let in_flight = u64::try_from(info.num_ack_pending).unwrap_or(u64::MAX);
    stats.0.lag.store(info.num_pending.saturating_add(in_flight), Ordering::Relaxed);
    if info.num_pending > 0 && last_delivery.elapsed() >= STALLED_AFTER {
        tracing::error!(
            consumer = durable.name,
            waiting = info.num_pending,
            "events wait but none is delivered"
        );
        return Err(Error::JetStream("deliveries stalled".to_owned()));
    }
    Ok(())
}

async fn deliver(batch: Vec<Message>, durable: &Durable, handler: &dyn Handle, stats: &Stats) {
    add(&stats.0.delivered, batch.len());
    let mut messages = Vec::with_capacity(batch.len());
    let mut deliveries = Vec::with_capacity(batch.len());
    for message in batch {
        let (stream_sequence, attempt) =
            message.info().map(|info| (info.stream_sequence, info.delivered)).unwrap_or((0, 1));
        match cloud_events::parse(&message.subject, message.headers.as_ref(), &message.payload) {
            Ok(event) if durable.events.iter().any(|kind| kind.ty() == event.ty) => {
                messages.push(message);
                deliveries.push(Delivery { event, stream_sequence, attempt });
            }
            Ok(event) => {
                tracing::debug!(
                    consumer = durable.name,
                    ty = event.ty,
                    "an event of an unknown type is passed over"
                );
                add(&stats.0.unknown, 1);
                answer(&message, AckKind::Ack).await;
            }
            Err(error) => {
                tracing::error!(consumer = durable.name, stream_sequence, %error, "a message is terminated");
                add(&stats.0.malformed, 1);
                answer(&message, AckKind::Term).await;
            }
        }
    }
    if deliveries.is_empty() {
        return;
    }
    let count = deliveries.len();
    let traces: Vec<TraceContext> =
        deliveries.iter().filter_map(|d| d.event.traceparent.as_deref()?.parse().ok()).collect();
    let span = tracing::info_span!(
        "process",
        otel.name = format!("process {}", durable.name),
        otel.kind = "consumer",
        messaging.system = "nats",
        messaging.destination.name = durable.stream.name,
        messaging.batch.message_count = count
    );
    let trace = TraceContext::of(&span, traces.last().copied(), &traces);
    let handled = trace::scope(trace, handler.handle(deliveries)).instrument(span);
    let dispositions = keep_alive(&messages, handled).await;
    if dispositions.len() != count {
        tracing::error!(
            consumer = durable.name,
            "the handler did not answer for every event; they come again"
        );
        return;
    }
    for (message, disposition) in messages.iter().zip(dispositions) {
        match disposition {
            Disposition::Ack => {
                add(&stats.0.acked, 1);
                answer(message, AckKind::Ack).await;
            }
            Disposition::Retry(delay) => {
                add(&stats.0.retried, 1);
                answer(message, AckKind::Nak(Some(delay))).await;
            }
            Disposition::Dead(reason) => {
                add(&stats.0.dead, 1);
                tracing::error!(consumer = durable.name, subject = %message.subject, reason, "a dead letter");
                answer(message, AckKind::Term).await;
            }
        }
    }
}

/// While a handler works, the server is told not to deliver its batch elsewhere.
async fn keep_alive<T>(messages: &[Message], work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    let mut progress = tokio::time::interval_at(Instant::now() + ACK_WAIT / 3, ACK_WAIT / 3);
    loop {
        tokio::select! {
            done = &mut work => return done,
            _ = progress.tick() => {
                future::join_all(messages.iter().map(|message| answer(message, AckKind::Progress))).await;
            }
        }
    }
}

/// An answer that gets lost only means another delivery.
async fn answer(message: &Message, kind: AckKind) {
    if let Err(error) = message.ack_with(kind).await {
        tracing::debug!(%error, "an acknowledgement was not sent");
    }
}
