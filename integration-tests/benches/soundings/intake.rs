//! Consultation alone, beside a nats-server, with the reference case's survey open.
use std::{path::PathBuf, sync::Arc, time::Duration};

use soundings_access::Settings;
use soundings_chassis::{Lifecycle, SystemClock, SystemIds, grpc};
use soundings_consultation::{Config, Running, build};
use soundings_integration_tests::{Addresses, Clients, Engine, NatsServer};
use soundings_mailbox::outbox;
use tempfile::TempDir;

use crate::reference_case;

/// A consultation service that takes responses in and tells of them.
pub struct Intake {
    /// The service.
    pub running: Running,
    /// Clients of it.
    pub clients: Clients,
    /// The message server.
    pub nats: NatsServer,
    lifecycle: Lifecycle,
    folder: TempDir,
}

impl Intake {
    /// Starts it on a new database; None without a server of this engine.
    pub async fn open(engine: Engine) -> anyhow::Result<Option<Intake>> {
        let folder = tempfile::tempdir()?;
        let Some(database) = engine.database(folder.path(), "consultation").await else { return Ok(None) };
        let nats = NatsServer::start().await;
        let key_file = folder.path().join("key.pem");
        let config = Config {
            database,
            nats: soundings_jetstream::Config::at(nats.url()),
            access: Settings { signing_key_file: Some(key_file.clone()), ..Settings::default() },
            ..Config::default()
        };
        let (lifecycle, listener) = (Lifecycle::new(), grpc::bind("127.0.0.1:0").await?);
        let running = build(config, listener, &lifecycle, Arc::new(SystemClock), Arc::new(SystemIds)).await?;
        let consultation = format!("http://{}", running.address);
        let clients = Clients::new(Addresses { consultation, ..Addresses::default() }, &key_file);
        reference_case::open_survey(&clients).await?;
        Ok(Some(Intake { running, clients, nats, lifecycle, folder }))
    }

    /// Where it is reached.
    pub fn url(&self) -> &str {
        &self.clients.addresses().consultation
    }

    /// The key that signs tokens.
    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// Waits until everything accepted was told of.
    pub async fn told(&self) -> anyhow::Result<()> {
        while outbox::depth(self.running.runtime.db.read()).await?.waiting > 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Stops it; what was not told of yet stays so.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.nats.kill();
        Ok(self.lifecycle.shutdown(Duration::from_secs(15)).await?)
    }
}
