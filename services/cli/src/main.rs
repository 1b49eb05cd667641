//! The `soundings` command: runs everything on one machine, and every operator's and analyst's verb.
use std::process::ExitCode;

mod amounts;
mod arguments;
mod ask;
mod commands;
mod connection;
mod contexts;
mod decimal;
mod failure;
mod files;
mod moments;
mod output;
mod secrets;
mod up;

#[tokio::main]
async fn main() -> ExitCode {
    commands::run(arguments::read()).await.map_or_else(failure::Failure::report, |()| ExitCode::SUCCESS)
}
