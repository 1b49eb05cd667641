//! `soundings up` on a data folder that holds the reference case and its demo: how soon it is ready, what it holds.
use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout},
};

use crate::{
    reference_case::{soundings, succeeded},
    report::{Figure, Report},
};

const RUNS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(60);
/// After this long nothing is left to do.
const IDLE: Duration = Duration::from_secs(3);

/// Measures it.
pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    if !report.wants("up") {
        return Ok(());
    }
    let home = tempfile::tempdir()?;
    let up = Up::start(home.path(), &["--seed"]).await?;
    succeeded(&command(home.path()).args(["demo", "--rate", "500"]).output().await?)?;
    up.stop().await?;

    let (mut ready, mut rss, mut nats_rss) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let began = Instant::now();
        let up = Up::start(home.path(), &[]).await?;
        ready.push(began.elapsed().as_secs_f64() * 1000.0);
        succeeded(&command(home.path()).arg("health").output().await?)?;
        tokio::time::sleep(IDLE).await;
        rss.push(memory(up.child.id().context("it runs")?, "VmRSS:")?);
        let nats = std::fs::read_to_string(data(home.path()).join("nats/nats.pid"))?;
        nats_rss.push(memory(nats.trim().parse()?, "VmRSS:")?);
        up.stop().await?;
    }
    report.write(Figure::of("up.ready_ms", "ms", &ready))?;
    report.write(Figure::of("up.rss_mb", "MB", &rss).noting("all three services, idle"))?;
    report.write(Figure::of("up.nats_rss_mb", "MB", &nats_rss).noting("the nats-server beside them"))
}

/// A `soundings up` that is ready.
struct Up {
    child: Child,
    _output: Lines<BufReader<ChildStdout>>,
}

impl Up {
    async fn start(home: &Path, arguments: &[&str]) -> anyhow::Result<Up> {
        let mut command = command(home);
        command.args(["up", "--port", "0"]).args(arguments).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let mut output = BufReader::new(child.stdout.take().context("its output is ours")?).lines();
        let ready = async {
            while let Some(line) = output.next_line().await? {
                if line.contains("Soundings is ready") {
                    return Ok(());
                }
            }
            anyhow::bail!("soundings up ended")
        };
        tokio::time::timeout(PATIENCE, ready).await.context("soundings up is not ready")??;
        Ok(Up { child, _output: output })
    }

    async fn stop(mut self) -> anyhow::Result<()> {
        let id = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        kill_process(id.context("it runs")?, Signal::TERM)?;
        anyhow::ensure!(self.child.wait().await?.success(), "soundings up did not stop well");
        Ok(())
    }
}

fn command(home: &Path) -> tokio::process::Command {
    let mut command = soundings(home);
    command.arg("--data-dir").arg(data(home));
    command
}

fn data(home: &Path) -> PathBuf {
    home.join("data")
}

/// A figure of a process's memory in megabytes: `VmRSS:` what is in use, `VmHWM:` the most that ever was.
pub fn memory(process: u32, figure: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(figure)).context("Linux tells")?;
    let kilobytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024.0 / 1e6)
}
