//! The ranking, a pure function of its inputs.
use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

use sha2::{Digest, Sha256};

use crate::{
    Inputs, Item, Kind, ONE,
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

/// A work item in its place. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Its id.
    pub id: Arc<str>,
    /// Its portfolio's id.
    pub portfolio: Arc<str>,
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
    /// Cost in pounds.
    pub cost_gbp: i64,
    /// By criterion, in order of id.
    pub values: Arc<[CriterionValue]>,
    /// Overall value if every missing score were worst, and best; in 10⁻¹².
    pub missing_range: (i64, i64),
}

/// Value under one criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriterionValue {
    /// Its id.
    pub criterion: Arc<str>,
    /// 0 to 1, in 10⁻¹².
    pub value: i64,
    /// Whether the prior stands in for a missing score.
    pub missing: bool,
    /// Whether the score lay outside the anchors.
    pub clipped: bool,
}

impl Ranked {
    /// Which of two items stands higher. Ties: higher demand, more organisations behind it, lower cost, id.
    pub fn order(&self, other: &Ranked) -> Ordering {
        (other.worth, other.demand, other.behind)
            .cmp(&(self.worth, self.demand, self.behind))
            .then_with(|| self.cost_gbp.cmp(&other.cost_gbp))
            .then_with(|| self.id.cmp(&other.id))
    }
}

/// Ranks every item, from nothing.
pub fn rank(inputs: &Inputs, kind: Kind) -> Ranking {
    rank_with(inputs, kind, &Demands::new(inputs, kind))
}

/// Ranks every item by what these demands say.
pub(crate) fn rank_with(inputs: &Inputs, kind: Kind, demands: &Demands) -> Ranking {
    let yardsticks = Yardsticks::new(inputs);
    let mut items: Vec<Ranked> =
        inputs.items.iter().map(|(id, item)| yardsticks.place(inputs, id, item, demands)).collect();
    items.sort_by(Ranked::order);
    for (at, item) in items.iter_mut().enumerate() {
        item.rank = place_number(at);
    }
    Ranking { kind, items, swings: yardsticks.swings, answered: demands.answered }
}

/// The place of the item at this index.
pub(crate) fn place_number(at: usize) -> i32 {
    i32::try_from(at + 1).unwrap_or(i32::MAX)
}

/// What organisations say of each linked theme that counts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Demands {
    pub(crate) themes: BTreeMap<String, ThemeDemand>,
    pub(crate) answered: i64,
    /// Organisations in the partnership.
    pub(crate) organisations: i64,
}

impl Demands {
    pub(crate) fn new(inputs: &Inputs, kind: Kind) -> Self {
        Demands {
            themes: demand::themes(inputs, kind),
            answered: i64::try_from(inputs.organisations_answered().len()).unwrap_or(i64::MAX),
            organisations: i64::try_from(inputs.organisations.len()).unwrap_or(i64::MAX),
        }
    }
}

/// The criteria with names that are shared by every item.
#[derive(Debug, Clone)]
pub(crate) struct Yardsticks {
    names: Vec<Arc<str>>,
    portfolios: BTreeMap<String, Arc<str>>,
    pub(crate) swings: i64,
}

impl Yardsticks {
    pub(crate) fn new(inputs: &Inputs) -> Self {
        Yardsticks {
            names: inputs.criteria.keys().map(|id| id.as_str().into()).collect(),
            portfolios: inputs.portfolios.keys().map(|id| (id.clone(), id.as_str().into())).collect(),
            swings: inputs.criteria.values().map(|criterion| criterion.swing).sum(),
        }
    }

    fn overall(&self, worth: i128) -> i64 {
        if self.swings == 0 { 0 } else { narrow(divide(worth, i128::from(self.swings))) }
    }

