//! The three services as processes of their own, to be killed at any time.
use std::{collections::BTreeMap, process::Command};

use soundings_harness::{Engine, NatsServer, Process, free_port, program, until};
use tempfile::TempDir;

use crate::{Addresses, Clients};

/// One of the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Organisations, surveys, responses.
    Consultation,
    /// Codebooks, mentions, signals.
    Themes,
    /// Work items, rankings.
    Portfolio,
}

impl Service {
    /// All three.
    pub const ALL: [Service; 3] = [Service::Consultation, Service::Themes, Service::Portfolio];

    fn name(self) -> &'static str {
        match self {
            Service::Consultation => "consultation",
            Service::Themes => "themes",
            Service::Portfolio => "portfolio",
        }
    }
}

/// The processes, and what they need and leave behind.
pub struct Processes {
    /// The message server.
    pub nats: NatsServer,
    running: BTreeMap<Service, Process>,
    databases: BTreeMap<Service, String>,
    ports: BTreeMap<Service, u16>,
    folder: TempDir,
    /// Where traces and metrics are sent; empty: nowhere.
    otlp: String,
}

impl Processes {
    /// Starts everything; None when there is no server of this engine.
    pub async fn start(engine: Engine) -> Option<Processes> {
        Processes::observed(engine, "").await
    }

    /// The same, with traces and metrics sent to an OTLP endpoint.
    pub async fn observed(engine: Engine, otlp: &str) -> Option<Processes> {
        let folder = TempDir::new().unwrap();
        let (mut databases, mut ports) = (BTreeMap::new(), BTreeMap::new());
        for service in Service::ALL {
            databases.insert(service, engine.database(folder.path(), service.name()).await?);
            ports.insert(service, free_port());
        }
        let nats = NatsServer::start().await;
        let mut processes =
            Processes { nats, running: BTreeMap::new(), databases, ports, folder, otlp: otlp.to_owned() };
        for service in Service::ALL {
            processes.restart(service).await;
        }
        Some(processes)
    }

    /// Clients of what runs.
    pub fn clients(&self) -> Clients {
        let addresses = Addresses {
            consultation: self.url(Service::Consultation),
            themes: self.url(Service::Themes),
            portfolio: self.url(Service::Portfolio),
        };
        Clients::new(addresses, &self.folder.path().join("key.pem"))
    }

    fn url(&self, service: Service) -> String {
        format!("http://127.0.0.1:{}", self.ports[&service])
    }

    /// Ends a service at once (SIGKILL).
    pub fn kill(&mut self, service: Service) {
        if let Some(mut process) = self.running.remove(&service) {
            process.kill();
        }
    }

    /// Starts a service on what it left, and waits until it listens.
    pub async fn restart(&mut self, service: Service) {
        self.kill(service);
        let name = service.name();
        let mut command = Command::new(program(&format!("soundings-{name}")));
        let prefix = format!("SOUNDINGS_{}__", name.to_uppercase());
        let mut set = |key: &str, value: &str| {
            command.env(format!("{prefix}{key}"), value);
        };
        let port = self.ports[&service];
        set("LISTEN", &format!("127.0.0.1:{port}"));
        set("DATABASE", &self.databases[&service]);
        set("NATS__URLS", &self.nats.url());
        set("ACCESS__SIGNING_KEY_FILE", &self.folder.path().join("key.pem").display().to_string());
        set("TELEMETRY__OTLP_ENDPOINT", &self.otlp);
        set("TELEMETRY__METRICS_EVERY_S", "1");
        match service {
            Service::Consultation => {}
            Service::Themes => set("CONSULTATION", &self.url(Service::Consultation)),
            Service::Portfolio => set("THEMES", &self.url(Service::Themes)),
        }
        let process = Process::start(command, &self.folder.path().join(format!("{name}.log")));
        until(name, async || tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
        self.running.insert(service, process);
    }
}
