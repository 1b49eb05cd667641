//! Portfolios, criteria and their work items as a file.
pub mod apply;

use clap::Subcommand;
use soundings_proto::portfolio::v1 as proto;

use super::{last_part, ranking::RankingKind};
use crate::{
    connection::Connection,
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
    /// List the programmes
    Programmes,
    /// List the resources that work takes
    Resources,
    /// Create or replace what a file holds, all or nothing; what it does not name stays
    Apply(apply::Options),
    /// Write the whole model as YAML that `apply` takes, in order of id
    Export {
        /// The work items alone, as CSV.
        #[arg(long)]
        csv: bool,
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

fn programme_columns() -> Vec<Column<proto::Programme>> {
    vec![
        column("programme", |p| last_part(&p.name)),
        column("portfolio", |p| last_part(&p.portfolio)),
        column("title", |p| p.title.clone()),
    ]
}

fn resource_columns() -> Vec<Column<proto::Resource>> {
    vec![
        column("resource", |r| last_part(&r.name)),
        column("unit", |r| r.unit.clone()),
        column("title", |r| r.title.clone()),
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
            output::list(format, &listed.criteria, &criterion_columns())?;
            if format.is_table() {
                output::note(format!("scoring model {}", listed.scoring_model));
            }
            Ok(())
        }
        Command::Programmes => {
            let listed = client.list_programmes(proto::ListProgrammesRequest {}).await?.into_inner();
            output::list(format, &listed.programmes, &programme_columns())
        }
        Command::Resources => {
            let listed = client.list_resources(proto::ListResourcesRequest {}).await?.into_inner();
            output::list(format, &listed.resources, &resource_columns())
        }
        Command::Apply(options) => apply::run(to, format, options).await,
        Command::Export { csv } => {
            let model = whole(to).await?;
            let text = if csv {
                files::portfolio::items_csv::write(&model.items, &model.criteria, &model.resources)?
            } else {
                files::portfolio::write(&model)?
            };
            output::text(&text)
        }
    }
}

/// Everything of the model that a file can hold.
async fn whole(to: &Connection<'_>) -> Outcome<files::portfolio::Model> {
    let mut client = to.portfolio()?;
    Ok(files::portfolio::Model {
        portfolios: client
            .list_portfolios(proto::ListPortfoliosRequest::default())
            .await?
            .into_inner()
            .portfolios,
        programmes: client.list_programmes(proto::ListProgrammesRequest {}).await?.into_inner().programmes,
        resources: client.list_resources(proto::ListResourcesRequest {}).await?.into_inner().resources,
        criteria: client.list_criteria(proto::ListCriteriaRequest {}).await?.into_inner().criteria,
        items: super::item::all(&mut client, String::new()).await?,
    })
}
