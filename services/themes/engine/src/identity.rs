//! Which groups of a new discovery are groups of an earlier one.
//!
//! A group is known by its members, never by its name or its place in a list. Old and new groups are compared over the
//! statements that both discoveries saw, so that what came or went meanwhile counts neither for nor against; they are
//! paired so that the pairs agree most in all ([`crate::matching`]), and a pair that agrees too little is none.

use std::collections::{BTreeMap, BTreeSet};

use crate::matching;

/// A millionth is the unit of agreement.
const WHOLE: i64 = 1_000_000;
/// A group is a part of another from this share of its members on.
const PART: f64 = 0.3;
/// A group went into another from this share of its members on.
const MOST: f64 = 0.5;

/// How groups became others. Groups are places in the lists given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identities {
    /// Of each new group, the old one that it is; none: it is new.
    pub was: Vec<Option<usize>>,
    /// Old groups with the new ones that each hold a good part of it, where there are two or more.
    pub splits: Vec<(usize, Vec<usize>)>,
    /// New groups with the old ones that went into each, where there are two or more.
    pub merges: Vec<(usize, Vec<usize>)>,
}

impl Identities {
    /// Of each old group, the new one that it is; none: it is gone.
    #[must_use]
    pub fn became(&self, old: usize) -> Vec<Option<usize>> {
        let mut became = vec![None; old];
        for (new, old) in self.was.iter().enumerate() {
            if let Some(slot) = old.and_then(|old| became.get_mut(old)) {
                *slot = Some(new);
            }
        }
        became
    }
}

/// Compares groups by their members, each a set without members of another of its list. A pair is the same group when
/// it agrees at least by `least`: the members that both hold among those that either holds (Jaccard), 0 to 1, counting
/// only members that are in some old and in some new group.
#[must_use]
pub fn identities<K: Ord>(old: &[BTreeSet<K>], new: &[BTreeSet<K>], least: f64) -> Identities {
    let of_old: BTreeMap<&K, usize> = places(old);
    let mut both = vec![vec![0_usize; old.len()]; new.len()];
    let (mut old_sizes, mut new_sizes) = (vec![0_usize; old.len()], vec![0_usize; new.len()]);
    for (member, place) in places(new) {
        if let Some(was) = of_old.get(member) {
            both[place][*was] += 1;
            old_sizes[*was] += 1;
            new_sizes[place] += 1;
        }
    }
    let agreement = |new: usize, old: usize| {
        let shared = both[new][old];
        let either = new_sizes[new] + old_sizes[old] - shared;
        if shared == 0 { 0.0 } else { shared as f64 / either as f64 }
    };
    let worth: Vec<Vec<i64>> = (0..new.len())
        .map(|n| (0..old.len()).map(|o| libm::round(agreement(n, o) * WHOLE as f64) as i64).collect())
        .collect();
    let was = matching::pairs(&worth)
        .into_iter()
        .enumerate()
        .map(|(n, o)| o.filter(|o| agreement(n, *o) >= least))
        .collect();
    let share = |n: usize, o: usize, of: f64| {
        old_sizes[o] > 0 && both[n][o] as f64 >= of * old_sizes[o] as f64 && both[n][o] > 0
    };
    let splits = (0..old.len())
        .map(|o| (o, (0..new.len()).filter(|n| share(*n, o, PART)).collect::<Vec<_>>()))
        .filter(|(_, parts)| parts.len() > 1)
        .collect();
    let merges = (0..new.len())
        .map(|n| (n, (0..old.len()).filter(|o| share(n, *o, MOST)).collect::<Vec<_>>()))
        .filter(|(_, parts)| parts.len() > 1)
        .collect();
    Identities { was, splits, merges }
}

/// Of the members that both saw: the share that are in the same group as before, 0 to 1; 1 if there are none.
#[must_use]
pub fn stayed<K: Ord>(old: &[BTreeSet<K>], new: &[BTreeSet<K>], least: f64) -> f64 {
    let identities = identities(old, new, least);
    let (of_old, of_new) = (places(old), places(new));
    let seen: Vec<_> = of_old.iter().filter_map(|(k, was)| Some((*was, *of_new.get(k)?))).collect();
    if seen.is_empty() {
        return 1.0;
    }
    let same = seen.iter().filter(|(was, is)| identities.was[*is] == Some(*was)).count();
    same as f64 / seen.len() as f64
}

fn places<K: Ord>(groups: &[BTreeSet<K>]) -> BTreeMap<&K, usize> {
    groups.iter().enumerate().flat_map(|(place, group)| group.iter().map(move |k| (k, place))).collect()
}

#[cfg(test)]
mod tests;
