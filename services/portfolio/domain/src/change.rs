//! How one ranking differs from another.
use std::collections::{HashMap, HashSet};

use crate::{Ranked, Ranking};

/// How large a change is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Size {
    /// Items whose place changed.
    pub moved: usize,
    /// Kendall's τ_b between the orders of the items in both, -1 to 1; 1 when there are fewer than two.
    pub kendall_tau_b: f64,
    /// Share of pairs that changed order, 0 to 1.
    pub discordant_share: f64,
    /// How many of the former ten best are still among them.
    pub top_ten_overlap: usize,
}

/// An item whose place or value changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved<'a> {
    /// Its id.
    pub id: &'a str,
    /// As it was; None: it is new.
    pub before: Option<&'a Ranked>,
    /// As it is; None: it is gone.
    pub after: Option<&'a Ranked>,
}

/// Items whose place or value changed: furthest moved first, then by change of value, then by id.
pub fn moved<'a>(before: &'a Ranking, after: &'a Ranking) -> Vec<Moved<'a>> {
    let old: HashMap<&str, &Ranked> = before.items.iter().map(|item| (item.id.as_str(), item)).collect();
    let new: HashSet<&str> = after.items.iter().map(|item| item.id.as_str()).collect();
    let stayed = after.items.iter().map(|item| Moved {
        id: &item.id,
        before: old.get(item.id.as_str()).copied(),
        after: Some(item),
    });
    let gone = before.items.iter().filter(|item| !new.contains(item.id.as_str()));
    let gone = gone.map(|item| Moved { id: &item.id, before: Some(item), after: None });
    let mut moved: Vec<_> = stayed
        .chain(gone)
        .filter(|m| {
            let place = |item: &Ranked| (item.rank, item.value);
            m.before.map(place) != m.after.map(place)
        })
        .collect();
    moved.sort_by_key(|m| {
        let rank = |item: Option<&Ranked>| item.map_or(0, |item| i64::from(item.rank));
        let value = |item: Option<&Ranked>| item.map_or(0, |item| item.value);
        let places = (rank(m.before) - rank(m.after)).abs();
        let worth = (i128::from(value(m.before)) - i128::from(value(m.after))).abs();
        (std::cmp::Reverse(places), std::cmp::Reverse(worth), m.id)
    });
    moved
}

/// How large the change is, in O(n log n).
pub fn size(before: &Ranking, after: &Ranking) -> Size {
    let new: HashMap<&str, i32> = after.items.iter().map(|item| (item.id.as_str(), item.rank)).collect();
    let common: Vec<i32> =
        before.items.iter().filter_map(|item| new.get(item.id.as_str()).copied()).collect();
    let pairs = common.len() * common.len().saturating_sub(1) / 2;
    let share = if pairs == 0 { 0.0 } else { inversions(&mut common.clone()) as f64 / pairs as f64 };
    let top = |ranking: &Ranking| -> HashSet<String> {
        ranking.items.iter().take(10).map(|item| item.id.clone()).collect()
    };
    let moved = before.items.iter().filter(|item| new.get(item.id.as_str()) != Some(&item.rank)).count();
    Size {
        moved: moved + after.items.len() - common.len(),
        kendall_tau_b: 1.0 - 2.0 * share,
        discordant_share: share,
        top_ten_overlap: top(before).intersection(&top(after)).count(),
    }
}

/// Counts pairs out of order, sorting on the way.
fn inversions(ranks: &mut [i32]) -> u64 {
    if ranks.len() < 2 {
        return 0;
    }
    let (left, right) = ranks.split_at_mut(ranks.len() / 2);
    let mut count = inversions(left) + inversions(right);
    let (left, right) = (left.to_vec(), right.to_vec());
    let (mut l, mut r) = (0, 0);
    for slot in ranks.iter_mut() {
        if r == right.len() || (l < left.len() && left[l] <= right[r]) {
            *slot = left[l];
            l += 1;
        } else {
            *slot = right[r];
            r += 1;
            count += (left.len() - l) as u64;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inversions_are_counted_as_by_looking_at_every_pair() {
        let ranks = [3, 1, 4, 5, 9, 2, 6, 8, 7];
        let pairs = (0..ranks.len()).flat_map(|a| (a + 1..ranks.len()).map(move |b| (a, b)));
        let slow = pairs.filter(|(a, b)| ranks[*a] > ranks[*b]).count() as u64;
        assert_eq!(inversions(&mut ranks.to_vec()), slow);
    }
}
