//! The selection as whole numbers: columns of gain and use, limits, and who needs or excludes whom.
use std::collections::HashMap;

use super::{ITEMS, Infeasible, Limit, Limits, Selection, Use, closure, solve::Solved};
use crate::{
    Inputs, Item, Ranking,
    arithmetic::{divide, narrow},
    check::constraints,
};

/// Bits that all gains together may take, scaled; leaves room in 127 for multipliers and sums of them.
const BITS: u32 = 108;
/// Most dependencies and exclusions, together.
const RELATIONS: usize = 10_000;

/// A selection's problem. Items are numbered in the order of their ids.
pub(super) struct Model<'a> {
    inputs: &'a Inputs,
    pub(super) ids: Vec<&'a str>,
    numbers: HashMap<&'a str, usize>,
    worths: Vec<i128>,
    swings: i64,
    /// Worths, in steps that all of them are whole numbers of.
    pub(super) gains: Vec<i128>,
    /// Gains are these many bits to the left when they are compared with a bound.
    pub(super) shift: u32,
    limits: Vec<Limit>,
    /// How much there is of each limit, in order; then, where there is no budget, of money: the cost of all.
    pub(super) available: Vec<i64>,
    /// What an item takes of each.
    pub(super) takes: Vec<Vec<i64>>,
    /// Which of them is money.
    pub(super) money: usize,
    /// (item, what it needs).
    pub(super) needs: Vec<(usize, usize)>,
    /// Pairs that exclude each other.
    pub(super) excludes: Vec<(usize, usize)>,
    /// When an item is in, so are these: what it needs, and what is better in every way.
    pub(super) pulls: Vec<Vec<usize>>,
    /// When an item is out, so are these.
    pub(super) drops: Vec<Vec<usize>>,
    /// When an item is in, these are out.
    pub(super) bars: Vec<Vec<usize>>,
    /// What is decided from the beginning.
    pub(super) fixed: Vec<Option<bool>>,
    step: i128,
}

impl<'a> Model<'a> {
    pub(super) fn new(inputs: &'a Inputs, ranking: &Ranking, limits: &Limits) -> Result<Self, Infeasible> {
        let count = inputs.items.len();
        let ids: Vec<&str> = inputs.items.keys().map(String::as_str).collect();
        let numbers: HashMap<&str, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        let relations: usize =
            inputs.items.values().map(|item| item.depends_on.len() + item.excludes.len()).sum();
        if count > ITEMS || relations > RELATIONS {
            return Err(Infeasible::TooLarge(format!(
                "{count} work items with {relations} dependencies and exclusions; at most {ITEMS} with {RELATIONS}"
            )));
        }
        let mut worths = vec![0; count];
        for item in &ranking.items {
            if let Some(at) = numbers.get(&*item.id) {
                worths[*at] = item.worth;
            }
        }
        let step = worths.iter().fold(0, |a, b| gcd(a, *b)).max(1);
        let gains: Vec<i128> = worths.iter().map(|worth| worth / step).collect();
        let bits = 128 - gains.iter().sum::<i128>().leading_zeros();
        let mut rows = listed(limits);
        let limits: Vec<Limit> = rows.iter().map(|(limit, _)| limit.clone()).collect();
        if limits.first() != Some(&Limit::Budget) {
            rows.push((Limit::Budget, inputs.items.values().map(|item| item.cost_gbp).sum()));
        }
        let money = rows.iter().position(|(limit, _)| *limit == Limit::Budget).unwrap_or(0);
        let takes = inputs.items.values().map(|item| rows.iter().map(|(l, _)| taken(item, l)).collect());
        let mut model = Model {
            inputs,
            ids,
            worths,
            swings: ranking.swings,
            gains,
            shift: BITS.saturating_sub(bits),
            takes: takes.collect(),
            available: rows.iter().map(|(_, available)| *available).collect(),
            money,
            limits,
            needs: Vec::new(),
            excludes: Vec::new(),
            pulls: vec![Vec::new(); count],
            drops: vec![Vec::new(); count],
            bars: vec![Vec::new(); count],
            fixed: vec![None; count],
            numbers,
            step,
        };
        model.relate();
        model.decide()?;
        Ok(model)
    }

    fn relate(&mut self) {
        let mut pairs = Vec::new();
        for (at, item) in self.inputs.items.values().enumerate() {
            for other in item.depends_on.iter().filter_map(|id| self.numbers.get(id.as_str())) {
                self.needs.push((at, *other));
            }
            let excluded = item.excludes.iter().filter_map(|id| self.numbers.get(id.as_str()));
            pairs.extend(excluded.map(|other| (at.min(*other), at.max(*other))));
        }
        pairs.sort_unstable();
        pairs.dedup();
        self.excludes = pairs;
        for (item, needed) in &self.needs {
            self.pulls[*item].push(*needed);
            self.drops[*needed].push(*item);
        }
        for (one, other) in &self.excludes {
            self.bars[*one].push(*other);
            self.bars[*other].push(*one);
        }
    }

