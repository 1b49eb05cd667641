//! A connection that is never given up: it waits for the server at the start and reconnects for ever, with jitter.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, jetstream};
use backon::{BackoffBuilder, ExponentialBuilder};
use tokio::sync::watch;

use crate::Error;

/// The oldest server that has what is used here (atomic batches, strict JSON).
pub const FLOOR: &str = "2.12.0";
const FLOOR_PARTS: (i64, i64, i64) = (2, 12, 0);

/// Who the service is to the server.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub enum Credentials {
    /// Nobody: a server on loopback without users.
    #[default]
    None,
    /// An NKey seed, read from a file.
    NkeyFile(PathBuf),
    /// A credentials file as `nsc` writes it.
    File(PathBuf),
}

/// How to connect.
#[derive(Debug, Clone)]
pub struct Settings {
    /// One or more `nats://host:port`.
    pub urls: Vec<String>,
    /// The service's name: seen in the server's connection list, and part of its inbox prefix `_INBOX_<name>`.
    pub name: String,
    /// Who the service is.
    pub credentials: Credentials,
    /// A certificate authority, in PEM, when the server has TLS.
    pub ca_file: Option<PathBuf>,
    /// Whether this process may make missing streams and consumers. In production an operator's command does.
    pub provisions: bool,
    /// Copies of each stream: 1, or 3 on three servers.
    pub replicas: usize,
}

impl Settings {
    /// A service on one server without users.
    pub fn new(name: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            urls: vec![url.into()],
            name: name.into(),
            credentials: Credentials::None,
            ca_file: None,
            provisions: true,
            replicas: 1,
        }
    }
}

/// A connection. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Connection {
    pub(crate) client: Client,
    pub(crate) jetstream: jetstream::Context,
    pub(crate) settings: Arc<Settings>,
    connections: watch::Receiver<u64>,
    closed: watch::Receiver<bool>,
}

impl Connection {
    /// Begins to connect and returns at once, whether or not the server is there; see [`Self::ready`].
    ///
    /// # Errors
    /// [`Error::Settings`] when the settings cannot be used.
    pub async fn connect(settings: Settings) -> Result<Self, Error> {
        let unusable = |error: &dyn std::fmt::Display| Error::Settings(error.to_string());
        let (connected, connections) = watch::channel(0);
        let (closing, closed) = watch::channel(false);
        let (connected, closing) = (Arc::new(connected), Arc::new(closing));
        let mut options = ConnectOptions::new()
            .name(format!("soundings-{}", settings.name))
            .custom_inbox_prefix(format!("_INBOX_{}", settings.name))
            .retry_on_initial_connect()
            .max_reconnects(None)
            .reconnect_delay_callback(reconnect_delay)
            .connection_timeout(Duration::from_secs(5))
            .request_timeout(Some(Duration::from_secs(5)))
            .ping_interval(Duration::from_secs(10))
            .event_callback(move |event| {
                let (connected, closing) = (connected.clone(), closing.clone());
                async move {
                    match event {
                        Event::Connected => {
                            tracing::info!("connected to the NATS server");
                            connected.send_modify(|count| *count += 1);
                        }
                        Event::Closed => {
                            tracing::info!("the NATS connection is closed");
                            closing.send_replace(true);
                        }
                        Event::Disconnected => tracing::warn!("lost the NATS server; reconnecting"),
                        Event::Draining => tracing::debug!("draining the NATS connection"),
                        other => tracing::warn!(event = %other, "the NATS connection reports"),
                    }
                }
            });
        options = match &settings.credentials {
            Credentials::None => options,
            Credentials::NkeyFile(path) => {
                let seed = tokio::fs::read_to_string(path)
                    .await
                    .map_err(|error| Error::Settings(format!("{}: {error}", path.display())))?;
                options.nkey(seed.trim().to_owned())
            }
            Credentials::File(path) => options
                .credentials_file(path)
                .await
                .map_err(|error| Error::Settings(format!("{}: {error}", path.display())))?,
        };
        if let Some(path) = &settings.ca_file {
            options = options.add_root_certificates(path.clone()).require_tls(true);
        }
        let client = options.connect(settings.urls.as_slice()).await.map_err(|error| unusable(&error))?;
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(Duration::from_secs(5));
        Ok(Self { client, jetstream, settings: Arc::new(settings), connections, closed })
    }

    /// Whether the server is there now.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Waits for a server that is new enough and has JetStream.
    ///
    /// # Errors
    /// [`Error::TooOld`] at once, [`Error::Unreachable`] after `patience`.
    pub async fn ready(&self, patience: Duration) -> Result<(), Error> {
        let attempt = async {
            let mut delays = backoff(Duration::from_millis(10), Duration::from_millis(500));
            loop {
                if self.is_connected() {
                    self.check_version()?;
                    match self.jetstream.query_account().await {
                        Ok(_) => return Ok(()),
                        Err(error) => tracing::debug!(%error, "JetStream does not answer yet"),
                    }
                }
                tokio::time::sleep(delays.next().unwrap_or(Duration::from_millis(500))).await;
            }
        };
        tokio::time::timeout(patience, attempt).await.unwrap_or_else(|_| {
            let urls = self.settings.urls.join(", ");
            Err(Error::Unreachable(format!("no JetStream at {urls} within {} s", patience.as_secs_f32())))
        })
    }

    /// Refuses a server below the floor; one that has not answered yet passes.
    pub fn check_version(&self) -> Result<(), Error> {
        let Some(info) = self.client.try_server_info() else { return Ok(()) };
        let (major, minor, patch) = FLOOR_PARTS;
        if info.version.is_empty() || self.client.is_server_compatible(major, minor, patch) {
            return Ok(());
        }
        Err(Error::TooOld { found: info.version, floor: FLOOR })
    }

    /// Changes with every connection made.
    pub fn connections(&self) -> watch::Receiver<u64> {
        self.connections.clone()
    }

    /// Sends what is queued, closes, and waits for that, for at most `patience`.
    pub async fn drain(&self, patience: Duration) {
        let mut closed = self.closed.clone();
        let drained = async {
            if self.client.drain().await.is_ok() {
                let _closed_or_gone = closed.wait_for(|closed| *closed).await;
            }
        };
        if tokio::time::timeout(patience, drained).await.is_err() {
            tracing::warn!("the NATS connection did not drain in time");
        }
    }
}

/// Delays that double, with jitter, for ever.
pub(crate) fn backoff(first: Duration, longest: Duration) -> impl Iterator<Item = Duration> + Send {
    ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(longest)
        .without_max_times()
        .with_jitter()
        .build()
}

fn reconnect_delay(attempts: usize) -> Duration {
    if attempts <= 1 {
        return Duration::from_millis(20);
    }
    backoff(Duration::from_millis(50), Duration::from_secs(2))
        .nth(attempts.min(12))
        .unwrap_or(Duration::from_secs(2))
}
