//! How old the newest response is when the ranking first counts it: what councils wait for.
use chrono::{DateTime, Utc};
use opentelemetry::{KeyValue, metrics::Histogram};
use soundings_chassis::{Metrics, metrics::SECONDS};

/// Measures the time from a response's acceptance to the revision that counts it.
#[derive(Clone)]
pub struct Freshness {
    seconds: Histogram<f64>,
    labels: Vec<KeyValue>,
}

impl Freshness {
    /// Among a service's metrics.
    pub fn new(metrics: &Metrics) -> Self {
        let seconds = metrics.meter().f64_histogram("soundings.freshness").with_unit("s");
        let seconds = seconds.with_description("From a response's acceptance to the ranking that counts it");
        Freshness { seconds: seconds.with_boundaries(SECONDS.to_vec()).build(), labels: metrics.labels([]) }
    }

    /// A response that was accepted then is ranked now.
    pub fn record(&self, accepted: DateTime<Utc>, now: DateTime<Utc>) {
        let waited = (now - accepted).num_microseconds().unwrap_or(i64::MAX).max(0);
        self.seconds.record(waited as f64 / 1e6, &self.labels);
    }
}
