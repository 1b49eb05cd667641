//! How much hangs on each organisation, and on each campaign: the ranking as it would be without it.
use std::collections::BTreeSet;

use crate::{
    Inputs, Ranked, Ranking, Reading,
    campaign::{self, Campaign},
    direct::{self, Direct},
    kendall,
    rank::{Demands, rank, rank_with},
};

pub mod outstanding;
pub mod selected;

/// Where the line is drawn through a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// After so many items.
    Count(usize),
    /// Before the first item whose cost, with all above it, exceeds so many pounds.
    Budget(i64),
}

impl Line {
    /// How many items stand above it.
    pub fn above(self, ranking: &Ranking) -> usize {
        match self {
            Line::Count(count) => count.min(ranking.items.len()),
            Line::Budget(most) => {
                let mut left = i128::from(most);
                let fits = |item: &&Ranked| {
                    left -= i128::from(item.cost_gbp);
                    left >= 0
                };
                ranking.items.iter().take_while(fits).count()
            }
        }
    }
}

/// What one organisation's answers, or one campaign, do to the ranking.
#[derive(Debug, Clone, PartialEq)]
pub struct Influence {
    /// The organisation's id, or the campaign's name.
    pub of: String,
    /// Kendall's τ_b of the ranking without it with the ranking, -1 to 1; 1 when there are fewer than two items.
    pub kendall_tau_b: f64,
    /// How many of the ten best are among the ten best without it.
    pub top_ten_overlap: usize,
    /// Items that stand elsewhere without it: id, place with it, place without; furthest first.
    pub moved: Vec<(String, i32, i32)>,
    /// Items that are above the line only thanks to it.
    pub lifted: Vec<String>,
    /// Items that would be above the line without it.
    pub held_down: Vec<String>,
}

/// Every organisation that answered, those first whose absence would disturb the order most. `ranking` is of `inputs`.
pub fn influences(inputs: &Inputs, ranking: &Ranking, line: Line) -> Vec<Influence> {
    let (demands, direct) = (Demands::new(inputs, ranking.kind), Direct::of(inputs));
    let of = |organisation: &&str| without(inputs, ranking, (&demands, &direct), organisation, line);
    let mut all: Vec<Influence> = inputs.organisations_answered().iter().map(of).collect();
    all.sort_by(|a, b| {
        let by_tau = a.kendall_tau_b.total_cmp(&b.kendall_tau_b);
        by_tau.then_with(|| b.moved.len().cmp(&a.moved.len())).then_with(|| a.of.cmp(&b.of))
    });
    all
}

