//! A service's NATS settings, as its configuration holds them.
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Credentials, Settings};

/// Where NATS is and who the service is there. Secrets are kept in files that settings only name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// One or more `nats://host:port`.
    pub urls: Vec<String>,
    /// The service's NKey seed; none for a server on loopback without users.
    pub nkey_file: Option<PathBuf>,
    /// A certificate authority in PEM, when the server has TLS.
    pub ca_file: Option<PathBuf>,
    /// Whether it may make missing streams and consumers; in production `soundings admin provision` does.
    pub provisions: bool,
    /// Copies of each stream: 1, or 3 on three servers.
    pub replicas: usize,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            urls: vec!["nats://127.0.0.1:7100".to_owned()],
            nkey_file: None,
            ca_file: None,
            provisions: true,
            replicas: 1,
        }
    }
}

impl Config {
    /// A server on loopback without users.
    pub fn at(url: impl Into<String>) -> Self {
        Config { urls: vec![url.into()], ..Config::default() }
    }

    /// How a service of this name connects.
    pub fn settings(&self, service: &str) -> Settings {
        Settings {
            urls: self.urls.clone(),
            credentials: self.nkey_file.clone().map_or(Credentials::None, Credentials::NkeyFile),
            ca_file: self.ca_file.clone(),
            provisions: self.provisions,
            replicas: self.replicas,
            ..Settings::new(service, "")
        }
    }
}
