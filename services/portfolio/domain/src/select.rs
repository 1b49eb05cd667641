//! Selection under a budget: which work together is worth the most within what there is of money, people and resources.
//!
//! max Σ worth·z with z 0 or 1, Σ cost ≤ budget, Σ effort ≤ capacity, Σ need ≤ limit for each limited resource, an item
//! only with all that it depends on, never two that exclude each other, mandatory and pinned items in, and out what is
//! kept out. A multi-dimensional knapsack with precedence, solved to the last digit: [`solve`] searches by branch and
//! bound and proves each bound in integers. Ties go to the cheapest, then to the first set in the order of ids.
use std::collections::{BTreeMap, BTreeSet};

use crate::{Inputs, Ranking, arithmetic::divide, check::constraints};

mod bound;
mod infeasible;
mod model;
mod solve;
mod state;

pub use infeasible::{Broken, Infeasible, Why};
use model::Model;
use solve::Solved;

/// Most work items that a selection is made of.
pub const ITEMS: usize = 1_000;
/// Most steps of a frontier.
pub const STEPS: usize = 50;
/// Nodes that a search may open; some seconds. Beyond, the best found is returned, with how much better any could be.
const NODES: u64 = 400_000;
/// The fewest that each of many searches may open; together they have as many as one.
const FEWEST_NODES: u64 = 2_000;

/// How much there is of each; what is not named is not limited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// Pounds.
    pub budget_gbp: Option<i64>,
    /// Hundredths of a person-month.
    pub effort_centimonths: Option<i64>,
    /// Hundredths of each resource's unit, by the resource's id.
    pub resources: BTreeMap<String, i64>,
}

/// One of the limits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Limit {
    /// Pounds.
    Budget,
    /// Hundredths of a person-month.
    Effort,
    /// Hundredths of a resource's unit, by the resource's id.
    Resource(String),
}

/// Work that is done together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// Ids, in order.
    pub items: Vec<String>,
    /// Σ worth.
    pub worth: i128,
    /// Σ value in 10⁻¹².
    pub value: i128,
    /// Pounds.
    pub cost_gbp: i64,
    /// What it takes of everything that is limited.
    pub uses: Vec<Use>,
    /// Whether no other selection is worth more; false only when the search was cut short.
    pub proven: bool,
    /// Whether, of those worth as much, none is cheaper, and none as cheap comes before it in the order of ids.
    pub first_of_equals: bool,
    /// What no selection is worth more than, Σ value in 10⁻¹²; the same as `value` when that is proven.
    pub at_most: i128,
}

/// What a selection takes of something limited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Of what.
    pub limit: Limit,
    /// How much there is.
    pub available: i64,
    /// How much it takes.
    pub used: i64,
}

impl Use {
    /// What is left over.
    pub fn slack(&self) -> i64 {
        self.available - self.used
    }
}

/// The best selection.
///
/// # Errors
/// [`Infeasible`] when what must be done takes more than there is, by name; or when the problem is too large.
pub fn select(inputs: &Inputs, ranking: &Ranking, limits: &Limits) -> Result<Selection, Infeasible> {
    let model = Model::new(inputs, ranking, limits)?;
    Ok(best(model, None, NODES))
}

/// The best selection, as one of so many searches that share the nodes of one; `known` is a selection to beat.
pub(crate) fn one_of(
    inputs: &Inputs,
    ranking: &Ranking,
    limits: &Limits,
    known: &[String],
    searches: usize,
) -> Result<Selection, Infeasible> {
    Ok(best(Model::new(inputs, ranking, limits)?, Some(known), share(searches)))
}

/// What taking the items in the ranking's order would do: each with what it depends on, where all of it still fits.
///
/// # Errors
/// As [`select`].
pub fn fill(inputs: &Inputs, ranking: &Ranking, limits: &Limits) -> Result<Selection, Infeasible> {
    let model = Model::new(inputs, ranking, limits)?;
    let order: Vec<usize> = ranking.items.iter().filter_map(|item| model.at(&item.id)).collect();
    let mut state = state::State::new(&model);
    state.take_in_order(&order);
    Ok(model.selection(&Solved { chosen: state.chosen(), proven: false, first_of_equals: false, at_most: 0 }))
}

