//! The consultation service's process.
use std::process::ExitCode;

use soundings_consultation::build;

#[tokio::main]
async fn main() -> ExitCode {
    soundings_chassis::process::main("consultation", build).await
}
