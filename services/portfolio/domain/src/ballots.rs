//! What the councils alone would say: each organisation's answers taken as a ballot, and the ballots counted.
//!
//! Methods: Copeland (1951) and Borda (1781). An organisation's ballot orders the items by what its own respondents ask
//! for; an item about which it was not asked stands on no ballot of it, and is compared with nothing there.
use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Inputs, Item, Kind, Need, Reading,
    demand::Tally,
    direct::{self, Direct},
    rank,
    theme::Followed,
};

/// One organisation's ordering of some of the items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    /// Its id.
    pub organisation: String,
    /// Twice the place, from 2, by item; level items share their average place, and their doubled places stay whole.
    pub doubled_ranks: BTreeMap<String, i64>,
}

/// An item's place in the count.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// Its id.
    pub item: String,
    /// Place from 1.
    pub rank: usize,
    /// Items that it beats, a draw counting ½. A pair that no ballot compares is a draw.
    pub copeland: f64,
    /// Ballots that rank it over another, less those that rank it under, over all others.
    pub margin: f64,
    /// Mean over the ballots that hold it of (m − r)/(m − 1), 0 to 1, where it is r-th of m; ballots of one item are
    /// ignored. None: no ballot tells.
    pub borda: Option<f64>,
    /// Ballots that hold it.
    pub ballots: usize,
}

impl Ballot {
    /// A ballot from scores, the higher the better.
    pub fn of<S: Ord>(organisation: &str, scores: &BTreeMap<String, S>) -> Self {
        let mut order: Vec<(&String, &S)> = scores.iter().collect();
        order.sort_by(|a, b| b.1.cmp(a.1));
        let mut doubled_ranks = BTreeMap::new();
        for level in order.chunk_by(|a, b| a.1 == b.1) {
            let doubled = (2 * doubled_ranks.len() + level.len() + 1) as i64;
            doubled_ranks.extend(level.iter().map(|(item, _)| ((*item).clone(), doubled)));
        }
        Ballot { organisation: organisation.to_owned(), doubled_ranks }
    }
}

/// The ballot of every organisation that answered, by id.
pub fn ballots(inputs: &Inputs, kind: Kind) -> Vec<Ballot> {
    let organisations = inputs.organisations_answered();
    let direct = Direct::of(inputs);
    let ballot = |id: &&str| {
        let asked = inputs.items.iter().filter_map(|item| {
            let asked = asks(inputs, &direct, (kind, id), item)?;
            Some((item.0.clone(), asked))
        });
        Ballot::of(id, &asked.collect())
    };
    organisations.iter().map(ballot).collect()
}

/// What an organisation's respondents ask for in an item: Σ strength · share as the link reads it, in 10⁻¹⁵; None when it
/// was not asked about any of the item's themes, nor about the item.
fn asks(
    inputs: &Inputs,
    direct: &Direct<'_>,
    (kind, organisation): (Kind, &str),
    (id, item): (&String, &Item),
) -> Option<i128> {
    let tally = |target: &str| Some(direct.tally(inputs, target, organisation)).filter(Tally::is_heard);
    let shares = inputs.followed(kind, item).filter_map(|Followed { theme, link, .. }| {
        let share = tally(theme)?.share(link.reading, inputs.need(theme));
        Some(i128::from(link.strength) * share)
    });
    let free = i128::from(inputs.free(kind, item));
    let own = tally(&direct::target(id)).filter(|_| free > 0);
    let own = own.map(|tally| free * tally.share(Reading::Raised, Need::Unmet));
    shares.chain(own).reduce(|sum, share| sum + share)
}

/// What the councils alone would say: every item by the count of the organisations' ballots.
pub fn councils_alone(inputs: &Inputs, kind: Kind) -> Vec<Counted> {
    let ranking = rank(inputs, kind);
    let demand = ranking.items.iter().map(|item| (item.id.to_string(), item.demand)).collect();
    count(&ballots(inputs, kind), &demand)
}