/// A decision that binds the selection, and what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    /// The item's id.
    pub item: String,
    /// Why it is in, or out.
    pub why: Why,
    /// What the best selection without this decision would be worth more, Σ value in 10⁻¹².
    pub value: i128,
    /// Whether that is proven.
    pub proven: bool,
}

/// What each pin and each mandatory item gives up of the best selection's value, in the order of ids.
///
/// # Errors
/// As [`select`].
pub fn prices(
    inputs: &Inputs,
    ranking: &Ranking,
    limits: &Limits,
    selection: &Selection,
) -> Result<Vec<Price>, Infeasible> {
    let mut prices = Vec::new();
    let mut freed = inputs.clone();
    let mandatory = inputs.items.values().filter(|item| item.mandatory).count();
    let nodes = share(mandatory + inputs.pins.len());
    for (id, item) in &inputs.items {
        let pin = inputs.pins.get(id);
        let why = match pin {
            Some(pin) if !pin.held_in => Why::KeptOut,
            _ if item.mandatory => Why::Mandatory,
            Some(_) => Why::HeldIn,
            None => continue,
        };
        freed.pins.remove(id);
        freed.items.entry(id.clone()).and_modify(|item| item.mandatory = false);
        let other = best(Model::new(&freed, ranking, limits)?, Some(&selection.items), nodes);
        prices.push(Price {
            item: id.clone(),
            why,
            value: other.value - selection.value,
            proven: other.proven && selection.proven,
        });
        freed.items.insert(id.clone(), item.clone());
        freed.pins.extend(pin.map(|pin| (id.clone(), pin.clone())));
    }
    Ok(prices)
}

/// The best selection at each of so many budgets, from what the required work costs up to `most` (or to the cost of all
/// work), evenly spaced. The other limits stay.
///
/// # Errors
/// As [`select`]; when what is required costs more than `most`, too.
pub fn frontier(
    inputs: &Inputs,
    ranking: &Ranking,
    limits: &Limits,
    steps: usize,
) -> Result<Vec<(i64, Selection)>, Infeasible> {
    let all: i64 = inputs.items.values().map(|item| item.cost_gbp).sum();
    let most = limits.budget_gbp.unwrap_or(all);
    let required = closure(inputs);
    let least: i64 =
        required.iter().filter_map(|id| inputs.items.get(*id)).map(|item| item.cost_gbp).sum::<i64>();
    let steps = steps.clamp(1, STEPS);
    let mut points: Vec<(i64, Selection)> = Vec::with_capacity(steps + 1);
    for step in 0..=steps {
        let rise = i128::from(most) - i128::from(least);
        let risen = divide(rise * step as i128, steps as i128);
        let budget = crate::arithmetic::narrow(i128::from(least) + risen);
        let budget = if rise < 0 { most } else { budget };
        let model = Model::new(inputs, ranking, &Limits { budget_gbp: Some(budget), ..limits.clone() })?;
        let before = points.last().map(|(_, selection)| selection.items.as_slice());
        let found = best(model, before, share(steps + 1));
        points.push((budget, found));
    }
    points.dedup_by_key(|(budget, _)| *budget);
    Ok(points)
}

/// Ids of what is required, and of all that it depends on.
fn closure(inputs: &Inputs) -> BTreeSet<&str> {
    let mut required = BTreeSet::new();
    let mut open: Vec<&str> = inputs.items.keys().map(String::as_str).collect();
    open.retain(|id| constraints::is_required(inputs, id));
    while let Some(id) = open.pop() {
        if let Some(item) = inputs.items.get(id).filter(|_| required.insert(id)) {
            open.extend(item.depends_on.iter().map(String::as_str));
        }
    }
    required
}

/// Nodes for each of so many searches.
fn share(searches: usize) -> u64 {
    (NODES / (searches as u64).max(1)).max(FEWEST_NODES)
}

fn best(mut model: Model<'_>, known: Option<&[String]>, nodes: u64) -> Selection {
    let known = known.map(|ids| ids.iter().filter_map(|id| model.at(id)).collect());
    model.prefer();
    model.selection(&solve::solve(&model, known, nodes))
}

#[cfg(test)]
mod tests;
