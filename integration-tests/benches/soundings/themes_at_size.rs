//! The themes service as a process of its own with 100,000 statements stored: how soon it answers, what it holds.
use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use soundings_harness::{Process, free_port, program};
use soundings_integration_tests::{Addresses, Clients, Engine, until};
use soundings_proto::themes::v1::ListCodebooksRequest;

use crate::{
    intake::Intake,
    load::{self, Until},
    reference_case::{self, Requests, SURVEY},
    report::{Figure, Report},
    up::memory,
};

const RUNS: usize = 5;
/// About three statements each.
const RESPONSES: usize = 36_000;
const STATEMENTS: i64 = 100_000;
/// After this long nothing is left to do.
const IDLE: Duration = Duration::from_secs(3);

/// Measures it.
pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    if report.quick || !report.wants("themes.at_100000") {
        return Ok(());
    }
    let Some(intake) = Intake::open(Engine::Sqlite).await? else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let (process, clients) = start(&intake, folder.path()).await;
    reference_case::load_codebook(&clients).await?;
    let (token, until_accepted) = (intake.clients.office_token(), Until::Accepted(RESPONSES));
    load::submit(intake.url(), &token, &Requests::new()?, until_accepted).await?;
    let stored = until("counts of all responses", async || {
        let counts = clients.counts(SURVEY).await?;
        let mentions: i64 = counts.themes.iter().map(|theme| theme.mentions).sum();
        (usize::try_from(counts.responses) == Ok(RESPONSES))
            .then_some(mentions + counts.unassigned_statements)
    })
    .await;
    anyhow::ensure!(stored >= STATEMENTS, "{stored} statements");
    let note = format!("{stored} mentions and statements without a theme, of {RESPONSES} responses");
    let most = memory(process.id(), "VmHWM:")?;
    process.stop().await;

    let (mut ready, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let began = Instant::now();
        let (process, _) = start(&intake, folder.path()).await;
        ready.push(began.elapsed().as_secs_f64() * 1000.0);
        tokio::time::sleep(IDLE).await;
        idle.push(memory(process.id(), "VmRSS:")?);
        process.stop().await;
    }
    intake.stop().await?;
    report.write(Figure::of("themes.at_100000.ready_ms", "ms", &ready).noting(&note))?;
    report.write(Figure::of("themes.at_100000.rss_mb", "MB", &idle).noting("idle"))?;
    report.write(Figure::of("themes.at_100000.peak_mb", "MB", &[most]).noting("while they came in"))
}

/// Starts the service on what its folder holds, and waits until it answers.
async fn start(intake: &Intake, folder: &Path) -> (Process, Clients) {
    let address = format!("127.0.0.1:{}", free_port());
    let mut command = Command::new(program("soundings-themes"));
    for (key, value) in [
        ("LISTEN", address.clone()),
        ("DATABASE", format!("sqlite:{}", folder.join("themes.sqlite").display())),
        ("NATS__URLS", intake.nats.url()),
        ("CONSULTATION", intake.url().to_owned()),
        ("ACCESS__SIGNING_KEY_FILE", intake.key_file().display().to_string()),
    ] {
        command.env(format!("SOUNDINGS_THEMES__{key}"), value);
    }
    let process = Process::start(command, &folder.join("themes.log"));
    let addresses = Addresses { themes: format!("http://{address}"), ..intake.clients.addresses().clone() };
    let clients = Clients::new(addresses, &intake.key_file());
    // Before the codebook is loaded there is nothing to count, which is an answer too.
    let ask = ListCodebooksRequest::default;
    until("themes", async || clients.themes().list_codebooks(ask()).await.ok()).await;
    (process, clients)
}
