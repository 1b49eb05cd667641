//! A real nats-server as a child process: started, watched, started again when it dies, stopped last.
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use soundings_chassis::Lifecycle;
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::{Instant, sleep},
};

use crate::failure::{Failure, Kind, Outcome};

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it may take to stop before it is killed.
const GRACE: Duration = Duration::from_secs(5);

struct Server {
    binary: PathBuf,
    port: u16,
    folder: PathBuf,
}

/// Starts it and returns once it listens; it then runs until the lifecycle stops.
pub async fn start(binary: &Path, port: u16, data: &Path, lifecycle: &Lifecycle) -> Outcome {
    let server = Server { binary: binary.to_owned(), port, folder: folder(data)? };
    fs::write(server.config(), server.settings())?;
    let mut child = server.spawn()?;
    server.listens(&mut child).await?;
    let stop = lifecycle.soft();
    lifecycle.spawn("nats-server", async move {
        loop {
            tokio::select! {
                () = stop.cancelled() => return end(child).await,
                ended = child.wait() => {
                    tracing::error!(status = ?ended?.code(), log = %server.log().display(), "nats-server ended; starting it again");
                }
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = sleep(Duration::from_secs(1)) => child = server.spawn().map_err(|_| anyhow::anyhow!("nats-server cannot be started again"))?,
            }
        }
    });
    Ok(())
}

impl Server {
    fn config(&self) -> PathBuf {
        config(&self.folder)
    }

    fn log(&self) -> PathBuf {
        self.folder.join("nats.log")
    }

    fn pid_file(&self) -> PathBuf {
        pid_file(&self.folder)
    }

    fn settings(&self) -> String {
        let quoted = |path: PathBuf| serde_json::Value::from(path.display().to_string()).to_string();
        format!(
            "# Written by `soundings up` at every start.\n\
             server_name: soundings-local\nlisten: \"127.0.0.1:{}\"\npid_file: {}\n\
             jetstream {{ store_dir: {} }}\n",
            self.port,
            quoted(self.pid_file()),
            quoted(self.folder.join("streams")),
        )
    }

    fn spawn(&self) -> Outcome<Child> {
        let log = File::options().create(true).append(true).open(self.log())?;
        let mut command = Command::new(&self.binary);
        command.arg("--config").arg(self.config()).stdin(Stdio::null());
        command.stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
        // A Ctrl-C at the terminal is for us: the services stop first.
        command.process_group(0);
        command.spawn().map_err(|error| {
            Failure::new(Kind::Other, format!("cannot start {}: {error}", self.binary.display()))
        })
    }

    async fn listens(&self, child: &mut Child) -> Outcome {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return Ok(());
            }
            if child.try_wait()?.is_some() || Instant::now() > deadline {
                let log = fs::read_to_string(self.log()).unwrap_or_default();
                let last = log.lines().last().unwrap_or("it wrote nothing").to_owned();
                return Err(Failure::new(Kind::Other, format!("nats-server did not start: {last}")));
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
}

fn folder(data: &Path) -> Outcome<PathBuf> {
    let folder = data.join("nats");
    fs::create_dir_all(&folder)?;
    Ok(fs::canonicalize(folder)?)
}

fn config(folder: &Path) -> PathBuf {
    folder.join("nats.conf")
}

fn pid_file(folder: &Path) -> PathBuf {
    folder.join("nats.pid")
}

/// Ends the server that a `soundings up` left when it was killed: it would hold the port and the streams.
pub async fn end_orphan(data: &Path) -> Outcome {
    let folder = folder(data)?;
    let Ok(text) = fs::read_to_string(pid_file(&folder)) else { return Ok(()) };
    let Some(pid) = text.trim().parse().ok().and_then(Pid::from_raw) else { return Ok(()) };
    // The number may belong to another program by now.
    let command = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
    let config = config(&folder).display().to_string();
    if !command.split(|byte| *byte == 0).any(|argument| argument == config.as_bytes()) {
        return Ok(());
    }
    tracing::warn!("ending the nats-server that a killed `soundings up` left");
    _ = kill_process(pid, Signal::TERM);
    let deadline = Instant::now() + GRACE;
    while test_kill_process(pid).is_ok() && !is_zombie(pid) {
        if Instant::now() > deadline {
            _ = kill_process(pid, Signal::KILL);
        }
        if Instant::now() > deadline + GRACE {
            let text =
                format!("nats-server {}, which a killed `soundings up` left, cannot be ended", text.trim());
            return Err(Failure::new(Kind::Other, text));
        }
        sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Ended, but nobody has asked how: so it stays in containers whose first process does not.
fn is_zombie(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

async fn end(mut child: Child) -> anyhow::Result<()> {
    if let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) {
        _ = kill_process(pid, Signal::TERM);
    }
    if tokio::time::timeout(GRACE, child.wait()).await.is_err() {
        child.kill().await?;
    }
    Ok(())
}
