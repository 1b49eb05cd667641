//! One portfolio's items by the formulas that delivery teams use.
use soundings_chassis::Problem;
use soundings_portfolio_domain::second_opinion::{Scored, Unscored, rice, wsjf};
use soundings_proto::portfolio::v1::{self as proto, order_portfolio_request::Formula as Given};

use super::{Asked, work_item};
use crate::rpc::names;

/// A formula with the criteria that it is worked out from.
pub enum Formula {
    /// Weighted shortest job first.
    Wsjf(wsjf::Parts),
    /// Reach, impact, confidence, effort.
    Rice(rice::Parts),
}

/// Reads the formula of a request.
pub fn read(given: Option<Given>) -> Result<Formula, Problem> {
    let required = |field: &str, name: &str| names::read(field, "criteria", name);
    let optional = |field: &str, name: &str| match name {
        "" => Ok(None),
        name => required(field, name).map(Some),
    };
    match given {
        None => Err(Problem::invalid_field("formula", "is missing; give wsjf or rice")),
        Some(Given::Wsjf(parts)) => Ok(Formula::Wsjf(wsjf::Parts {
            value: required("wsjf.value", &parts.value)?,
            time_criticality: required("wsjf.time_criticality", &parts.time_criticality)?,
            risk_reduction: required("wsjf.risk_reduction", &parts.risk_reduction)?,
            size: optional("wsjf.size", &parts.size)?,
        })),
        Some(Given::Rice(parts)) => Ok(Formula::Rice(rice::Parts {
            reach: required("rice.reach", &parts.reach)?,
            impact: required("rice.impact", &parts.impact)?,
            confidence: required("rice.confidence", &parts.confidence)?,
            effort: optional("rice.effort", &parts.effort)?,
        })),
    }
}

/// The portfolio's items by the formula.
pub fn portfolio_order(
    asked: &Asked,
    portfolio: &str,
    formula: &Formula,
) -> Result<proto::OrderPortfolioResponse, Problem> {
    let (inputs, kind) = (&asked.0.inputs, asked.0.ranking.kind);
    let (table, name) = match formula {
        Formula::Wsjf(parts) => (wsjf::by_wsjf(inputs, kind, portfolio, parts), "wsjf"),
        Formula::Rice(parts) => (rice::by_rice(inputs, kind, portfolio, parts), "rice"),
    };
    let table = table.map_err(|refused| {
        let part = refused.field != "portfolio";
        let field = if part { format!("{name}.{}", refused.field) } else { refused.field };
        Problem::invalid_field(field, refused.reason)
    })?;
    let place = |scored: &Scored| proto::FormulaPlace {
        work_item: work_item(&scored.item),
        title: asked.title(&scored.item),
        rank: scored.rank,
        ranking_rank: asked.place(&scored.item),
        score: scored.score,
    };
    let without = |unscored: &Unscored| proto::WithoutFormula {
        work_item: work_item(&unscored.item),
        title: asked.title(&unscored.item),
        reason: unscored.reason.clone(),
    };
    Ok(proto::OrderPortfolioResponse {
        name: asked.name(),
        items: table.items.iter().map(place).collect(),
        unscored: table.unscored.iter().map(without).collect(),
    })
}
