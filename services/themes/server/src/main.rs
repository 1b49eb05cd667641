//! The themes service as a process of its own. Its one argument, if any, names a configuration file.
use std::{path::PathBuf, sync::Arc, time::Duration};

use soundings_chassis::{Lifecycle, SystemClock, SystemIds, config, grpc, telemetry};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let file = std::env::args_os().nth(1).map(PathBuf::from);
    let sources = config::Sources { file, ..config::Sources::from_environment("SOUNDINGS_THEMES") };
    let settings: soundings_themes::Config = config::load(&sources)?;
    telemetry::init(telemetry::LogFormat::Auto, &settings.log)?;
    let lifecycle = Lifecycle::new();
    let listener = grpc::bind(&settings.listen).await?;
    soundings_themes::build(settings, listener, &lifecycle, Arc::new(SystemClock), Arc::new(SystemIds))
        .await?;
    lifecycle.run_until_signal(Duration::from_secs(15)).await
}
