//! One portfolio's items by WSJF or RICE.
use clap::{Args, Subcommand};
use soundings_proto::portfolio::v1::{self as proto, order_portfolio_request::Formula as Given};

use super::{
    super::{full_name, last_part},
    Which,
};
use crate::{
    connection::Connection,
    failure::Outcome,
    output::{self, Column, Format, column, number},
};

/// A formula.
#[derive(Debug, Subcommand)]
pub enum Formula {
    /// Order a portfolio by weighted shortest job first: (value + time + risk)/size
    Wsjf(Wsjf),
    /// Order a portfolio by reach × impact × confidence/effort
    Rice(Rice),
}

/// Which criteria are the parts of WSJF.
#[derive(Debug, Args)]
pub struct Wsjf {
    /// The portfolio's id.
    portfolio: String,
    /// The criterion of value.
    #[arg(long, value_name = "CRITERION")]
    value: String,
    /// The criterion of what is lost by waiting.
    #[arg(long, value_name = "CRITERION")]
    time: String,
    /// The criterion of what it makes safer or possible.
    #[arg(long, value_name = "CRITERION")]
    risk: String,
    /// The criterion of size; without it, the item's person-months.
    #[arg(long, value_name = "CRITERION", default_value = "")]
    size: String,
    #[command(flatten)]
    which: Which,
}

/// Which criteria are the parts of RICE.
#[derive(Debug, Args)]
pub struct Rice {
    /// The portfolio's id.
    portfolio: String,
    /// The criterion of how many it reaches.
    #[arg(long, value_name = "CRITERION")]
    reach: String,
    /// The criterion of how much it does for each.
    #[arg(long, value_name = "CRITERION")]
    impact: String,
    /// The criterion of how sure that is.
    #[arg(long, value_name = "CRITERION")]
    confidence: String,
    /// The criterion of effort; without it, the item's person-months.
    #[arg(long, value_name = "CRITERION", default_value = "")]
    effort: String,
    #[command(flatten)]
    which: Which,
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, formula: Formula) -> Outcome {
    let criterion = |id: &str| if id.is_empty() { String::new() } else { full_name("criteria", id) };
    let (portfolio, which, formula) = match formula {
        Formula::Wsjf(of) => {
            let parts = proto::WsjfParts {
                value: criterion(&of.value),
                time_criticality: criterion(&of.time),
                risk_reduction: criterion(&of.risk),
                size: criterion(&of.size),
            };
            (of.portfolio, of.which, Given::Wsjf(parts))
        }
        Formula::Rice(of) => {
            let parts = proto::RiceParts {
                reach: criterion(&of.reach),
                impact: criterion(&of.impact),
                confidence: criterion(&of.confidence),
                effort: criterion(&of.effort),
            };
            (of.portfolio, of.which, Given::Rice(parts))
        }
    };
    let request = proto::OrderPortfolioRequest {
        kind: which.kind.into(),
        revision: which.revision,
        portfolio: full_name("portfolios", &portfolio),
        formula: Some(formula),
    };
    let found = to.analysis()?.order_portfolio(request).await?.into_inner();
    if !format.is_table() && format != Format::Csv {
        return output::value(format, &output::json(&found)?);
    }
    output::list(format, &found.items, &columns())?;
    for without in &found.unscored {
        output::note(format!("{} is left out: it {}", last_part(&without.work_item), without.reason));
    }
    Ok(())
}

fn columns() -> Vec<Column<proto::FormulaPlace>> {
    vec![
        number("place", |p| p.rank.to_string()),
        number("ranking", |p| p.ranking_rank.to_string()),
        column("item", |p| last_part(&p.work_item)),
        number("score", |p| format!("{:.4}", p.score)),
        column("title", |p| p.title.clone()),
    ]
}
