//! The portfolio service's process.
use std::process::ExitCode;

use soundings_portfolio::build;

#[tokio::main]
async fn main() -> ExitCode {
    soundings_chassis::process::main("portfolio", build).await
}
