//! The themes service's process.
use std::process::ExitCode;

use soundings_themes::build;

#[tokio::main]
async fn main() -> ExitCode {
    soundings_chassis::process::main("themes", build).await
}
