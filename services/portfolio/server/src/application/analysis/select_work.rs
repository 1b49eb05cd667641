//! The best selection under a budget, what the ranking's order alone would take, and value against budget.
use std::collections::BTreeMap;

use soundings_chassis::Problem;
use soundings_portfolio_domain::{
    Inputs,
    arithmetic::narrow,
    select::{self, Infeasible, Limit, Limits, STEPS, Selection, Why},
};
use soundings_proto::portfolio::v1 as proto;

use super::{Asked, work_item};
use crate::rpc::names;

/// Reads limits; resources must be those of the revision.
fn read_limits(limits: Option<proto::SelectionLimits>, inputs: &Inputs) -> Result<Limits, Problem> {
    let limits = limits.unwrap_or_default();
    let mut read = Limits {
        budget_gbp: limits.budget_gbp,
        effort_centimonths: limits.effort_centimonths,
        resources: BTreeMap::new(),
    };
    let given = [("budget_gbp", read.budget_gbp), ("effort_centimonths", read.effort_centimonths)];
    for (field, amount) in given.into_iter().filter_map(|(field, amount)| Some((field, amount?))) {
        if amount < 0 {
            return Err(Problem::invalid_field(
                format!("limits.{field}"),
                format!("is {amount}; give 0 or more"),
            ));
        }
    }
    for (at, limit) in limits.resources.iter().enumerate() {
        let field = format!("limits.resources[{at}]");
        let resource = names::read(&format!("{field}.resource"), "resources", &limit.resource)?;
        if !inputs.resources.contains_key(&resource) {
            let text = format!("there is no resource {resource:?}");
            return Err(Problem::invalid_field(format!("{field}.resource"), text));
        }
        if limit.hundredths < 0 {
            let text = format!("is {}; give 0 or more", limit.hundredths);
            return Err(Problem::invalid_field(format!("{field}.hundredths"), text));
        }
        if read.resources.insert(resource, limit.hundredths).is_some() {
            return Err(Problem::invalid_field(format!("{field}.resource"), "is given twice"));
        }
    }
    Ok(read)
}

fn impossible(infeasible: Infeasible) -> Problem {
    match &infeasible {
        Infeasible::Broken(_) => Problem::failed_precondition("INFEASIBLE", "limits", infeasible.to_string()),
        Infeasible::TooLarge(_) => Problem::resource_exhausted("work_items", infeasible.to_string()),
    }
}

/// The best selection, with what each decision costs.
pub fn select_work(
    asked: &Asked,
    limits: Option<proto::SelectionLimits>,
) -> Result<proto::SelectWorkResponse, Problem> {
    let (inputs, ranking) = (&asked.0.inputs, &asked.0.ranking);
    let limits = read_limits(limits, inputs)?;
    if limits == Limits::default() {
        return Err(Problem::invalid_field("limits", "are missing; give a budget, an effort or a resource"));
    }
    let best = select::select(inputs, ranking, &limits).map_err(impossible)?;
    let by_rank = select::fill(inputs, ranking, &limits).map_err(impossible)?;
    let prices = select::prices(inputs, ranking, &limits, &best).map_err(impossible)?;
    let price = |price: &select::Price| proto::DecisionPrice {
        work_item: work_item(&price.item),
        title: asked.title(&price.item),
        decision: decision(&price.why).into(),
        value: narrow(price.value),
        proven: price.proven,
    };
    let (best, by_rank) = (selection(asked, &best), selection(asked, &by_rank));
    let by_rank = proto::WorkSelection { value_at_most: best.value_at_most, ..by_rank };
    Ok(proto::SelectWorkResponse {
        name: asked.name(),
        best: Some(best),
        by_rank: Some(by_rank),
        prices: prices.iter().map(price).collect(),
    })
}

fn decision(why: &Why) -> proto::Decision {
    match why {
        Why::Mandatory | Why::Needed => proto::Decision::Mandatory,
        Why::HeldIn => proto::Decision::HeldIn,
        Why::KeptOut => proto::Decision::KeptOut,
    }
}

/// Value against budget.
pub fn frontier(
    asked: &Asked,
    limits: Option<proto::SelectionLimits>,
    steps: i32,
) -> Result<proto::GetFrontierResponse, Problem> {
    let steps = match usize::try_from(steps) {
        Ok(0) => 10,
        Ok(steps) if steps <= STEPS => steps,
        _ => return Err(Problem::invalid_field("steps", format!("is {steps}; give 1 to {STEPS}"))),
    };
    let (inputs, ranking) = (&asked.0.inputs, &asked.0.ranking);
    let limits = read_limits(limits, inputs)?;
    let points = select::frontier(inputs, ranking, &limits, steps).map_err(impossible)?;
    let point = |(budget_gbp, found): &(i64, Selection)| proto::FrontierPoint {
        budget_gbp: *budget_gbp,
        selection: Some(selection(asked, found)),
    };
    Ok(proto::GetFrontierResponse { name: asked.name(), points: points.iter().map(point).collect() })
}

/// As a message, in the ranking's order.
pub(super) fn selection(asked: &Asked, selection: &Selection) -> proto::WorkSelection {
    let chosen = asked
        .0
        .ranking
        .items
        .iter()
        .filter(|item| selection.items.binary_search_by(|id| id.as_str().cmp(&item.id)).is_ok());
    let items = chosen.map(|item| proto::SelectedItem {
        work_item: work_item(&item.id),
        title: asked.title(&item.id),
        rank: item.rank,
        value: item.value,
        cost_gbp: item.cost_gbp,
    });
    let uses = selection.uses.iter().map(|used| proto::LimitUse {
        limit: match &used.limit {
            Limit::Budget => "budget".to_owned(),
            Limit::Effort => "effort".to_owned(),
            Limit::Resource(id) => format!("resources/{id}"),
        },
        available: used.available,
        used: used.used,
        slack: used.slack(),
    });
    proto::WorkSelection {
        items: items.collect(),
        value: narrow(selection.value),
        cost_gbp: selection.cost_gbp,
        uses: uses.collect(),
        proven: selection.proven,
        first_of_equals: selection.first_of_equals,
        value_at_most: narrow(selection.at_most),
    }
}
