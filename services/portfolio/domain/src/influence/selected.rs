//! How much of the best selection under a budget hangs on each organisation: the selection as it would be had it not
//! answered.
use std::collections::BTreeSet;

use super::ranked_without;
use crate::{
    Inputs, Ranking,
    direct::Direct,
    rank::Demands,
    select::{self, Infeasible, Limits, Selection},
};

/// The best selection, and what each organisation does to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selected {
    /// The best selection of all answers.
    pub selection: Selection,
    /// In the order that was asked for, those that were looked at.
    pub organisations: Vec<Hold>,
    /// Organisations that were not looked at, as it was said to stop.
    pub left: usize,
}

/// What one organisation's answers do to the selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Its id.
    pub organisation: String,
    /// Items that are selected only thanks to it, by id.
    pub dropped: Vec<String>,
    /// Items that would be selected without it, by id.
    pub taken: Vec<String>,
    /// Whether no other selection is worth more without it; else the items are those of the best that was found.
    pub proven: bool,
}

/// Selects without each of these organisations, which answered, for as long as `go_on` says. The searches share the nodes of
/// one, so that all together take some seconds. `ranking` is of `inputs`.
///
/// # Errors
/// As [`select::select`].
pub fn selected(
    inputs: &Inputs,
    ranking: &Ranking,
    limits: &Limits,
    organisations: &[&str],
    go_on: impl Fn() -> bool,
) -> Result<Selected, Infeasible> {
    let selection = select::select(inputs, ranking, limits)?;
    let (demands, direct) = (Demands::new(inputs, ranking.kind), Direct::of(inputs));
    let with: BTreeSet<&String> = selection.items.iter().collect();
    let mut looked_at = Vec::new();
    for organisation in organisations {
        if !go_on() {
            break;
        }
        let other = ranked_without(inputs, ranking, (&demands, &direct), organisation);
        let other = select::one_of(inputs, &other, limits, &selection.items, organisations.len())?;
        let without: BTreeSet<&String> = other.items.iter().collect();
        looked_at.push(Hold {
            organisation: (*organisation).to_owned(),
            dropped: with.difference(&without).map(|id| (*id).clone()).collect(),
            taken: without.difference(&with).map(|id| (*id).clone()).collect(),
            proven: other.proven && other.first_of_equals && selection.proven,
        });
    }
    let left = organisations.len() - looked_at.len();
    Ok(Selected { selection, organisations: looked_at, left })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        Kind, rank,
        rank::tests::{T1, T2, inputs, signal},
    };

    fn budget(budget: i64) -> Limits {
        Limits { budget_gbp: Some(budget), ..Limits::default() }
    }

    #[test]
    fn the_organisation_that_carries_an_item_into_the_selection_is_named() {
        let mut inputs = inputs();
        let signals =
            [("O1", signal(10, &[(T1, 10)])), ("O2", signal(10, &[(T1, 10)])), ("O3", signal(10, &[]))];
        inputs.signals.insert("c".into(), signals.map(|(id, signal)| (id.to_owned(), signal)).into());
        let ranking = rank(&inputs, Kind::Official);
        let found = selected(&inputs, &ranking, &budget(100), &["O1", "O3"], || true).unwrap();
        let (own, other) = (&found.organisations[0], &found.organisations[1]);
        let fewer = {
            let mut fewer = inputs.clone();
            fewer.signals.values_mut().for_each(|signals| drop(signals.remove("O1")));
            select::select(&fewer, &rank(&fewer, Kind::Official), &budget(100)).unwrap().items
        };
        assert_ne!(fewer, found.selection.items, "the case shows something");
        assert_eq!((&own.dropped, &own.taken, own.proven), (&found.selection.items, &fewer, true));
        assert_eq!((other.dropped.len(), found.left), (0, 0));
    }

    #[test]
    fn it_stops_when_it_is_told_to_and_says_how_many_are_left() {
        let inputs = inputs();
        let ranking = rank(&inputs, Kind::Official);
        let asked = Cell::new(0);
        let go_on = || asked.replace(asked.get() + 1) < 1;
        let found = selected(&inputs, &ranking, &budget(100), &["O1", "O2", "O3"], go_on).unwrap();
        assert_eq!((found.organisations.len(), found.left), (1, 2));
    }

    proptest! {
        #[test]
        fn it_is_the_selection_of_the_inputs_without_its_signals(
            tallies in prop::collection::vec((1_i64..4, 0_i64..4, 0_i64..4), 3),
            most in 0_i64..400,
        ) {
            let mut inputs = inputs();
            let tally = |(at, (n, a, b)): (usize, &(i64, i64, i64))| {
                (format!("O{at}"), signal(*n, &[(T1, *a.min(n)), (T2, *b.min(n))]))
            };
            inputs.signals.insert("c".into(), tallies.iter().enumerate().map(tally).collect());
            let ranking = rank(&inputs, Kind::Official);
            let ids: Vec<String> = inputs.organisations_answered().iter().map(|id| (*id).to_owned()).collect();
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let found = selected(&inputs, &ranking, &budget(most), &ids, || true).unwrap();
            for (id, hold) in ids.iter().zip(&found.organisations) {
                let mut fewer = inputs.clone();
                fewer.signals.values_mut().for_each(|signals| drop(signals.remove(*id)));
                let other = select::select(&fewer, &rank(&fewer, Kind::Official), &budget(most)).unwrap();
                let mut items: BTreeSet<&String> = found.selection.items.iter().collect();
                items.retain(|item| !hold.dropped.contains(item));
                items.extend(&hold.taken);
                prop_assert!(hold.proven && items.into_iter().eq(&other.items));
            }
        }
    }
}
