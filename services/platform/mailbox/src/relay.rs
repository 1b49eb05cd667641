//! Carries the outbox to the streams.
//!
//! One relay of a service works at a time, under a [`Lease`]. It reads what waits, lets go of the database, publishes,
//! and marks what was acknowledged, together with a check that the lease still is its own. Polling is the truth; a
//! [`Wake`] only makes it prompt.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::{DateTime, Utc};
use soundings_chassis::trace::TraceContext;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::outbox::{self, Waiting};
use crate::{Ack, Database, Error, Lease, Publish, PublishError, Result, reconcile, requests};

/// The lease that every relay of a service contends for.
pub const LEASE: &str = "relay";

const BATCH: i64 = 400;
const POLL: Duration = Duration::from_secs(1);
const RECONCILE_EVERY: Duration = Duration::from_secs(60);
const PRUNE_EVERY: Duration = Duration::from_secs(600);
const LEASE_TTL: chrono::Duration = chrono::Duration::seconds(5);
const RENEW_EVERY: Duration = Duration::from_millis(1500);
const LONGEST_RETRY: Duration = Duration::from_secs(5);
const FLUSH_AT_STOP: Duration = Duration::from_secs(5);

/// Tells the relay that something waits. Cheap to clone; call it after the commit.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Wakes the relay, or makes its next wait end at once.
    pub fn notify(&self) {
        self.0.notify_one();
    }

    async fn wait(&self) {
        self.0.notified().await;
    }
}

/// Tells the time, e.g. `Arc::new(move || clock.now())`.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The relay of one process.
pub struct Relay {
    db: Database,
    publish: Arc<dyn Publish>,
    now: Now,
    wake: Wake,
    holder: String,
}

/// What one turn did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turn {
    /// Rows published and marked.
    pub published: usize,
    /// Rows that can never be published.
    pub parked: usize,
    /// Rows that failed for now.
    pub failed: usize,
}

impl Relay {
    /// A relay of `db`; `holder` must be unique to this process, such as a fresh UUID.
    pub fn new(
        db: Database,
        publish: Arc<dyn Publish>,
        now: Now,
        wake: Wake,
        holder: impl Into<String>,
    ) -> Self {
        Self { db, publish, now, wake, holder: holder.into() }
    }

