//! What waits, what was given up, and what came twice, as metrics.
use std::{sync::Arc, time::Duration};

use opentelemetry::{KeyValue, metrics::Gauge};
use soundings_chassis::{Clock, Metrics};
use soundings_jetstream::Stats;
use soundings_mailbox::{Database, dead_letters, outbox};
use tokio_util::sync::CancellationToken;

const EVERY: Duration = Duration::from_secs(5);

/// What is read from the database now and then.
struct Mailbox {
    db: Database,
    clock: Arc<dyn Clock>,
    labels: Vec<KeyValue>,
    waiting: Gauge<i64>,
    oldest: Gauge<f64>,
    parked: Gauge<i64>,
    dead_letters: Gauge<i64>,
}

/// Measures a service's mailbox and consumers (each under its name) until `stop`, then sends the last metrics.
pub async fn measure(
    db: Database,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    consumers: Vec<(&'static str, Stats)>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    watch_consumers(&metrics, consumers);
    let mailbox = Mailbox::new(db, clock, &metrics);
    while !stop.is_cancelled() {
        if let Err(error) = mailbox.read().await {
            tracing::debug!(%error, "the mailbox could not be measured");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
    // It waits for the collector, which may be away.
    Ok(tokio::task::spawn_blocking(move || metrics.shutdown()).await?)
}

impl Mailbox {
    fn new(db: Database, clock: Arc<dyn Clock>, metrics: &Metrics) -> Self {
        let meter = metrics.meter();
        let waiting = meter.i64_gauge("soundings.outbox.waiting");
        let oldest = meter.f64_gauge("soundings.outbox.oldest_age").with_unit("s");
        let parked = meter.i64_gauge("soundings.outbox.parked");
        let dead_letters = meter.i64_gauge("soundings.dead_letters");
        Mailbox {
            db,
            clock,
            labels: metrics.labels([]),
            waiting: waiting.with_description("Events that are not published yet").build(),
            oldest: oldest.with_description("Age of the oldest event that is not published yet").build(),
            parked: parked.with_description("Events that can never be published").build(),
            dead_letters: dead_letters.with_description("Messages that wait for an operator").build(),
        }
    }

    async fn read(&self) -> soundings_mailbox::Result<()> {
        let depth = outbox::depth(self.db.read()).await?;
        let age = depth.oldest.map_or(0.0, |oldest| (self.clock.now() - oldest).as_seconds_f64().max(0.0));
        self.waiting.record(depth.waiting, &self.labels);
        self.oldest.record(age, &self.labels);
        self.parked.record(depth.parked, &self.labels);
        self.dead_letters.record(dead_letters::waiting(self.db.read()).await?, &self.labels);
        Ok(())
    }
}

/// Counts that are read whenever metrics are sent.
fn watch_consumers(metrics: &Metrics, consumers: Vec<(&'static str, Stats)>) {
    let counter = |name: &'static str, description: &'static str, count: fn(&Stats) -> u64| {
        let watched = labelled(metrics, &consumers);
        let counter = metrics.meter().u64_observable_counter(name).with_description(description);
        counter
            .with_callback(move |observer| {
                watched.iter().for_each(|(stats, labels)| observer.observe(count(stats), labels));
            })
            .build();
    };
    counter("soundings.inbox.duplicates", "Events that had been applied before", Stats::known);
    counter("soundings.inbox.gaps", "Numbers of a source that were left out", Stats::gaps);
    counter("soundings.consumer.delivered", "Events delivered, repeats included", Stats::delivered);
    counter("soundings.consumer.retried", "Events asked for again", Stats::retried);
    let watched = labelled(metrics, &consumers);
    let lag = metrics.meter().u64_observable_gauge("soundings.consumer.lag");
    lag.with_description("Events that wait or are in flight")
        .with_callback(move |observer| {
            watched.iter().for_each(|(stats, labels)| observer.observe(stats.lag(), labels));
        })
        .build();
}

fn labelled(metrics: &Metrics, consumers: &[(&'static str, Stats)]) -> Vec<(Stats, Vec<KeyValue>)> {
    let labels = |name: &str| metrics.labels([("consumer", name.to_owned())]);
    consumers.iter().map(|(name, stats)| (stats.clone(), labels(name))).collect()
}
