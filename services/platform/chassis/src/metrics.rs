//! A service's metrics: named `soundings.*`, each with the label `service`, sent by OTLP when an endpoint is set.
use std::time::Duration;

use opentelemetry::{
    KeyValue,
    metrics::{Meter, MeterProvider},
};
use opentelemetry_otlp::{MetricExporter, WithExportConfig};
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};

use crate::telemetry::{self, resource};

/// Bounds of durations, in seconds: from a memory read to a minute.
pub const SECONDS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0];

/// Makes a service's instruments. Clones share them.
#[derive(Debug, Clone)]
pub struct Metrics {
    service: &'static str,
    provider: SdkMeterProvider,
    meter: Meter,
}

impl Metrics {
    /// For a service; nothing is sent without an endpoint.
    ///
    /// # Errors
    /// When the endpoint cannot be read.
    pub fn new(config: &telemetry::Config, service: &'static str) -> anyhow::Result<Self> {
        let mut builder = SdkMeterProvider::builder().with_resource(resource(service));
        if !config.otlp_endpoint.is_empty() {
            let exporter =
                MetricExporter::builder().with_tonic().with_endpoint(&config.otlp_endpoint).build()?;
            let every = Duration::from_secs(config.metrics_every_s.max(1));
            builder = builder.with_reader(PeriodicReader::builder(exporter).with_interval(every).build());
        }
        let provider = builder.build();
        let meter = provider.meter("soundings");
        Ok(Metrics { service, provider, meter })
    }

    /// Makes instruments.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Labels of a measurement: the service, and these.
    pub fn labels<const N: usize>(&self, labels: [(&'static str, String); N]) -> Vec<KeyValue> {
        let own = KeyValue::new("service", self.service);
        std::iter::once(own).chain(labels.map(|(name, value)| KeyValue::new(name, value))).collect()
    }

    /// Sends what still waits; call it when the service has stopped.
    pub fn shutdown(&self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::debug!(%error, "the last metrics could not be sent");
        }
    }
}