/// Items by the count of these ballots, best first. Ties: Copeland, margin, Borda (none last), demand, id. Items are those
/// with a demand and those on a ballot.
pub fn count(ballots: &[Ballot], demand: &BTreeMap<String, i64>) -> Vec<Counted> {
    let places = Places::new(ballots, demand.keys());
    let mut counted: Vec<Counted> = (0..places.items.len()).map(|at| places.counted(at)).collect();
    let demand = |counted: &Counted| demand.get(&counted.item).copied().unwrap_or(0);
    counted.sort_by(|a, b| {
        b.copeland
            .total_cmp(&a.copeland)
            .then_with(|| b.margin.total_cmp(&a.margin))
            .then_with(|| b.borda.unwrap_or(-1.0).total_cmp(&a.borda.unwrap_or(-1.0)))
            .then_with(|| demand(b).cmp(&demand(a)))
            .then_with(|| a.item.cmp(&b.item))
    });
    counted.iter_mut().zip(1..).for_each(|(counted, rank)| counted.rank = rank);
    counted
}

/// By item and item (those on a ballot, by id), how many ballots rank the first over the second; level counts ½.
pub fn pairwise(ballots: &[Ballot]) -> BTreeMap<String, BTreeMap<String, f64>> {
    let places = Places::new(ballots, []);
    let row = |at: usize| -> BTreeMap<String, f64> {
        let row = places.halves_over(at);
        let others = row.iter().enumerate().filter(|(other, _)| *other != at);
        others.map(|(other, (over, _))| (places.items[other].to_owned(), f64::from(*over) / 2.0)).collect()
    };
    (0..places.items.len()).map(|at| (places.items[at].to_owned(), row(at))).collect()
}

/// Doubled places by ballot, then item.
struct Places<'a> {
    items: Vec<&'a str>,
    ballots: Vec<(usize, Vec<Option<i64>>)>,
}

impl<'a> Places<'a> {
    fn new(ballots: &'a [Ballot], others: impl IntoIterator<Item = &'a String>) -> Self {
        let held = ballots.iter().flat_map(|ballot| ballot.doubled_ranks.keys());
        let items: BTreeSet<&str> = held.chain(others).map(String::as_str).collect();
        let items: Vec<&str> = items.into_iter().collect();
        let places = |ballot: &'a Ballot| {
            let of = |item: &&str| ballot.doubled_ranks.get(*item).copied();
            (ballot.doubled_ranks.len(), items.iter().map(of).collect())
        };
        let ballots = ballots.iter().map(places).collect();
        Places { items, ballots }
    }

    /// By other item, twice the ballots that rank this one over it, and twice those that rank it under.
    fn halves_over(&self, at: usize) -> Vec<(i32, i32)> {
        let mut halves = vec![(0, 0); self.items.len()];
        for (_, places) in &self.ballots {
            let Some(own) = places[at] else { continue };
            for ((over, under), other) in halves.iter_mut().zip(places) {
                let Some(other) = *other else { continue };
                *over += 1 + (own < other) as i32 - (own > other) as i32;
                *under += 1 + (own > other) as i32 - (own < other) as i32;
            }
        }
        halves[at] = (0, 0);
        halves
    }

    fn counted(&self, at: usize) -> Counted {
        let halves = self.halves_over(at);
        let (mut copeland, mut margin) = (0_i64, 0_i64);
        for (_, (over, under)) in halves.iter().enumerate().filter(|(other, _)| *other != at) {
            copeland += 1 + i64::from((over - under).signum());
            margin += i64::from(over - under);
        }
        let held = || self.ballots.iter().filter_map(|(m, places)| Some((*m, places[at]?)));
        let scores: Vec<f64> = held()
            .filter(|(m, _)| *m > 1)
            .map(|(m, doubled)| (2 * m as i64 - doubled) as f64 / (2 * (m as i64 - 1)) as f64)
            .collect();
        let borda = (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64);
        Counted {
            item: self.items[at].to_owned(),
            rank: 0,
            copeland: copeland as f64 / 2.0,
            margin: margin as f64 / 2.0,
            borda,
            ballots: held().count(),
        }
    }
}

#[cfg(test)]
mod tests;
