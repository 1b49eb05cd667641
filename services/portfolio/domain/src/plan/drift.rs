//! How far the live ranking has drifted from an agreed plan.
//!
//! When a plan is agreed, it prefers its work to the work that it leaves out wherever the former stood higher. Drift is
//! the share of those preferences that the live ranking has turned round: 0 while nothing left out has overtaken planned
//! work, 1 when all of it has. It counts pairs, so it does not depend on how the plan was chosen, and a change of order
//! within the plan, or among what it leaves out, is none. Items that came or went since are told apart.
use std::collections::{BTreeMap, BTreeSet};

use super::Proposal;
use crate::Ranking;

/// A million of a millionth.
const MILLION: i64 = 1_000_000;

/// What the live ranking says of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drift {
    /// Pairs of planned and other work of which the planned stood higher when the plan was agreed.
    pub preferences: i64,
    /// Those of them of which the other work stands higher now.
    pub reversed: i64,
    /// Planned items that others overtook, with how many did; most first, then by id.
    pub overtaken: Vec<(String, i64)>,
    /// Other items that overtook planned work, with how much of it; most first, then by id.
    pub overtaking: Vec<(String, i64)>,
    /// Planned items that are ranked no more, by id.
    pub gone: Vec<String>,
    /// Items that were not ranked when the plan was agreed, by id.
    pub arrived: Vec<String>,
}

impl Drift {
    /// The share of preferences that were turned round, in millionths, rounded down.
    pub fn share_ppm(&self) -> i64 {
        if self.preferences == 0 { 0 } else { self.reversed * MILLION / self.preferences }
    }

    /// Whether it is to be told that the ranking drifted from the plan, given what was told last: from `threshold_ppm` on,
    /// and until it is back below half of that, so that it is not told again and again.
    pub fn is_drifting(&self, was: bool, threshold_ppm: i64) -> bool {
        let share = self.share_ppm();
        if was { share * 2 >= threshold_ppm.max(1) } else { share >= threshold_ppm.max(1) }
    }
}

/// Compares a plan with the live ranking, in O(n log n).
pub fn drift(plan: &Proposal, live: &Ranking) -> Drift {
    let places: BTreeMap<&str, usize> =
        live.items.iter().enumerate().map(|(at, item)| (&*item.id, at)).collect();
    let known: BTreeSet<&str> = plan.order.iter().map(String::as_str).collect();
    // Every item that is ranked in both, best first when the plan was agreed: whether it is planned, and its place now.
    let both: Vec<(&str, bool, usize)> = plan
        .order
        .iter()
        .filter_map(|id| Some((id.as_str(), plan.chosen.contains_key(id), *places.get(id.as_str())?)))
        .collect();
    let mut drift = Drift {
        gone: plan.chosen.keys().filter(|id| !places.contains_key(id.as_str())).cloned().collect(),
        arrived: places.keys().filter(|id| !known.contains(**id)).map(|id| (*id).to_owned()).collect(),
        ..Drift::default()
    };
    // Planned work that stood above each other item, and of that what stands below it now.
    let (mut above, mut planned) = (Counts::new(live.items.len()), 0);
    for (id, chosen, place) in &both {
        if *chosen {
            above.add(*place);
            planned += 1;
        } else {
            drift.preferences += planned;
            let passed = planned - above.up_to(*place);
            drift.reversed += passed;
            tell(&mut drift.overtaking, id, passed);
        }
    }
    // The same from below: others that stood under each planned item and stand above it now.
    let mut below = Counts::new(live.items.len());
    for (id, chosen, place) in both.iter().rev() {
        if *chosen { tell(&mut drift.overtaken, id, below.up_to(*place)) } else { below.add(*place) }
    }
    for told in [&mut drift.overtaken, &mut drift.overtaking] {
        told.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    }
    drift
}

fn tell(told: &mut Vec<(String, i64)>, id: &str, count: i64) {
    if count > 0 {
        told.push((id.to_owned(), count));
    }
}

/// Counts by place, with sums of all up to a place in O(log n) (P. M. Fenwick, "A new data structure for cumulative
/// frequency tables", 1994).
struct Counts(Vec<i64>);

impl Counts {
    fn new(places: usize) -> Self {
        Counts(vec![0; places + 1])
    }

    fn add(&mut self, place: usize) {
        let mut at = place + 1;
        while let Some(count) = self.0.get_mut(at) {
            *count += 1;
            at += at & at.wrapping_neg();
        }
    }

    /// How many were added at this place or before it.
    fn up_to(&self, place: usize) -> i64 {
        let (mut at, mut sum) = ((place + 1).min(self.0.len() - 1), 0);
        while at > 0 {
            sum += self.0[at];
            at &= at - 1;
        }
        sum
    }
}

#[cfg(test)]
mod tests;
