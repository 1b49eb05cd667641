//! Where what organisations ask for and the work do not meet.
use clap::Subcommand;
use soundings_proto::portfolio::v1 as proto;

use super::{last_part, ranking::RankingKind};
use crate::{
    connection::Connection,
    decimal,
    failure::Outcome,
    output::{self, Column, Format, column, number},
};

/// What to do with gaps.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List themes with demand and no work, then work with no demand
    List {
        /// By which ranking themes count.
        #[arg(long, value_enum, default_value_t)]
        kind: RankingKind,
    },
}

fn columns() -> Vec<Column<proto::Gap>> {
    vec![
        column("gap", |g| {
            match g.kind() {
                proto::GapKind::ThemeWithoutWork => "no work for the theme",
                proto::GapKind::WorkWithoutDemand => "nobody asks for the work",
                proto::GapKind::WorkWithoutTheme | proto::GapKind::Unspecified => "the work answers no theme",
            }
            .to_owned()
        }),
        column("of", |g| if g.theme.is_empty() { last_part(&g.work_item) } else { last_part(&g.theme) }),
        number(
            "organisations",
            |g| if g.theme.is_empty() { String::new() } else { g.organisations.to_string() },
        ),
        number("demand", |g| decimal::show(g.demand, 4)),
        column("title", |g| g.title.clone()),
    ]
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let Command::List { kind } = command;
    let listed = to.gaps()?.list_gaps(proto::ListGapsRequest { kind: kind.into() }).await?.into_inner();
    output::list(format, &listed.gaps, &columns())
}
