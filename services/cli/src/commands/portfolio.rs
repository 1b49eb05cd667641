//! Portfolios, criteria and their work items as a file.
use std::path::PathBuf;

use clap::Subcommand;
use soundings_proto::portfolio::v1 as proto;

use super::{last_part, ranking::RankingKind};
use crate::{
    connection::{Connection, new_request_id},
    decimal,
    failure::Outcome,
    files,
    output::{self, Column, Format, column, number, wide},
};

/// What to do with portfolios.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List all by their standing
    List {
        /// By which ranking.
        #[arg(long, value_enum, default_value_t)]
        kind: RankingKind,
    },
    /// List the criteria
    Criteria,
    /// Create or replace what a YAML file holds, all or nothing; what it does not name stays
    Apply {
        /// The file.
        file: PathBuf,
        /// Checks everything and writes nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

fn columns() -> Vec<Column<proto::Portfolio>> {
    vec![
        number("standing", |p| if p.standing == 0 { "-".to_owned() } else { p.standing.to_string() }),
        column("portfolio", |p| last_part(&p.name)),
        number("mean value", |p| decimal::show(p.mean_value, 4)),
        number("items", |p| p.item_count.to_string()),
        column("best item", |p| last_part(&p.best_item)),
        column("title", |p| p.title.clone()),
    ]
}

fn criterion_columns() -> Vec<Column<proto::Criterion>> {
    vec![
        column("criterion", |c| last_part(&c.name)),
        number("swing", |c| format!("{}", f64::from(i32::try_from(c.swing).unwrap_or(i32::MAX)) / 1000.0)),
        number("lowest", |c| decimal::show(c.lowest, 2)),
        number("highest", |c| decimal::show(c.highest, 2)),
        column("better", |c| match c.direction() {
            proto::Direction::LessIsBetter => "less".to_owned(),
            _ => "more".to_owned(),
        }),
        column("unit", |c| c.unit.clone()),
        column("title", |c| c.title.clone()),
        wide(column("source", |c| {
            c.source().as_str_name().trim_start_matches("SCORE_SOURCE_").to_lowercase()
        })),
    ]
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let mut client = to.portfolio()?;
    match command {
        Command::List { kind } => {
            let request = proto::ListPortfoliosRequest { kind: kind.into() };
            let listed = client.list_portfolios(request).await?.into_inner();
            output::list(format, &listed.portfolios, &columns())
        }
        Command::Criteria => {
            let listed = client.list_criteria(proto::ListCriteriaRequest {}).await?.into_inner();
            output::list(format, &listed.criteria, &criterion_columns())
        }
        Command::Apply { file, dry_run } => {
            let request = files::portfolio::read(&file.display().to_string(), &files::text(&file)?)?;
            let applied = apply(to, request, dry_run).await?;
            if !format.is_table() {
                return output::value(format, &output::json(&applied)?);
            }
            let would = if dry_run { "would be " } else { "" };
            output::note(format!(
                "{would}{} created, {} changed, {} unchanged; model version {}",
                applied.created, applied.changed, applied.unchanged, applied.model_version
            ));
            Ok(())
        }
    }
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
