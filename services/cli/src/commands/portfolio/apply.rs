//! Makes the model what a file says, or tells everything that is wrong with the file.
use std::path::PathBuf;

use clap::Args;
use soundings_proto::portfolio::v1 as proto;

use crate::{
    ask,
    connection::{Connection, new_request_id},
    failure::{Failure, Outcome},
    files::{self, portfolio::Read},
    output::{self, Format},
};

/// Which file, and how.
#[derive(Debug, Args)]
pub struct Options {
    /// The file: YAML, or the work items as .csv.
    file: PathBuf,
    /// Checks everything and writes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Removes what the file does not name, so that the model is what it says.
    #[arg(long)]
    prune: bool,
    /// Does not ask before it removes.
    #[arg(long)]
    yes: bool,
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, options: Options) -> Outcome {
    let Options { file, dry_run, prune, yes } = options;
    let mut read = files::portfolio::read_file(&file)?;
    if prune && read.is_csv() {
        return Err(Failure::usage("a CSV holds work items alone: prune with the YAML of the whole model"));
    }
    read.request.prune = prune;
    if !read.is_sound() {
        let told = check(to, &read).await.unwrap_or_default();
        return Err(read.refusal(&told.faults, told.omitted_faults));
    }
    if prune && !dry_run && !yes {
        let would = try_to_apply(to, &read, true).await?;
        if would.removed > 0 {
            ask::confirm(false, &format!("{} things that the file does not name go", would.removed))?;
        }
    }
    let applied = try_to_apply(to, &read, dry_run).await?;
    if !format.is_table() {
        return output::value(format, &output::json(&applied)?);
    }
    let would = if dry_run { "would be " } else { "" };
    let gone = if prune { format!(", {} removed", applied.removed) } else { String::new() };
    output::note(format!(
        "{would}{} created, {} changed, {} unchanged{gone}; model version {}",
        applied.created, applied.changed, applied.unchanged, applied.model_version
    ));
    Ok(())
}

/// Applies what was read; a refusal tells every fault, with its line.
async fn try_to_apply(
    to: &Connection<'_>,
    read: &Read,
    validate_only: bool,
) -> Outcome<proto::ApplyPortfolioResponse> {
    let refused = match apply(to, read.request.clone(), validate_only).await {
        Ok(applied) => return Ok(applied),
        Err(refused) => refused,
    };
    match check(to, read).await {
        Ok(told) if refused.is_usage() && !told.faults.is_empty() => {
            Err(read.refusal(&told.faults, told.omitted_faults))
        }
        _ => Err(refused),
    }
}

/// What the service says is wrong.
async fn check(to: &Connection<'_>, read: &Read) -> Outcome<proto::CheckPortfolioResponse> {
    let request = proto::CheckPortfolioRequest { portfolio: Some(read.request.clone()) };
    Ok(to.portfolio_check()?.check_portfolio(request).await?.into_inner())
}

/// Applies a portfolio.
pub async fn apply(
    to: &Connection<'_>,
    request: proto::ApplyPortfolioRequest,
    validate_only: bool,
) -> Outcome<proto::ApplyPortfolioResponse> {
    let request = proto::ApplyPortfolioRequest { validate_only, request_id: new_request_id(), ..request };
    Ok(to.portfolio()?.apply_portfolio(request).await?.into_inner())
}