/// The ranking without an organisation's answers: its shares are taken out of what is known of each theme.
fn ranked_without(
    inputs: &Inputs,
    ranking: &Ranking,
    (demands, direct): (&Demands, &Direct<'_>),
    organisation: &str,
) -> Ranking {
    let mut demands = demands.clone();
    demands.asked.answered -= 1;
    for (said, demand) in &mut demands.themes {
        let theme = inputs.goes_to(said);
        let (tally, need) = (direct.tally(inputs, theme, organisation), inputs.need(theme));
        if tally.is_heard() {
            demand.sum -= tally.share(Reading::Raised, need);
            demand.net -= tally.share(Reading::Stance, need);
            demand.answered -= 1;
            demand.behind.retain(|id| id != organisation);
            demand.in_favour.retain(|id| id != organisation);
        }
    }
    // An item for which nobody else answered has no direct voice.
    demands.themes.retain(|target, demand| direct::item(target).is_none() || demand.answered > 0);
    rank_with(inputs, ranking.kind, &demands)
}

fn without(
    inputs: &Inputs,
    ranking: &Ranking,
    known: (&Demands, &Direct<'_>),
    id: &str,
    line: Line,
) -> Influence {
    compared(id, ranking, &ranked_without(inputs, ranking, known, id), line)
}

/// Each campaign, in the order given. `ranking` is of `inputs`.
pub fn of_campaigns(
    inputs: &Inputs,
    ranking: &Ranking,
    campaigns: &[Campaign],
    line: Line,
) -> Vec<Influence> {
    let of = |campaign: &Campaign| {
        let other = rank(&campaign::without(inputs, campaign), ranking.kind);
        compared(&campaign.name, ranking, &other, line)
    };
    campaigns.iter().map(of).collect()
}

/// How a ranking without something differs from the ranking.
fn compared(of: &str, ranking: &Ranking, other: &Ranking, line: Line) -> Influence {
    // Both by id, so that the two places of an item stand side by side.
    let by_id = |ranking: &Ranking| {
        let mut places: Vec<(std::sync::Arc<str>, i32)> =
            ranking.items.iter().map(|item| (item.id.clone(), item.rank)).collect();
        places.sort_unstable();
        places
    };
    let (with, without) = (by_id(ranking), by_id(other));
    let pairs: Vec<(i32, i32)> = with.iter().zip(&without).map(|(a, b)| (a.1, b.1)).collect();
    let both = with.iter().zip(&pairs);
    let mut moved: Vec<(String, i32, i32)> =
        both.filter(|(_, (a, b))| a != b).map(|((id, _), (a, b))| (id.to_string(), *a, *b)).collect();
    moved.sort_by(|a, b| (b.2 - b.1).abs().cmp(&(a.2 - a.1).abs()).then(a.1.cmp(&b.1)));
    let above = |ranking: &Ranking, count: usize| -> BTreeSet<String> {
        ranking.items.iter().take(count).map(|item| item.id.to_string()).collect()
    };
    let (was, is) = (above(ranking, line.above(ranking)), above(other, line.above(other)));
    Influence {
        of: of.to_owned(),
        kendall_tau_b: kendall::compare(&pairs).tau_b().unwrap_or(1.0),
        top_ten_overlap: above(ranking, 10).intersection(&above(other, 10)).count(),
        moved,
        lifted: was.difference(&is).cloned().collect(),
        held_down: is.difference(&was).cloned().collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Kind,
        direct::tests::{any_rated, any_supports},
        rank,
        rank::tests::{T1, T2, inputs, signal},
    };

    #[test]
    fn the_line_stops_before_the_first_that_does_not_fit() {
        let ranking = rank(&inputs(), Kind::Official);
        assert_eq!(Line::Budget(250).above(&ranking), 2, "three of £100 each");
        assert_eq!(Line::Budget(99).above(&ranking), 0);
        assert_eq!(Line::Count(9).above(&ranking), 3);
    }

    #[test]
    fn the_organisation_that_turns_the_order_is_named_with_what_it_lifts() {
        let mut inputs = inputs();
        let signals =
            [("O1", signal(10, &[(T1, 10)])), ("O2", signal(10, &[(T1, 10)])), ("O3", signal(10, &[]))];
        inputs.signals.insert("c".into(), signals.map(|(id, signal)| (id.to_owned(), signal)).into());
        let ranking = rank(&inputs, Kind::Official);
        assert_eq!(&*ranking.items[0].id, "B");
        let all = influences(&inputs, &ranking, Line::Count(1));
        let one = all.iter().find(|influence| influence.of == "O1").unwrap();
        assert_eq!(
            (one.lifted.as_slice(), one.held_down.as_slice()),
            (["B".to_owned()].as_slice(), ["A".to_owned()].as_slice())
        );
        assert_eq!(one.moved[0], ("B".to_owned(), 1, 2));
        assert_eq!(all.last().map(|last| (last.of.as_str(), last.moved.len())), Some(("O3", 0)));
    }

    proptest! {
        #[test]
        fn it_is_the_ranking_of_the_inputs_without_its_answers(
            tallies in prop::collection::vec((0_i64..4, 0_i64..4, 0_i64..4), 4),
            provisional in any::<bool>(),
            rated in any_rated(),
        ) {
            let mut inputs = inputs();
            let kind = if provisional { Kind::Provisional } else { Kind::Official };
            let tally = |(at, (n, a, b)): (usize, &(i64, i64, i64))| {
                (format!("O{at}"), signal(*n, &[(T1, *a.min(n)), (T2, *b.min(n))]))
            };
            inputs.signals.insert("c".into(), tallies.iter().enumerate().map(tally).collect());
            inputs.signals.insert("d".into(), [("O1".to_owned(), signal(3, &[]))].into());
            inputs.supports = any_supports(&rated);
            let ranking = rank(&inputs, kind);
            let (demands, direct) = (Demands::new(&inputs, kind), Direct::of(&inputs));
            for id in inputs.organisations_answered() {
                let mut fewer = inputs.clone();
                fewer.signals.values_mut().for_each(|signals| drop(signals.remove(id)));
                fewer.supports.values_mut().for_each(|supports| drop(supports.remove(id)));
                prop_assert_eq!(ranked_without(&inputs, &ranking, (&demands, &direct), id), rank(&fewer, kind));
            }
        }
    }
}
