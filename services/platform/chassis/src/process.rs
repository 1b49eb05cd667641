//! A service as a process of its own: settings, logs and traces, a listener, then work until a signal.
use std::{process::ExitCode, sync::Arc, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use tokio::net::TcpListener;

use crate::{
    Clock, Ids, Lifecycle, SystemClock, SystemIds,
    config::{self, Sources},
    grpc, health, telemetry,
};

/// How long work under way may go on after a signal.
const GRACE: Duration = Duration::from_secs(15);

/// A service's settings, as far as every service has them.
pub trait Settings: Serialize + DeserializeOwned + Default {
    /// The full name of its gRPC service.
    const SERVICE: &'static str;

    /// Where it listens, `host:port`.
    fn listen(&self) -> &str;
    /// What the process tells of itself.
    fn telemetry(&self) -> &telemetry::Config;
}

/// Runs a service until SIGTERM or SIGINT. Settings come from `[--config FILE]` and the variables
/// `SOUNDINGS_<SERVICE>__*`. What stops it is one sentence on stderr and a failing exit code. With `health` as its first
/// argument it asks the one that runs with the same settings whether it is well, and ends.
pub async fn main<C: Settings, R>(
    service: &'static str,
    build: impl AsyncFnOnce(C, TcpListener, &Lifecycle, Arc<dyn Clock>, Arc<dyn Ids>) -> anyhow::Result<R>,
) -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    let asks = arguments.next_if(|argument| argument == "health").is_some();
    let ended = match Sources::from_process(&format!("SOUNDINGS_{}", service.to_uppercase()), arguments) {
        Ok(sources) if asks => ask::<C>(&sources).await,
        Ok(sources) => run(service, &sources, build).await,
        Err(error) => Err(error.into()),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        #[expect(clippy::print_stderr, reason = "why it stopped, when logs may not have started")]
        Err(error) => {
            eprintln!("soundings-{service}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn ask<C: Settings>(sources: &Sources) -> anyhow::Result<()> {
    let settings: C = config::load(sources)?;
    health::ask(settings.listen(), C::SERVICE).await
}

async fn run<C: Settings, R>(
    service: &'static str,
    sources: &Sources,
    build: impl AsyncFnOnce(C, TcpListener, &Lifecycle, Arc<dyn Clock>, Arc<dyn Ids>) -> anyhow::Result<R>,
) -> anyhow::Result<()> {
    let settings: C = config::load(sources)?;
    let telemetry = telemetry::init(settings.telemetry(), service)?;
    let lifecycle = Lifecycle::new();
    let listener = grpc::bind(settings.listen()).await?;
    let ended = match build(settings, listener, &lifecycle, Arc::new(SystemClock), Arc::new(SystemIds)).await
    {
        Ok(_) => lifecycle.run_until_signal(GRACE).await,
        Err(error) => {
            // What had started stops; why it failed matters more than how it stopped.
            _ = lifecycle.shutdown(GRACE).await;
            Err(error)
        }
    };
    telemetry.shutdown();
    ended
}
