//! This service's settings.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use soundings_chassis::{grpc::Limits, process::Settings, telemetry};

/// Settings, with defaults for one machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where it listens, `host:port`.
    pub listen: String,
    /// Its database: `sqlite:<file>` or `postgres://…`.
    pub database: String,
    /// A file that holds the database's password, for PostgreSQL: an address ends up in logs, a file does not.
    pub database_password_file: Option<PathBuf>,
    /// The NATS servers.
    pub nats: soundings_jetstream::Config,
    /// Where themes is reached, for quotes: `http://host:port`.
    pub themes: String,
    /// Shortest time between two revisions, in milliseconds: what arrives meanwhile shares the next one.
    pub coalesce_ms: u64,
    /// How many different people must approve a plan before it can be published, at least 1.
    pub plan_approvers: u32,
    /// From which drift of the live ranking from the plan in force others are told, in millionths of the plan's preferences.
    pub plan_drift_ppm: i64,
    /// From which probability on a move in the ranking is announced, in millionths: 500001 to 1000000.
    pub announce_level_ppm: u32,
    /// How closely weights are taken to be known where it is computed how sure a ranking is, up to 1000000: the larger, the
    /// closer; 0: not at all.
    pub robustness_concentration: u32,
    /// How long the draws may take by which it is computed how sure a revision is, in milliseconds.
    pub robustness_budget_ms: u64,
    /// Key of page tokens; the same in every replica.
    pub page_key: String,
    /// Keys and tokens.
    pub access: soundings_access::Settings,
    /// Logs, traces, metrics.
    pub telemetry: telemetry::Config,
    /// Limits of its server.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:7103".to_owned(),
            database: "sqlite:data/portfolio.sqlite".to_owned(),
            database_password_file: None,
            nats: soundings_jetstream::Config::default(),
            themes: "http://127.0.0.1:7102".to_owned(),
            coalesce_ms: 50,
            plan_approvers: 1,
            plan_drift_ppm: 100_000,
            announce_level_ppm: 750_000,
            robustness_concentration: 100,
            robustness_budget_ms: 2_000,
            page_key: "soundings".to_owned(),
            access: soundings_access::Settings::default(),
            telemetry: telemetry::Config::default(),
            limits: Limits::default(),
        }
    }
}

impl Settings for Config {
    const SERVICE: &'static str = soundings_proto::portfolio::v1::portfolio_service_server::SERVICE_NAME;

    fn listen(&self) -> &str {
        &self.listen
    }

    fn telemetry(&self) -> &telemetry::Config {
        &self.telemetry
    }
}
