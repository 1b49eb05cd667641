//! This service's settings.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use soundings_chassis::{grpc::Limits, process::Settings, telemetry};

use crate::application::discovery_settings::DiscoverySettings;

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
    /// Where consultation is reached: `http://host:port`.
    pub consultation: String,
    /// Key of page tokens; the same in every replica.
    pub page_key: String,
    /// A folder with another model of embeddings than the embedded one, in the model2vec format: `config.json`,
    /// `tokenizer.json`, `model.safetensors`. The same in every replica.
    pub model: Option<PathBuf>,
    /// The version of the model that may assign anew what another one assigned under signed-off themes. Without it the
    /// service does not start with another model than before, since every count would move.
    pub accept_model: String,
    /// A statement whose best theme scores less than this (−1 to 1) belongs to none. A service that starts with another
    /// floor, margin, reach or clear than before assigns every response anew; the same in every replica.
    pub floor: f32,
    /// A further theme is assigned to a statement if it scores within this of the best (0 to 2).
    pub margin: f32,
    /// A statement is assigned if it scores within this of the best statement of its answer (0 to 2),
    pub reach: f32,
    /// or if it scores this by itself (−1 to 1).
    pub clear: f32,
    /// When themes are discovered in what fits none.
    pub discovery: DiscoverySettings,
    /// A codebook is learned from anew once people decided on so many more statements, 1 or more; 0: only when asked to.
    pub learn_after: u32,
    /// Keys and tokens.
    pub access: soundings_access::Settings,
    /// Logs, traces, metrics.
    pub telemetry: telemetry::Config,
    /// Limits of its server.
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        let thresholds = soundings_themes_engine::Thresholds::default();
        Self {
            listen: "127.0.0.1:7102".to_owned(),
            database: "sqlite:data/themes.sqlite".to_owned(),
            database_password_file: None,
            nats: soundings_jetstream::Config::default(),
            consultation: "http://127.0.0.1:7101".to_owned(),
            page_key: "soundings".to_owned(),
            model: None,
            accept_model: String::new(),
            floor: thresholds.floor,
            margin: thresholds.margin,
            reach: thresholds.reach,
            clear: thresholds.clear,
            discovery: DiscoverySettings::default(),
            learn_after: 20,
            access: soundings_access::Settings::default(),
            telemetry: telemetry::Config::default(),
            limits: Limits::default(),
        }
    }
}

impl Settings for Config {
    const SERVICE: &'static str = soundings_proto::themes::v1::themes_service_server::SERVICE_NAME;

    fn listen(&self) -> &str {
        &self.listen
    }

    fn telemetry(&self) -> &telemetry::Config {
        &self.telemetry
    }
}
