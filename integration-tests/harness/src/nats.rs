//! A real nats-server.
use std::{
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{Process, until};

/// A nats-server with a folder and a port of its own, which it keeps when it is started again.
pub struct NatsServer {
    process: Option<Process>,
    /// 0 until it was first started.
    port: u16,
    folder: TempDir,
}

impl NatsServer {
    /// Starts one without users and waits until it listens.
    pub async fn start() -> NatsServer {
        NatsServer::start_with("").await
    }

    /// Starts one with more settings, such as users, and waits until it listens.
    pub async fn start_with(settings: &str) -> NatsServer {
        let folder = TempDir::new().expect("a folder");
        std::fs::write(folder.path().join("nats.conf"), settings).expect("the settings are written");
        let mut server = NatsServer { process: None, port: 0, folder };
        server.restart().await;
        server
    }

    /// Where it is reached.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The folder of its streams and its log.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts it again on what it left.
    pub async fn restart(&mut self) {
        self.kill();
        let mut command = Command::new(binary());
        let port = if self.port == 0 { "-1".to_owned() } else { self.port.to_string() };
        command.args(["-a", "127.0.0.1", "-p", &port, "-js", "-sd"]).arg(self.streams());
        command.arg("--ports_file_dir").arg(self.folder.path());
        command.arg("--config").arg(self.folder.path().join("nats.conf"));
        let process = Process::start(command, &self.folder.path().join("log"));
        let ports = self.folder.path().join(format!("nats-server_{}.ports", process.id()));
        self.port = until("ports of nats-server", async || {
            let ports: serde_json::Value = serde_json::from_slice(&std::fs::read(&ports).ok()?).ok()?;
            ports["nats"][0].as_str()?.rsplit(':').next()?.parse().ok()
        })
        .await;
        self.process = Some(process);
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        drop(self.process.take());
    }

    /// Deletes everything that it kept. Kill it first.
    ///
    /// # Panics
    /// When it runs.
    pub fn lose_streams(&self) {
        assert!(self.process.is_none(), "kill the server first");
        std::fs::remove_dir_all(self.streams()).expect("the streams' folder");
    }

    fn streams(&self) -> PathBuf {
        self.folder.path().join("js")
    }
}

/// The nats-server that `scripts/fetch-tools` has fetched, else the one on the PATH.
fn binary() -> PathBuf {
    let fetched = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/nats-server");
    if fetched.exists() { fetched } else { "nats-server".into() }
}