    /// Works until `stop`, then flushes what waits for at most five seconds and gives the lease up.
    pub async fn run(self, stop: CancellationToken) {
        let mut backoff = backoff(LONGEST_RETRY);
        while !stop.is_cancelled() {
            let wait = match self.claim().await {
                Ok(Some(lease)) => match self.hold(lease, &stop).await {
                    Ok(()) => return,
                    Err(Error::Fenced(_)) => {
                        tracing::warn!(holder = self.holder, "another relay has taken over");
                        POLL
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the relay could not use its database");
                        backoff.next().unwrap_or(POLL)
                    }
                },
                Ok(None) => POLL,
                Err(error) => {
                    tracing::warn!(%error, "the relay could not claim its lease");
                    backoff.next().unwrap_or(POLL)
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn claim(&self) -> Result<Option<Lease>> {
        Lease::acquire(&self.db, LEASE, &self.holder, LEASE_TTL, (self.now)()).await
    }

    /// Works while the lease holds; Ok once stopped.
    async fn hold(&self, lease: Lease, stop: &CancellationToken) -> Result<()> {
        tokio::select! {
            worked = self.work(&lease, stop) => worked?,
            lost = self.keep(lease.clone()) => return Err(lost),
        }
        lease.release(&self.db).await
    }

    /// Renews the lease, however long a batch or a wait takes; returns why that is over.
    async fn keep(&self, mut lease: Lease) -> Error {
        loop {
            tokio::time::sleep(RENEW_EVERY).await;
            match lease.renew(&self.db, LEASE_TTL, (self.now)()).await {
                Ok(true) => {}
                Ok(false) => return Error::Fenced(lease.name),
                Err(error) => return error,
            }
        }
    }

    /// Publishes, compares and prunes in turn; Ok once stopped.
    async fn work(&self, lease: &Lease, stop: &CancellationToken) -> Result<()> {
        let mut connections = self.publish.connections();
        let mut retry = backoff(LONGEST_RETRY);
        let mut ask_again = backoff(RECONCILE_EVERY);
        let mut reconcile_at = Instant::now();
        let mut prune_at = Instant::now();
        let mut stopping: Option<Instant> = None;
        loop {
            if stopping.is_none() && stop.is_cancelled() {
                stopping = Some(Instant::now());
            }
            if connections.has_changed().unwrap_or(false) || reconcile_at <= Instant::now() {
                connections.borrow_and_update();
                let next = match self.reconcile(lease).await? {
                    Ok(_) => {
                        ask_again = backoff(RECONCILE_EVERY);
                        RECONCILE_EVERY
                    }
                    Err(error) => {
                        tracing::debug!(%error, "the streams could not be compared with the outbox");
                        ask_again.next().unwrap_or(RECONCILE_EVERY)
                    }
                };
                reconcile_at = Instant::now() + next;
            }
            if stopping.is_none() && prune_at <= Instant::now() {
                let more = self.prune().await?;
                prune_at = Instant::now() + if more { Duration::ZERO } else { PRUNE_EVERY };
            }

            let turn = self.turn(lease).await?;
            let wait = if turn.failed > 0 {
                retry.next().unwrap_or(POLL)
            } else {
                retry = backoff(LONGEST_RETRY);
                let more = turn.published + turn.parked > 0;
                if more { Duration::ZERO } else { POLL }
            };
            if let Some(since) = stopping
                && (turn.published + turn.parked == 0 || since.elapsed() >= FLUSH_AT_STOP)
            {
                // Nothing waits, or nothing can be published now: it keeps in the outbox.
                return Ok(());
            }
            if wait.is_zero() {
                continue;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.wake.wait(), if turn.failed == 0 => {}
                // An error says that no connection will be made again.
                Ok(()) = connections.changed() => reconcile_at = Instant::now(),
                () = stop.cancelled(), if stopping.is_none() => {}
            }
        }
    }

    /// Publishes and marks one batch.
    pub async fn turn(&self, lease: &Lease) -> Result<Turn> {
        let batch = outbox::waiting(self.db.read(), BATCH).await?;
        if batch.is_empty() {
            return Ok(Turn::default());
        }
        let (positions, events): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|Waiting { position, event }| (position, event)).unzip();
        let traces: Vec<TraceContext> =
            events.iter().filter_map(|event| event.traceparent.as_deref()?.parse().ok()).collect();
        let span = tracing::info_span!(
            "publish",
            otel.kind = "producer",
            messaging.system = "nats",
            messaging.batch.message_count = events.len()
        );
        TraceContext::of(&span, traces.last().copied(), &traces);
        let results = self.publish.publish(&events).instrument(span).await;

        let mut turn = Turn::default();
        let mut acked: BTreeMap<String, Vec<(i64, Ack)>> = BTreeMap::new();
        let mut parked = Vec::new();
        let mut failure = None;
        for ((position, event), result) in positions.into_iter().zip(&events).zip(results) {
            match result {
                Ok(ack) => acked.entry(ack.stream.clone()).or_default().push((position, ack)),
                Err(PublishError::Permanent(reason)) => parked.push((position, event, reason)),
                Err(PublishError::Transient(reason)) => {
                    turn.failed += 1;
                    failure.get_or_insert(reason);
                }
            }
        }
        if let Some(reason) = failure {
            tracing::warn!(
                events = turn.failed,
                reason,
                "events could not be published yet; they stay in the outbox"
            );
        }
        if acked.is_empty() && parked.is_empty() {
            return Ok(turn);
        }

        let now = (self.now)();
        let tx = self.db.begin().await?;
        lease.guard(&tx).await?;
        for (stream, acks) in &acked {
            let lost = reconcile::advance(&tx, stream, acks.iter().map(|(_, ack)| ack)).await?;
            if lost > 0 {
                tracing::error!(
                    stream,
                    events = lost,
                    "the stream went backwards; its events are sent again"
                );
            }
            outbox::mark(&tx, acks, now).await?;
            turn.published += acks.len();
        }
        for (position, event, reason) in &parked {
            tracing::error!(id = %event.id, ty = event.ty, source = event.source, reason, "an event can never be published");
            outbox::park(&tx, *position, reason, now).await?;
            turn.parked += 1;
        }
        crate::database::commit(tx).await?;
        Ok(turn)
    }

    /// Compares the streams with the outbox, and lets what they lost wait again.
    pub async fn reconcile(&self, lease: &Lease) -> Result<std::result::Result<u64, PublishError>> {
        let mut lost = 0;
        for known in reconcile::remembered(self.db.read()).await? {
            let found = match self.publish.stream_state(&known.stream).await {
                Ok(found) => found,
                Err(error) => return Ok(Err(error)),
            };
            let tx = self.db.begin().await?;
            lease.guard(&tx).await?;
            let resent = reconcile::apply(&tx, &known.stream, found).await?;
            crate::database::commit(tx).await?;
            if resent > 0 {
                tracing::error!(
                    stream = known.stream,
                    events = resent,
                    "the stream lost events; they are sent again"
                );
            }
            lost += resent;
        }
        Ok(Ok(lost))
    }

    /// Removes what is old enough, a part at a time; true when there may be more.
    async fn prune(&self) -> Result<bool> {
        let now = (self.now)();
        let tx = self.db.begin().await?;
        let removed = outbox::prune(&tx, now, now - reconcile::prune_horizon(now)).await?;
        requests::prune(&tx, now).await?;
        crate::database::commit(tx).await?;
        Ok(removed >= outbox::PRUNED_AT_ONCE)
    }
}

fn backoff(longest: Duration) -> impl Iterator<Item = Duration> {
    ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(longest)
        .without_max_times()
        .with_jitter()
        .build()
}
