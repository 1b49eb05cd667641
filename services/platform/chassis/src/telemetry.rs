//! What a process tells of itself: logs on stderr, readable on a terminal and JSON elsewhere; traces by OTLP when an
//! endpoint is set. Metrics are a service's own: see [`crate::metrics`].
use std::io::IsTerminal;

use opentelemetry::{KeyValue, trace::TracerProvider};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use serde::{Deserialize, Serialize};
use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// How log lines are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// Text.
    Text,
}

/// Settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// What is logged, such as `info` or `info,soundings_themes=debug`.
    pub log: String,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Where traces and metrics are sent by OTLP over gRPC, such as `http://otel-collector:4317`; empty: nowhere.
    pub otlp_endpoint: String,
    /// How often metrics are sent, in seconds.
    pub metrics_every_s: u64,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            log: "info".to_owned(),
            log_format: LogFormat::Auto,
            otlp_endpoint: String::new(),
            metrics_every_s: 15,
        }
    }
}

/// What is to be flushed before the process ends.
#[derive(Debug, Default)]
pub struct Telemetry {
    traces: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Sends what still waits; call it last.
    pub fn shutdown(self) {
        if let Some(Err(error)) = self.traces.map(|traces| traces.shutdown()) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// Starts logs and traces for the process, which is `process` in traces; later calls change nothing.
///
/// # Errors
/// When the log filter or the endpoint cannot be read.
pub fn init(config: &Config, process: &'static str) -> anyhow::Result<Telemetry> {
    let filter = EnvFilter::try_new(&config.log)
        .map_err(|error| anyhow::anyhow!("the log filter {:?} cannot be read: {error}", config.log))?;
    let json = match config.log_format {
        LogFormat::Auto => !std::io::stderr().is_terminal(),
        LogFormat::Json => true,
        LogFormat::Text => false,
    };
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines =
        if json { lines.json().flatten_event(true).boxed() } else { lines.with_target(false).boxed() };
    let mut telemetry = Telemetry::default();
    let traces = if config.otlp_endpoint.is_empty() {
        None
    } else {
        let exporter = SpanExporter::builder().with_tonic().with_endpoint(&config.otlp_endpoint).build()?;
        let provider = SdkTracerProvider::builder()
            .with_resource(resource(process))
            .with_batch_exporter(exporter)
            .build();
        let tracer = provider.tracer("soundings");
        telemetry.traces = Some(provider);
        let ours = EnvFilter::new("off,soundings=info");
        Some(tracing_opentelemetry::layer().with_tracer(tracer).with_filter(ours))
    };
    // A second start in one process, as in tests, keeps the first's settings.
    _ = tracing_subscriber::registry().with(lines.with_filter(filter)).with(traces).try_init();
    Ok(telemetry)
}

/// Who tells: `soundings-{service}`, as traces and metrics name it.
pub(crate) fn resource(service: &'static str) -> Resource {
    Resource::builder()
        .with_service_name(format!("soundings-{service}"))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build()
}
