//! What may be announced of a ranking: its moves with hysteresis, so that two items that are level do not change places
//! in the news with every answer.
//!
//! The announced order is kept from one announcement to the next. An item passes another in it only when the ranking has
//! it above and P(it stands above) is at least a level above ½. The opposite cannot be announced before the odds have
//! turned by twice the level's distance from ½: what was announced stands until then, however the two swap places in the
//! ranking meanwhile. An item that arrives takes its place beneath the one that the ranking has above it, and one that
//! goes leaves it; neither changes the order of the others.
use std::collections::BTreeMap;

use crate::{refused::Refused, smaa::Outcome};

/// An announced order, and how it came from the one before.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Announcement {
    /// Ids in the order that is announced from now on.
    pub order: Vec<String>,
    /// Items whose place changed as others passed them, or they others; by their new place.
    pub announced: Vec<Move>,
    /// Items that stand higher in the ranking than in the announced order and wait for better odds; by their place in the
    /// ranking.
    pub held_back: Vec<Move>,
    /// Every pair that the ranking has the other way round than was announced before, in the ranking's order.
    pub swaps: Vec<Swap>,
}

/// An item's move.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// Its id.
    pub item: String,
    /// Its place as it was announced before, from 1; of a move that is held back, as it is announced now.
    pub from: usize,
    /// Its place as it is announced now; of a move that is held back, its place in the ranking.
    pub to: usize,
    /// The least probability of the order with each that it passed, or that passed it; of a move that is held back, with
    /// each that it has passed in the ranking alone.
    pub probability: f64,
}

/// A pair the other way round.
#[derive(Debug, Clone, PartialEq)]
pub struct Swap {
    /// The one that the ranking has above.
    pub risen: String,
    /// The one that it passed.
    pub passed: String,
    /// P(the risen one stands above), 0 to 1.
    pub probability: f64,
    /// Whether it is announced.
    pub announced: bool,
}

/// Takes an announced order on to a ranking (ids, best first), as far as `outcome` is sure of it. Without an order the
/// ranking's own is announced, and nothing moved.
///
/// # Errors
/// Names a level outside ½ to 1, and an item that was not drawn.
pub fn announce(
    last: Option<&[String]>,
    ranking: &[&str],
    outcome: &Outcome,
    level: f64,
) -> Result<Announcement, Refused> {
    if !(level > 0.5 && level <= 1.0) {
        return Err(Refused::new("level", format!("is {level}; it must be above 0.5 and at most 1")));
    }
    let Some(last) = last else {
        let order = ranking.iter().map(|id| (*id).to_owned()).collect();
        return Ok(Announcement { order, ..Announcement::default() });
    };
    let drawn: BTreeMap<&str, usize> =
        outcome.items.iter().enumerate().map(|(at, of)| (&*of.item, at)).collect();
    let drawn: Vec<usize> = ranking
        .iter()
        .map(|id| {
            let missing = || Refused::new("item", format!("there is no work item {id:?} in this analysis"));
            drawn.get(id).copied().ok_or_else(missing)
        })
        .collect::<Result<_, _>>()?;
    // Items are known by their place in the ranking from here on: the lower number stands higher.
    let above = |one: usize, other: usize| outcome.pairwise[drawn[one]][drawn[other]];
    let places: BTreeMap<&str, usize> = ranking.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let before: BTreeMap<usize, usize> =
        last.iter().zip(1..).filter_map(|(id, place)| Some((*places.get(&**id)?, place))).collect();
    let mut order: Vec<usize> = last.iter().filter_map(|id| places.get(&**id).copied()).collect();
    while pass(&mut order, |one, other| one < other && above(one, other) >= level) {}
    for arrived in (0..ranking.len()).filter(|at| !before.contains_key(at)) {
        let beneath = order.iter().position(|at| at + 1 == arrived).map_or(0, |at| at + 1);
        order.insert(beneath, arrived);
    }
    let mut now = vec![0; ranking.len()];
    order.iter().zip(1..).for_each(|(at, place)| now[*at] = place);

    let id = |at: usize| ranking[at].to_owned();
    let mut found = Announcement { order: order.iter().map(|at| id(*at)).collect(), ..Default::default() };
    // By item, the least probability over the pairs that are announced, and over those that it waits for.
    let (mut sure, mut waits) = (BTreeMap::new(), BTreeMap::new());
    let least = |of: &mut BTreeMap<usize, f64>, at: usize, probability: f64| {
        of.entry(at).and_modify(|least| *least = least.min(probability)).or_insert(probability);
    };
    for (risen, was) in &before {
        for (passed, _) in before.range(risen + 1..).filter(|(_, other)| *other < was) {
            let (probability, announced) = (above(*risen, *passed), now[*risen] < now[*passed]);
            found.swaps.push(Swap { risen: id(*risen), passed: id(*passed), probability, announced });
            if announced {
                least(&mut sure, *risen, probability);
                least(&mut sure, *passed, probability);
            } else {
                least(&mut waits, *risen, probability);
            }
        }
    }
    let moved = |(at, probability): (&usize, &f64), from: usize, to: usize| Move {
        item: id(*at),
        from,
        to,
        probability: *probability,
    };
    let was = |at: usize| before.get(&at).copied().unwrap_or_default();
    found.announced = sure.iter().map(|of| moved(of, was(*of.0), now[*of.0])).collect();
    found.announced.retain(|of| of.from != of.to);
    found.announced.sort_by_key(|of| of.to);
    found.held_back = waits.iter().map(|of| moved(of, now[*of.0], of.0 + 1)).collect();
    found.held_back.retain(|of| of.to < of.from);
    Ok(found)
}

/// Lets each item pass those right above it while it may; false: none could.
fn pass(order: &mut [usize], may: impl Fn(usize, usize) -> bool) -> bool {
    let mut passed = false;
    for from in 1..order.len() {
        let mut at = from;
        while at > 0 && may(order[at], order[at - 1]) {
            order.swap(at, at - 1);
            at -= 1;
            passed = true;
        }
    }
    passed
}

#[cfg(test)]
mod tests;
