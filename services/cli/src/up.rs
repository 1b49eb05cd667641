//! `soundings up`: all services in one process beside a supervised, real nats-server, on loopback, with SQLite files
//! under one folder. Started again, it goes on where it stopped.
use std::{
    convert::Infallible,
    future,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::Args;
use soundings_chassis::{Lifecycle, telemetry};

use crate::{
    arguments::Global,
    commands::seed,
    connection::Connection,
    failure::{Failure, Outcome},
    output,
};

mod addresses;
mod data_folder;
mod nats_binary;
mod nats_server;
mod services;

pub use addresses::Addresses;
pub use data_folder::key_file;

use self::{addresses::Ports, data_folder::DataFolder};

/// How long services may finish what they hold when asked to stop.
const GRACE: Duration = Duration::from_secs(15);

/// How to start.
#[derive(Debug, Args)]
pub struct Options {
    /// The nats-server's port; consultation, themes and portfolio take the three that follow. 0: any that are free.
    #[arg(long, default_value_t = 7100, env = "SOUNDINGS_PORT")]
    port: u16,
    /// The nats-server to run; without it, the one on the PATH or under .tools.
    #[arg(long, env = "SOUNDINGS_NATS_SERVER", value_name = "FILE")]
    nats_server: Option<PathBuf>,
    /// Loads the reference case, unless it is there.
    #[arg(long)]
    seed: bool,
    /// What is logged, such as `info` or `warn,soundings_themes=debug`.
    #[arg(long, default_value = "warn", env = "SOUNDINGS_LOG", value_name = "FILTER")]
    log: String,
}

/// Runs until SIGTERM or Ctrl-C.
pub async fn run(global: &Global, options: Options) -> Outcome {
    let logs = telemetry::Config { log: options.log.clone(), ..telemetry::Config::default() };
    telemetry::init(&logs, "up").map_err(|error| Failure::usage(error.to_string()))?;
    let folder = DataFolder::claim(&global.data_dir)?;
    let (services, nats) = (Lifecycle::new(), Lifecycle::new());
    let ended = tokio::select! {
        ended = services.run_until_signal(GRACE) => ended.map_err(Failure::from),
        failed = serve(global, &options, &folder, &services, &nats) => match failed {
            Ok(never) => match never {},
            Err(failure) => {
                // What had started stops; why it failed matters more than how it stopped.
                _ = services.shutdown(GRACE).await;
                Err(failure)
            }
        },
    };
    // Last, so that the services could send what they still held.
    let stopped = nats.shutdown(GRACE).await;
    Addresses::remove(folder.path());
    ended.and(stopped.map_err(|failure| Failure::from(anyhow::Error::from(failure))))
}

async fn serve(
    global: &Global,
    options: &Options,
    folder: &DataFolder,
    lifecycle: &Lifecycle,
    nats: &Lifecycle,
) -> Outcome<Infallible> {
    let started = Instant::now();
    // What a killed process left: addresses that hold no more, and a nats-server.
    Addresses::remove(folder.path());
    nats_server::end_orphan(folder.path()).await?;
    let ports = Ports::choose(options.port)?;
    let binary = nats_binary::find(options.nats_server.as_deref())?;
    nats_server::start(&binary, ports.nats, folder.path(), nats).await?;
    let addresses = ports.addresses();
    services::start(folder.path(), &ports, lifecycle).await?;
    addresses.write(folder.path())?;
    let took = started.elapsed();
    if options.seed {
        let to = Global {
            consultation_url: Some(addresses.consultation.clone()),
            themes_url: Some(addresses.themes.clone()),
            portfolio_url: Some(addresses.portfolio.clone()),
            context: None,
            token_file: None,
            ..global.clone()
        };
        seed::run(&Connection::new(&to)?).await?;
    }
    welcome(folder.path(), &addresses, took)?;
    future::pending().await
}

fn welcome(folder: &Path, addresses: &Addresses, took: Duration) -> Outcome {
    let command = std::env::args().next().unwrap_or_else(|| "soundings".to_owned());
    let elsewhere = if folder == Path::new(".data") { "" } else { " (with the same --data-dir)" };
    output::text(&format!(
        "Soundings is ready ({} ms), its data in {}\n\n\
         \x20 consultation  {}\n  themes        {}\n  portfolio     {}\n  nats          {}\n\n\
         Try next, in another terminal{elsewhere}:\n\
         \x20 {command} demo                       councils answer, and the ranking moves\n\
         \x20 {command} ranking watch              follow it live\n\
         \x20 {command} ranking explain MW-1       why an item moved, down to councils and quotes\n\
         \x20 {command} theme list refresh-2020    what councils raise\n\
         \x20 {command} document business-plan     the programme of work as a page\n\n\
         Ctrl-C stops it; started again, it goes on where it stopped.\n",
        took.as_millis(),
        folder.display(),
        addresses.consultation,
        addresses.themes,
        addresses.portfolio,
        addresses.nats,
    ))
}