    /// An item with all that its place depends on; the place itself is still open.
    pub(crate) fn place(&self, inputs: &Inputs, id: &str, item: &Item, demands: &Demands) -> Ranked {
        let demanded = Demanded::of(item, demands);
        let mut values = Vec::with_capacity(self.names.len());
        let (mut worth, mut missing_swings, mut missing_worth) = (0_i128, 0_i128, 0_i128);
        for ((id, criterion), name) in inputs.criteria.iter().zip(&self.names) {
            let score = if criterion.is_demand {
                Some(demanded.demand)
            } else {
                item.scores.get(id).map(|s| s.likely)
            };
            let found = score.map(|score| value::value(criterion, score));
            let value = found.map_or(criterion.prior_value, |found| found.value);
            let weighed = i128::from(criterion.swing) * i128::from(value);
            worth += weighed;
            if found.is_none() {
                missing_swings += i128::from(criterion.swing);
                missing_worth += weighed;
            }
            let clipped = found.is_some_and(|found| found.clipped);
            values.push(CriterionValue { criterion: name.clone(), value, missing: found.is_none(), clipped });
        }
        let portfolio = self.portfolios.get(&item.portfolio).cloned();
        let worst = worth - missing_worth;
        Ranked {
            id: id.into(),
            portfolio: portfolio.unwrap_or_else(|| item.portfolio.as_str().into()),
            rank: 0,
            worth,
            value: self.overall(worth),
            demand: demanded.demand,
            demand_interval: demanded.interval,
            behind: demanded.behind,
            cost_gbp: item.cost_gbp,
            values: values.into(),
            missing_range: (self.overall(worst), self.overall(worst + missing_swings * i128::from(ONE))),
        }
    }

    /// The same item under other demands; all else about it, and the criteria, must be as they were.
    pub(crate) fn place_again(&self, inputs: &Inputs, item: &Item, demands: &Demands, ranked: &mut Ranked) {
        let demanded = Demanded::of(item, demands);
        (ranked.demand_interval, ranked.behind) = (demanded.interval, demanded.behind);
        if demanded.demand == ranked.demand {
            return;
        }
        ranked.demand = demanded.demand;
        let Some(at) = inputs.criteria.values().position(|criterion| criterion.is_demand) else { return };
        let Some(criterion) = inputs.criteria.get(&*self.names[at]) else { return };
        let found = value::value(criterion, demanded.demand);
        let mut values: Vec<CriterionValue> = ranked.values.to_vec();
        ranked.worth +=
            i128::from(criterion.swing) * (i128::from(found.value) - i128::from(values[at].value));
        (values[at].value, values[at].clipped) = (found.value, found.clipped);
        let (mut worst, mut missing_swings) = (ranked.worth, 0_i128);
        for (value, criterion) in values.iter().zip(inputs.criteria.values()).filter(|(v, _)| v.missing) {
            worst -= i128::from(criterion.swing) * i128::from(value.value);
            missing_swings += i128::from(criterion.swing);
        }
        ranked.value = self.overall(ranked.worth);
        ranked.missing_range = (self.overall(worst), self.overall(worst + missing_swings * i128::from(ONE)));
        ranked.values = values.into();
    }
}

/// What organisations say of one item.
struct Demanded {
    demand: i64,
    interval: (f64, f64),
    behind: i64,
}

impl Demanded {
    fn of(item: &Item, demands: &Demands) -> Self {
        let demand = narrow(divide(demand::thousandfold(item, &demands.themes, demands.answered), 1000));
        let linked: Vec<(&ThemeDemand, i64)> = item
            .links
            .iter()
            .filter_map(|(theme, strength)| Some((demands.themes.get(theme)?, *strength)))
            .collect();
        let mut behind: Vec<&str> = Vec::new();
        for (theme, _) in &linked {
            behind = union(&behind, &theme.behind);
        }
        Demanded {
            demand,
            interval: interval_of(demands.organisations, &linked, demand),
            behind: i64::try_from(behind.len()).unwrap_or(i64::MAX),
        }
    }
}

