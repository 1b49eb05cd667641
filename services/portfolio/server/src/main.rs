//! The portfolio service's process.
use std::{sync::Arc, time::Duration};

use soundings_chassis::{Lifecycle, SystemClock, SystemIds, config, grpc, telemetry};
use soundings_portfolio::{Config, build};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let config: Config = config::load(&config::Sources::from_process("SOUNDINGS_PORTFOLIO")?)?;
    telemetry::init(config.log_format, &config.log)?;
    let lifecycle = Lifecycle::new();
    let listener = grpc::bind(&config.listen).await?;
    build(config, listener, &lifecycle, Arc::new(SystemClock), Arc::new(SystemIds)).await?;
    lifecycle.run_until_signal(Duration::from_secs(15)).await
}
