//! The three services in this process, beside a nats-server.
use std::{path::PathBuf, sync::Arc, time::Duration};

use soundings_access::Settings;
use soundings_chassis::{Lifecycle, SystemClock, SystemIds, grpc};
use soundings_harness::{Engine, NatsServer};
use tempfile::TempDir;

use crate::{Addresses, Clients};

/// Everything that the services need and leave behind; they may be stopped and started again.
pub struct Partnership {
    /// The message server.
    pub nats: NatsServer,
    databases: [String; 3],
    folder: TempDir,
    running: Option<(Lifecycle, Clients)>,
}

impl Partnership {
    /// Starts everything; None when there is no server of this engine.
    pub async fn start(engine: Engine) -> Option<Partnership> {
        let folder = TempDir::new().unwrap();
        let mut databases = [const { String::new() }; 3];
        for (database, name) in databases.iter_mut().zip(["consultation", "themes", "portfolio"]) {
            *database = engine.database(folder.path(), name).await?;
        }
        let nats = NatsServer::start().await;
        let mut partnership = Partnership { nats, databases, folder, running: None };
        partnership.restart().await;
        Some(partnership)
    }

    /// Clients of what runs.
    ///
    /// # Panics
    /// While it is stopped.
    pub fn clients(&self) -> &Clients {
        &self.running.as_ref().expect("the services run").1
    }

    /// The key that signs tokens.
    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// Starts the services on what they left.
    pub async fn restart(&mut self) {
        self.stop().await;
        let lifecycle = Lifecycle::new();
        let mut listeners = Vec::new();
        for _ in 0..3 {
            listeners.push(grpc::bind("127.0.0.1:0").await.unwrap());
        }
        let url = |at: usize| format!("http://{}", listeners[at].local_addr().unwrap());
        let addresses = Addresses { consultation: url(0), themes: url(1), portfolio: url(2) };
        let access = Settings { signing_key_file: Some(self.key_file()), ..Settings::default() };
        let nats = soundings_jetstream::Config::at(self.nats.url());
        let [of_consultation, of_themes, of_portfolio] = self.databases.clone();
        let consultation = soundings_consultation::Config {
            database: of_consultation,
            nats: nats.clone(),
            access: access.clone(),
            ..Default::default()
        };
        let themes = soundings_themes::Config {
            database: of_themes,
            nats: nats.clone(),
            consultation: addresses.consultation.clone(),
            access: access.clone(),
            ..Default::default()
        };
        let portfolio = soundings_portfolio::Config {
            database: of_portfolio,
            nats,
            themes: addresses.themes.clone(),
            access,
            ..Default::default()
        };
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
        let mut listeners = listeners.into_iter();
        let mut listener = || listeners.next().unwrap();
        soundings_consultation::build(consultation, listener(), &lifecycle, clock.clone(), ids.clone())
            .await
            .unwrap();
        soundings_themes::build(themes, listener(), &lifecycle, clock.clone(), ids.clone()).await.unwrap();
        soundings_portfolio::build(portfolio, listener(), &lifecycle, clock, ids).await.unwrap();
        let clients = Clients::new(addresses, &self.key_file());
        self.running = Some((lifecycle, clients));
    }

    /// Stops the services, as SIGTERM would; the nats-server stays.
    pub async fn stop(&mut self) {
        if let Some((lifecycle, _)) = self.running.take() {
            lifecycle.shutdown(Duration::from_secs(15)).await.unwrap();
        }
    }
}
