//! How one ranking differs from another.
use std::collections::{HashMap, HashSet};

use crate::{Ranked, Ranking, kendall};

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
    let old: HashMap<&str, &Ranked> = before.items.iter().map(|item| (&*item.id, item)).collect();
    let new: HashSet<&str> = after.items.iter().map(|item| &*item.id).collect();
    let stayed = after.items.iter().map(|item| Moved {
        id: &item.id,
        before: old.get(&*item.id).copied(),
        after: Some(item),
    });
    let gone = before.items.iter().filter(|item| !new.contains(&*item.id));
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
    let new: HashMap<&str, i32> = after.items.iter().map(|item| (&*item.id, item.rank)).collect();
    let common: Vec<(i32, i32)> =
        before.items.iter().filter_map(|item| Some((item.rank, *new.get(&*item.id)?))).collect();
    let kendall = kendall::compare(&common);
    fn top(ranking: &Ranking) -> HashSet<&str> {
        ranking.items.iter().take(10).map(|item| &*item.id).collect()
    }
    let moved = before.items.iter().filter(|item| new.get(&*item.id) != Some(&item.rank)).count();
    Size {
        moved: moved + after.items.len() - common.len(),
        kendall_tau_b: kendall.tau_b().unwrap_or(1.0),
        discordant_share: kendall.discordant_share(),
        top_ten_overlap: top(before).intersection(&top(after)).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Kind, Score, rank,
        rank::tests::{inputs, item},
    };

    #[test]
    fn a_change_tells_who_moved_and_how_far_the_orders_agree() {
        let before = rank(&inputs(), Kind::Official);
        let mut changed = inputs();
        changed.items.remove("C");
        changed.items.insert("D".into(), item(&[("fit", 1)], &[]));
        let score = changed.items.get_mut("A").unwrap().scores.get_mut("fit").unwrap();
        *score = Score::exactly(0);
        let after = rank(&changed, Kind::Official);
        let ids: Vec<&str> = moved(&before, &after).iter().map(|m| m.id).collect();
        assert_eq!(ids, ["C", "A", "D", "B"]);
        let size = size(&before, &after);
        assert_eq!((size.moved, size.top_ten_overlap), (4, 2));
        assert_eq!((size.kendall_tau_b, size.discordant_share), (-1.0, 1.0));
    }
}
