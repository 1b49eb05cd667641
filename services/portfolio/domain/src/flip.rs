//! How far each item is from another place: the smallest change of its demand that would take it one place up, and across
//! a line drawn after the first so many. Exact: demand counts on a straight line, so worth rises by swing a step.
use crate::{
    Inputs, ONE, Ranked, Ranking, Reading,
    arithmetic::{divide, narrow},
    demand::{self, K},
    direct::{self, Direct},
    link::WHOLE,
};

/// An item's distances. Those that no demand from 0 to 1 would bring about are None.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flip {
    /// The item's id.
    pub item: String,
    /// Its place.
    pub rank: i32,
    /// Demand in 10⁻¹² that it would take more to overtake the one above it; None for the first. Of an item whose demand is
    /// kept at 0, what is said against it beyond that counts in.
    pub up: Option<i64>,
    /// Demand in 10⁻¹² that it would take more to stand above the line; for those above it, less (negative) to fall below.
    pub line: Option<i64>,
    /// Demand in 10⁻¹² that one more of the organisations that answered adds, when all its respondents go from raising
    /// none of the item's themes to raising all that speak for it, and support it fully where it has a direct voice; 0: there
    /// is nothing by which demand could rise.
    pub one_organisation: i64,
}

/// Every item's distances, best first; the line is after the first `above` items.
pub fn flips(inputs: &Inputs, ranking: &Ranking, above: usize) -> Vec<Flip> {
    let swing = inputs.criteria.values().find(|criterion| criterion.is_demand).map_or(0, |c| c.swing);
    let (items, direct) = (&ranking.items, Direct::of(inputs));
    // What is said against an item beyond what takes its demand to 0 has to be made up for first.
    let below = |id: &str, more: i64| match inputs.items.get(id) {
        Some(item) if more > 0 => {
            let said = demand::of_item(inputs, &direct, ranking.kind, (id, item), ranking.answered);
            narrow(-said.min(0))
        }
        _ => 0,
    };
    let flip = |(at, item): (usize, &Ranked)| {
        let up = at.checked_sub(1).and_then(|next| items.get(next));
        let line =
            if at < above { items.get(above) } else { above.checked_sub(1).and_then(|at| items.get(at)) };
        Flip {
            item: item.id.to_string(),
            rank: item.rank,
            up: up.and_then(|other| distance(item, other, swing)).map(|more| more + below(&item.id, more)),
            line: line
                .and_then(|other| distance(item, other, swing))
                .map(|more| more + below(&item.id, more)),
            one_organisation: one_organisation(inputs, &direct, ranking, &item.id),
        }
    };
    items.iter().enumerate().map(flip).collect()
}

/// The smallest change of the item's demand that puts it on the other side of another.
fn distance(item: &Ranked, other: &Ranked, swing: i64) -> Option<i64> {
    let above = item.order(other).is_lt();
    let changed = |delta: i128| {
        let demand = i128::from(item.demand) + delta;
        let within = (0..=i128::from(ONE)).contains(&demand);
        let worth = item.worth + i128::from(swing) * delta;
        within.then(|| Ranked { worth, demand: narrow(demand), ..item.clone() })
    };
    let sign = if above { -1 } else { 1 };
    let gap = (other.worth - item.worth).abs();
    // Level first, where the order of ties decides; then one step beyond. Without swing only ties can turn.
    let level = match i128::from(swing) {
        0 if gap > 0 => return None,
        0 => i128::from((other.demand - item.demand).abs()),
        swing => gap.div_euclid(swing) + i128::from(gap.rem_euclid(swing) > 0),
    };
    let mut steps = [level, level + 1].into_iter();
    let found = steps.find_map(|step| {
        let crossed = changed(sign * step)?;
        (crossed.order(other).is_lt() != above).then_some(sign * step)
    });
    found.map(narrow)
}

/// What one organisation's full support adds to an item's demand.
fn one_organisation(inputs: &Inputs, direct: &Direct<'_>, ranking: &Ranking, id: &str) -> i64 {
    let Some(item) = inputs.items.get(id) else { return 0 };
    let halves = inputs.followed(ranking.kind, item).map(|counted| match counted.link.reading {
        Reading::Raised | Reading::Stance => {
            i128::from(counted.link.strength) * inputs.need(counted.theme).halves()
        }
        Reading::Against => 0,
    });
    let own = if direct.knows(&direct::target(id)) { 2 * inputs.free(ranking.kind, item) } else { 0 };
    let halves: i128 = halves.sum::<i128>() + i128::from(own);
    narrow(divide(halves * i128::from(ONE), 2 * i128::from(WHOLE) * (i128::from(ranking.answered) + K)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Kind, rank,
        rank::tests::{T1, inputs, signal},
    };

    #[test]
    fn the_first_has_nowhere_to_rise_and_one_organisation_counts_by_strength() {
        let mut inputs = inputs();
        inputs.signals.insert("c".into(), [("O1".to_owned(), signal(10, &[(T1, 10)]))].into());
        let ranking = rank(&inputs, Kind::Official);
        let flips = flips(&inputs, &ranking, 1);
        assert_eq!(flips[0].up, None);
        assert!(flips[0].line.unwrap() < 0, "it would have to lose demand");
        let b = flips.iter().find(|flip| flip.item == "B").unwrap();
        assert_eq!(b.one_organisation, 700 * ONE / 1000 / 5, "T2 is not approved");
        assert_eq!(flips.iter().find(|flip| flip.item == "A").unwrap().one_organisation, 0);
    }

    proptest! {
        #[test]
        fn a_flip_is_the_smallest_change_that_turns_the_order(
            worths in prop::collection::vec((0_i128..40, 0_i64..6, 0_i64..2), 2..6),
            swing in 0_i64..5,
            above in 0_usize..6,
        ) {
            let mut inputs = inputs();
            inputs.criteria.get_mut("demand").unwrap().swing = swing;
            let mut ranking = rank(&inputs, Kind::Official);
            let one = ranking.items[0].clone();
            ranking.items = worths.iter().enumerate().map(|(at, (worth, demand, behind))| Ranked {
                id: format!("{at}").into(), worth: *worth, demand: *demand, behind: *behind, ..one.clone()
            }).collect();
            ranking.items.sort_by(Ranked::order);
            let items = &ranking.items;
            for (at, flip) in flips(&inputs, &ranking, above).iter().enumerate() {
                let item = &items[at];
                let crosses = |other: &Ranked, delta: i64| {
                    let worth = item.worth + i128::from(swing) * i128::from(delta);
                    let moved = Ranked { worth, demand: item.demand + delta, ..item.clone() };
                    moved.demand >= 0 && moved.order(other) != item.order(other)
                };
                let slow = |other: &Ranked| (0..100)
                    .find_map(|d| [d, -d].into_iter().find(|delta| crosses(other, *delta)));
                prop_assert_eq!(flip.up, if at == 0 { None } else { slow(&items[at - 1]) });
                let beyond = if at < above { items.get(above) } else { above.checked_sub(1).map(|at| &items[at]) };
                prop_assert_eq!(flip.line, beyond.and_then(slow));
            }
        }
    }
}
