//! The criteria, made ready to value many items.
use std::{
    cmp::Ordering,
    collections::{BTreeMap, btree_map},
    sync::Arc,
};

use foldhash::HashMap;

use super::{CriterionValue, Heard, Link, Ranked};
use crate::{
    Criterion, Inputs, Item, Kind, ONE, Score,
    arithmetic::{divide, narrow},
    evidence::{self, Strongest},
    value,
};

/// The criteria with names that are shared by every item.
#[derive(Debug, Clone)]
pub(crate) struct Yardsticks {
    criteria: Vec<(Arc<str>, Criterion)>,
    portfolios: HashMap<String, Arc<str>>,
    pub(crate) swings: i64,
    /// Which criterion takes council demand.
    demand: Option<usize>,
    kind: Kind,
    /// Where a criterion takes evidence, the strongest piece by theme.
    evidence: Option<BTreeMap<String, Strongest>>,
}

/// What of an item's place follows from demand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Demanded {
    pub(crate) worth: i128,
    /// Before it is kept within 0 and 1.
    pub(crate) demand: i64,
    pub(crate) behind: i64,
}

impl Demanded {
    /// Demand as it counts, 0 to 1 in 10⁻¹².
    pub(crate) fn counted(&self) -> i64 {
        self.demand.clamp(0, ONE)
    }

    /// Whether what is said of the item goes beyond what demand can be.
    pub(crate) fn is_clipped(&self) -> bool {
        self.counted() != self.demand
    }
}

impl Yardsticks {
    pub(crate) fn new(inputs: &Inputs, kind: Kind) -> Self {
        let evidence = inputs.criteria.values().any(|criterion| criterion.takes_evidence);
        let named = |(id, criterion): (&String, &Criterion)| (id.as_str().into(), criterion.clone());
        Yardsticks {
            criteria: inputs.criteria.iter().map(named).collect(),
            portfolios: inputs.portfolios.keys().map(|id| (id.clone(), id.as_str().into())).collect(),
            swings: inputs.criteria.values().map(|criterion| criterion.swing).sum(),
            demand: inputs.criteria.values().position(|criterion| criterion.is_demand),
            kind,
            evidence: evidence.then(|| evidence::strongest(inputs)),
        }
    }

    /// Whether evidence, and where themes go, has a part in what is not demand.
    pub(crate) fn take_evidence(&self) -> bool {
        self.evidence.is_some()
    }

    fn overall(&self, worth: i128) -> i64 {
        if self.swings == 0 { 0 } else { narrow(divide(worth, i128::from(self.swings))) }
    }

    /// An item with all that its place depends on; the place itself is still open.
    pub(crate) fn place(
        &self,
        inputs: &Inputs,
        id: &str,
        item: &Item,
        heard: &Heard,
        links: &[Link],
    ) -> Ranked {
        let said = heard.demand(links);
        let demand = said.clamp(0, ONE);
        let (mut worth, mut missing_swings, mut missing_worth) = (0_i128, 0_i128, 0_i128);
        let mut scores = Walk::of(&item.scores);
        let values = self.criteria.iter().map(|(name, criterion)| {
            let score = if criterion.is_demand {
                Some(said)
            } else if let Some(strongest) = self.evidence.as_ref().filter(|_| criterion.takes_evidence) {
                Some(narrow(evidence::of_item(inputs, self.kind, item, strongest)))
            } else {
                scores.find(name).map(|score| score.likely)
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
            CriterionValue { criterion: name.clone(), value, missing: found.is_none(), clipped }
        });
        let values = values.collect();
        let portfolio = self.portfolios.get(&item.portfolio).cloned();
        let value = self.overall(worth);
        let missing_range = if missing_swings == 0 {
            (value, value)
        } else {
            let worst = worth - missing_worth;
            (self.overall(worst), self.overall(worst + missing_swings * i128::from(ONE)))
        };
        Ranked {
            id: id.into(),
            portfolio: portfolio.unwrap_or_else(|| item.portfolio.as_str().into()),
            rank: 0,
            worth,
            value,
            demand,
            demand_interval: heard.interval(links, demand),
            behind: heard.behind(links),
            cost_gbp: item.cost_gbp,
            values,
            missing_range,
        }
    }

    /// What demand adds to an item's worth.
    pub(crate) fn worth_of(&self, demand: i64) -> i128 {
        let of = |at: usize| {
            let criterion = &self.criteria[at].1;
            i128::from(criterion.swing) * i128::from(value::value(criterion, demand).value)
        };
        self.demand.map_or(0, of)
    }

    /// The same item under other demands; all else about it, and the criteria, must be as they were.
    pub(crate) fn place_again(
        &self,
        ranked: &Ranked,
        demanded: Demanded,
        demand_interval: (f64, f64),
    ) -> Ranked {
        let Demanded { worth, demand: said, behind } = demanded;
        let demand = demanded.counted();
        let mut again = Ranked { worth, demand, behind, demand_interval, ..ranked.clone() };
        let same = |at: usize| demand == ranked.demand && ranked.values[at].clipped == demanded.is_clipped();
        let Some(at) = self.demand.filter(|at| !same(*at)) else {
            return again;
        };
        let found = value::value(&self.criteria[at].1, said);
        let patched = ranked.values.iter().enumerate().map(|(nth, value)| {
            let mut value = value.clone();
            if nth == at {
                (value.value, value.clipped) = (found.value, found.clipped);
            }
            value
        });
        again.values = patched.collect();
        again.value = self.overall(worth);
        let (mut worst, mut missing_swings) = (worth, 0_i128);
        let valued = again.values.iter().zip(&self.criteria);
        for (value, (_, criterion)) in valued.filter(|(value, _)| value.missing) {
            worst -= i128::from(criterion.swing) * i128::from(value.value);
            missing_swings += i128::from(criterion.swing);
        }
        again.missing_range = if missing_swings == 0 {
            (again.value, again.value)
        } else {
            (self.overall(worst), self.overall(worst + missing_swings * i128::from(ONE)))
        };
        again
    }
}

/// Finds scores by ids that are asked for in order, in one walk.
struct Walk<'a> {
    scores: btree_map::Iter<'a, String, Score>,
    next: Option<(&'a String, &'a Score)>,
}

impl<'a> Walk<'a> {
    fn of(scores: &'a BTreeMap<String, Score>) -> Self {
        let mut scores = scores.iter();
        Walk { next: scores.next(), scores }
    }

    fn find(&mut self, id: &str) -> Option<&'a Score> {
        loop {
            let (other, score) = self.next?;
            match other.as_str().cmp(id) {
                Ordering::Less => self.next = self.scores.next(),
                Ordering::Equal => {
                    self.next = self.scores.next();
                    return Some(score);
                }
                Ordering::Greater => return None,
            }
        }
    }
}
