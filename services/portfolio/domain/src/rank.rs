//! The ranking, a pure function of its inputs.
use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::{
    Inputs, Kind, ONE,
    arithmetic::{divide, narrow},
    demand::{self, ThemeDemand},
    interval, value,
};

/// One ordering of the work items.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Which ranking.
    pub kind: Kind,
    /// Best first.
    pub items: Vec<Ranked>,
    /// Σ swing of the criteria, in thousandths.
    pub swings: i64,
    /// Organisations that answered.
    pub answered: i64,
}

/// A work item in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Its id.
    pub id: String,
    /// Place, from 1.
    pub rank: i32,
    /// Σ swing·value, unnormalised; what items are compared by.
    pub worth: i128,
    /// Overall value in 10⁻¹².
    pub value: i64,
    /// Council demand in 10⁻¹².
    pub demand: i64,
    /// 95 % interval of demand, 0 to 1.
    pub demand_interval: (f64, f64),
    /// Organisations with a respondent who raises a linked theme.
    pub behind: i64,
    /// By criterion, in order of id.
    pub values: Vec<CriterionValue>,
    /// Overall value if every missing score were worst, and best; in 10⁻¹².
    pub missing_range: (i64, i64),
}

/// Value under one criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriterionValue {
    /// Its id.
    pub criterion: String,
    /// 0 to 1, in 10⁻¹².
    pub value: i64,
    /// Whether the prior stands in for a missing score.
    pub missing: bool,
    /// Whether the score lay outside the anchors.
    pub clipped: bool,
}

/// Ranks every item. Ties: higher demand, more organisations behind it, lower cost, id.
pub fn rank(inputs: &Inputs, kind: Kind) -> Ranking {
    let themes = demand::themes(inputs, kind);
    let answered = i64::try_from(inputs.organisations_answered().len()).unwrap_or(i64::MAX);
    let swings: i64 = inputs.criteria.values().map(|criterion| criterion.swing).sum();
    let mut items: Vec<Ranked> =
        inputs.items.keys().map(|id| place(inputs, id, &themes, answered, swings)).collect();
    items.sort_by(|a, b| {
        (b.worth, b.demand, b.behind)
            .cmp(&(a.worth, a.demand, a.behind))
            .then_with(|| inputs.items[&a.id].cost_gbp.cmp(&inputs.items[&b.id].cost_gbp))
            .then_with(|| a.id.cmp(&b.id))
    });
    for (at, item) in items.iter_mut().enumerate() {
        item.rank = i32::try_from(at + 1).unwrap_or(i32::MAX);
    }
    Ranking { kind, items, swings, answered }
}

fn place(
    inputs: &Inputs,
    id: &str,
    themes: &std::collections::BTreeMap<&str, ThemeDemand>,
    answered: i64,
    swings: i64,
) -> Ranked {
    let item = &inputs.items[id];
    let demand = narrow(divide(demand::thousandfold(item, themes, answered), 1000));
    let linked: Vec<(&ThemeDemand, i64)> =
        item.links.iter().filter_map(|(t, strength)| Some((themes.get(t.as_str())?, *strength))).collect();
    let behind: BTreeSet<&String> = linked.iter().flat_map(|(theme, _)| &theme.behind).collect();

    let mut values = Vec::with_capacity(inputs.criteria.len());
    let (mut worth, mut missing_swings, mut missing_worth) = (0_i128, 0_i128, 0_i128);
    for (id, criterion) in &inputs.criteria {
        let score = if criterion.is_demand { Some(demand) } else { item.scores.get(id).map(|s| s.likely) };
        let found = score.map(|score| value::value(criterion, score));
        let value = found.map_or(criterion.prior_value, |found| found.value);
        let weighed = i128::from(criterion.swing) * i128::from(value);
        worth += weighed;
        if found.is_none() {
            missing_swings += i128::from(criterion.swing);
            missing_worth += weighed;
        }
        let clipped = found.is_some_and(|found| found.clipped);
        values.push(CriterionValue { criterion: id.clone(), value, missing: found.is_none(), clipped });
    }
    let overall = |worth: i128| if swings == 0 { 0 } else { narrow(divide(worth, i128::from(swings))) };
    Ranked {
        id: id.to_owned(),
        rank: 0,
        worth,
        value: overall(worth),
        demand,
        demand_interval: interval_of(inputs, &linked, demand),
        behind: i64::try_from(behind.len()).unwrap_or(i64::MAX),
        values,
        missing_range: (
            overall(worth - missing_worth),
            overall(worth - missing_worth + missing_swings * i128::from(ONE)),
        ),
    }
}

fn interval_of(inputs: &Inputs, linked: &[(&ThemeDemand, i64)], demand: i64) -> (f64, f64) {
    let demand = demand as f64 / ONE as f64;
    let answered = linked.iter().map(|(theme, _)| theme.answered).min().unwrap_or(0);
    if answered == 0 {
        return (0.0, 1.0);
    }
    let mean = |theme: &ThemeDemand| theme.sum as f64 / ONE as f64 / theme.answered as f64;
    let raised: f64 = linked.iter().map(|(theme, strength)| *strength as f64 / 1000.0 * mean(theme)).sum();
    let of = i64::try_from(inputs.organisations.len()).unwrap_or(i64::MAX);
    let (low, high) = interval::wilson(raised, answered, of);
    (low.min(demand), high.max(demand))
}

impl Ranking {
    /// SHA-256 (hex) of the ordering: the tag `soundings-ranking-1`, the kind's name, Σ swing as 8 bytes, then for each
    /// item in order the length of its id in bytes as 8 bytes, the id, its worth as 16 bytes, its demand and the number of
    /// organisations behind it as 8 bytes each. Numbers are big-endian two's complement.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"soundings-ranking-1");
        hash.update(self.kind.name().as_bytes());
        hash.update(self.swings.to_be_bytes());
        for item in &self.items {
            hash.update((item.id.len() as u64).to_be_bytes());
            hash.update(item.id.as_bytes());
            hash.update(item.worth.to_be_bytes());
            hash.update(item.demand.to_be_bytes());
            hash.update(item.behind.to_be_bytes());
        }
        hex::encode(hash.finalize())
    }

    /// An item in its place.
    pub fn item(&self, id: &str) -> Option<&Ranked> {
        self.items.iter().find(|item| item.id == id)
    }

    /// Portfolios by the mean value of their items, best first, with the mean, the best item and the number of items.
    pub fn standing(&self, inputs: &Inputs) -> Vec<Standing> {
        let mut standing: Vec<Standing> = Vec::new();
        for id in inputs.portfolios.keys() {
            let own: Vec<&Ranked> =
                self.items.iter().filter(|i| inputs.items[&i.id].portfolio == *id).collect();
            let sum: i128 = own.iter().map(|item| i128::from(item.value)).sum();
            let count = i32::try_from(own.len()).unwrap_or(i32::MAX);
            let mean = if own.is_empty() { 0 } else { narrow(divide(sum, i128::from(count))) };
            let best = own.first().map(|item| item.id.clone());
            standing.push(Standing { portfolio: id.clone(), mean, best, count });
        }
        standing.sort_by(|a, b| {
            (b.best.is_some(), b.mean)
                .cmp(&(a.best.is_some(), a.mean))
                .then_with(|| a.portfolio.cmp(&b.portfolio))
        });
        standing
    }
}

/// A portfolio's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its id.
    pub portfolio: String,
    /// Mean value of its items, in 10⁻¹².
    pub mean: i64,
    /// Its best item.
    pub best: Option<String>,
    /// How many items it has.
    pub count: i32,
}

#[cfg(test)]
pub(crate) mod tests;