    /// Required work is in, if there is enough for it; out is what is kept out, and what takes more than there is.
    fn decide(&mut self) -> Result<(), Infeasible> {
        let required = closure(self.inputs);
        let fits = |(limit, available): (&Limit, &i64)| {
            let taken = required.iter().map(|id| i128::from(taken(&self.inputs.items[*id], limit)));
            taken.sum::<i128>() <= i128::from(*available)
        };
        if !self.limits.iter().zip(&self.available).all(fits) {
            return Err(Infeasible::report(self.inputs, &required, &self.limits, &self.available));
        }
        for (at, id) in self.ids.iter().enumerate() {
            let too_much = self.takes[at].iter().zip(&self.available).any(|(takes, most)| takes > most);
            if required.contains(id) {
                self.fixed[at] = Some(true);
            } else if too_much || constraints::is_kept_out(self.inputs, id) {
                self.fixed[at] = Some(false);
            }
        }
        Ok(())
    }

    /// Of two undecided items of which one is better in every way, the worse is taken only with the better: whatever
    /// selection has the worse alone is improved by putting the better in its place. "Better" is worth more, or the same
    /// for less, or the same for as much with an earlier id; with no greater use of anything, money included, no more needed, and no more excluded; and nothing may
    /// need the worse.
    pub(super) fn prefer(&mut self) {
        let subset = |small: &[usize], large: &[usize]| small.iter().all(|at| large.contains(at));
        let mut preferred = Vec::new();
        let free: Vec<usize> = (0..self.ids.len()).filter(|at| self.fixed[*at].is_none()).collect();
        for worse in free.iter().copied().filter(|at| self.drops[*at].is_empty()) {
            for better in free.iter().copied().filter(|at| *at != worse) {
                let cost = |at: usize| self.takes[at][self.money];
                let gains = self.gains[better].cmp(&self.gains[worse]);
                if gains.then(cost(worse).cmp(&cost(better))).then(worse.cmp(&better)).is_gt()
                    && self.takes[better].iter().zip(&self.takes[worse]).all(|(b, w)| b <= w)
                    && subset(&self.pulls[better], &self.pulls[worse])
                    && self.bars[better].iter().all(|at| *at == worse || self.bars[worse].contains(at))
                {
                    preferred.push((worse, better));
                }
            }
        }
        for (worse, better) in preferred {
            if !self.bars[worse].contains(&better) && !self.pulls[worse].contains(&better) {
                self.pulls[worse].push(better);
                self.drops[better].push(worse);
            }
        }
    }

    /// An item's number.
    pub(super) fn at(&self, id: &str) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    /// Σ value in 10⁻¹².
    fn value(&self, worth: i128) -> i128 {
        if self.swings == 0 { 0 } else { divide(worth, i128::from(self.swings)) }
    }

    /// What these items are together. `at_most` bounds the gain of any selection.
    pub(super) fn selection(&self, solved: &Solved) -> Selection {
        let chosen = &solved.chosen;
        let sum = |of: &dyn Fn(usize) -> i64| narrow(chosen.iter().map(|at| i128::from(of(*at))).sum());
        let items: Vec<&Item> = chosen.iter().filter_map(|at| self.inputs.items.get(self.ids[*at])).collect();
        let worth: i128 = chosen.iter().map(|at| self.worths[*at]).sum();
        let uses = self.limits.iter().zip(&self.available).enumerate();
        let uses = uses.map(|(k, (limit, available))| Use {
            limit: limit.clone(),
            available: *available,
            used: sum(&|at| self.takes[at][k]),
        });
        Selection {
            items: chosen.iter().map(|at| self.ids[*at].to_owned()).collect(),
            worth,
            value: self.value(worth),
            cost_gbp: narrow(items.iter().map(|item| i128::from(item.cost_gbp)).sum()),
            uses: uses.collect(),
            proven: solved.proven,
            first_of_equals: solved.first_of_equals,
            at_most: self.value(worth.max(solved.at_most * self.step)),
        }
    }
}

fn listed(limits: &Limits) -> Vec<(Limit, i64)> {
    let budget = limits.budget_gbp.map(|most| (Limit::Budget, most));
    let effort = limits.effort_centimonths.map(|most| (Limit::Effort, most));
    let resources = limits.resources.iter().map(|(id, most)| (Limit::Resource(id.clone()), *most));
    budget.into_iter().chain(effort).chain(resources).collect()
}

/// What an item takes of something.
pub(super) fn taken(item: &Item, limit: &Limit) -> i64 {
    match limit {
        Limit::Budget => item.cost_gbp,
        Limit::Effort => item.effort_centimonths,
        Limit::Resource(id) => item.needs.get(id).copied().unwrap_or(0),
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.abs(), b.abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
