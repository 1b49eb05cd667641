//! This service's settings.
use serde::{Deserialize, Serialize};
use soundings_chassis::{grpc::Limits, telemetry::LogFormat};

/// Settings, with defaults for one machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where it listens, `host:port`.
    pub listen: String,
    /// Its database: `sqlite:<file>` or `postgres://…`.
    pub database: String,
    /// The NATS servers.
    pub nats: soundings_jetstream::Config,
    /// Key of page tokens; the same in every replica.
    pub page_key: String,
    /// Keys and tokens.
    pub access: soundings_access::Settings,
    /// What is logged, such as `info` or `info,soundings_consultation=debug`.
    pub log: String,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Limits of its server.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:7101".to_owned(),
            database: "sqlite:data/consultation.sqlite".to_owned(),
            nats: soundings_jetstream::Config::default(),
            page_key: "soundings".to_owned(),
            access: soundings_access::Settings::default(),
            log: "info".to_owned(),
            log_format: LogFormat::Auto,
            limits: Limits::default(),
        }
    }
}
