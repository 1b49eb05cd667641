//! The command as people run it: a `soundings up` and commands beside it, as processes.
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use soundings_harness::{Process, program};
use soundings_integration_tests::until;
use tempfile::TempDir;

/// A `soundings up` on ports of its own, and its folder.
pub struct Up {
    pub process: Process,
    pub folder: TempDir,
}

impl Up {
    /// With nothing in it but what the arguments ask for.
    pub async fn start(arguments: &[&str]) -> Up {
        let folder = TempDir::new().unwrap();
        let process = up(folder.path(), arguments);
        process.says("Soundings is ready").await;
        Up { process, folder }
    }

    /// Starts a new process on what the old one left.
    pub async fn again(&mut self) {
        let addresses = self.data().join("addresses.json");
        std::fs::remove_file(&addresses).unwrap();
        self.process = up(self.folder.path(), &[]);
        until("addresses of the new process", async || addresses.exists().then_some(())).await;
    }

    /// Where everything is kept.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A command beside it.
    pub fn run(&self, arguments: &[&str]) -> Output {
        soundings(self.folder.path()).args(arguments).output().unwrap()
    }

    /// What a command that goes well writes.
    pub fn text(&self, arguments: &[&str]) -> String {
        let done = self.run(arguments);
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    /// What a command that goes well writes as JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.text(&[arguments, &["-o", "json"]].concat())).unwrap()
    }
}

impl Drop for Up {
    /// A killed process leaves its nats-server to the next one; there is none.
    fn drop(&mut self) {
        let pid = std::fs::read_to_string(self.data().join("nats/nats.pid")).unwrap_or_default();
        if let Some(pid) = pid.trim().parse().ok().and_then(rustix::process::Pid::from_raw) {
            _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
}

/// Where programs such as nats-server are.
#[expect(clippy::disallowed_methods, reason = "a process started here needs it, and nothing else of ours")]
pub fn path() -> std::ffi::OsString {
    std::env::var_os("PATH").unwrap_or_default()
}

/// The command with a home and a data folder of its own, and nothing of this process's settings.
pub fn soundings(folder: &Path) -> Command {
    let mut command = Command::new(program("soundings"));
    command.env_clear().env("PATH", path()).env("HOME", folder);
    command.args(["--data-dir", &folder.join("data").display().to_string()]);
    command
}

fn up(folder: &Path, arguments: &[&str]) -> Process {
    let mut command = soundings(folder);
    command.args(["up", "--port", "0"]).args(arguments);
    Process::start(command, &folder.join("up.log"))
}