/// Names that stand in either list; both are in order, and so is what comes of them.
fn union<'a>(one: &[&'a str], other: &'a [String]) -> Vec<&'a str> {
    let mut both = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other) = (one.iter().copied().peekable(), other.iter().map(String::as_str).peekable());
    while let (Some(a), Some(b)) = (one.peek(), other.peek()) {
        match a.cmp(b) {
            Ordering::Less => both.extend(one.next()),
            Ordering::Greater => both.extend(other.next()),
            Ordering::Equal => {
                both.extend(one.next());
                other.next();
            }
        }
    }
    both.extend(one);
    both.extend(other);
    both
}

/// Around what is known of the linked themes: of their own codebooks' answers, since who answered elsewhere was not asked.
fn interval_of(of: i64, linked: &[(&ThemeDemand, i64)], demand: i64) -> (f64, f64) {
    let demand = demand as f64 / ONE as f64;
    let answered = linked.iter().map(|(theme, _)| theme.answered).min().unwrap_or(0);
    if answered == 0 {
        return (0.0, 1.0);
    }
    let mean = |theme: &ThemeDemand| theme.sum as f64 / ONE as f64 / theme.answered as f64;
    let raised: f64 = linked.iter().map(|(theme, strength)| *strength as f64 / 1000.0 * mean(theme)).sum();
    let (low, high) = interval::wilson(raised, answered, of);
    (low.min(demand), high.max(demand))
}

impl Ranking {
    /// SHA-256 (hex) of the ordering: the tag `soundings-ranking-1`, the kind's name, Σ swing as 8 bytes, then for each
    /// item in order its id and its portfolio's id (each as the number of its bytes, as 8 bytes, and the bytes), its worth
    /// as 16 bytes, its demand and the number of organisations behind it as 8 bytes each. Numbers are big-endian two's
    /// complement.
    pub fn digest(&self) -> String {
        digest(self.kind, self.swings, self.items.iter())
    }

    /// An item in its place.
    pub fn item(&self, id: &str) -> Option<&Ranked> {
        self.items.iter().find(|item| &*item.id == id)
    }

    /// Portfolios by the mean value of their items, best first, with the mean, the best item and the number of items.
    pub fn standing(&self, inputs: &Inputs) -> Vec<Standing> {
        let mut own: BTreeMap<&str, Vec<&Ranked>> =
            inputs.portfolios.keys().map(|id| (id.as_str(), Vec::new())).collect();
        for item in &self.items {
            own.entry(&item.portfolio).or_default().push(item);
        }
        let mut standing: Vec<Standing> = own.into_iter().map(|(id, own)| Standing::of(id, &own)).collect();
        standing.sort_by(|a, b| {
            (b.best.is_some(), b.mean)
                .cmp(&(a.best.is_some(), a.mean))
                .then_with(|| a.portfolio.cmp(&b.portfolio))
        });
        standing
    }
}

impl Standing {
    fn of(id: &str, own: &[&Ranked]) -> Self {
        let sum: i128 = own.iter().map(|item| i128::from(item.value)).sum();
        let count = i32::try_from(own.len()).unwrap_or(i32::MAX);
        let mean = if own.is_empty() { 0 } else { narrow(divide(sum, i128::from(count))) };
        Standing { portfolio: id.to_owned(), mean, best: own.first().map(|item| item.id.to_string()), count }
    }
}

/// The digest of items in order; see [`Ranking::digest`].
pub(crate) fn digest<'a>(kind: Kind, swings: i64, items: impl Iterator<Item = &'a Ranked>) -> String {
    let mut hash = Sha256::new();
    hash.update(b"soundings-ranking-1");
    hash.update(kind.name().as_bytes());
    hash.update(swings.to_be_bytes());
    for item in items {
        for name in [&item.id, &item.portfolio] {
            hash.update((name.len() as u64).to_be_bytes());
            hash.update(name.as_bytes());
        }
        hash.update(item.worth.to_be_bytes());
        hash.update(item.demand.to_be_bytes());
        hash.update(item.behind.to_be_bytes());
    }
    hex::encode(hash.finalize())
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
