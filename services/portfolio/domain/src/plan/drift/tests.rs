use pretty_assertions::assert_eq;
use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{Kind, rank, rank::tests::inputs};

fn proposal(order: &[&str], chosen: &[&str]) -> Proposal {
    Proposal {
        title: "a plan".into(),
        reason: "agreed".into(),
        revision: 1,
        digest: String::new(),
        order: order.iter().map(|id| (*id).to_owned()).collect(),
        chosen: chosen.iter().map(|id| ((*id).to_owned(), Default::default())).collect(),
        budget_gbp: None,
    }
}

/// A ranking of these items in this order.
fn live(order: &[&str]) -> Ranking {
    let mut ranking = rank(&inputs(), Kind::Official);
    let model = ranking.items[0].clone();
    ranking.items = order.iter().map(|id| crate::Ranked { id: (*id).into(), ..model.clone() }).collect();
    ranking
}

#[test]
fn nothing_drifted_while_only_the_plans_own_order_changes() {
    let plan = proposal(&["A", "B", "C", "D"], &["A", "B"]);
    let same = drift(&plan, &live(&["B", "A", "D", "C"]));
    assert_eq!((same.preferences, same.reversed, same.share_ppm()), (4, 0, 0));
    assert_eq!((same.overtaken.as_slice(), same.overtaking.as_slice()), (&[][..], &[][..]));
}

#[test]
fn what_overtakes_planned_work_is_counted_and_named() {
    let plan = proposal(&["A", "B", "C", "D"], &["A", "B"]);
    let moved = drift(&plan, &live(&["C", "A", "D", "B"]));
    assert_eq!((moved.preferences, moved.reversed, moved.share_ppm()), (4, 3, 750_000));
    assert_eq!(moved.overtaken, [("B".to_owned(), 2), ("A".to_owned(), 1)]);
    assert_eq!(moved.overtaking, [("C".to_owned(), 2), ("D".to_owned(), 1)]);
}

#[test]
fn what_stood_above_when_the_plan_was_agreed_is_no_drift() {
    // C was left out although it stood first: that was agreed.
    let plan = proposal(&["C", "A", "B", "D"], &["A", "B"]);
    assert_eq!(drift(&plan, &live(&["C", "A", "B", "D"])).reversed, 0);
    assert_eq!(drift(&plan, &live(&["A", "C", "B", "D"])).reversed, 0, "nor is it when it falls");
}

#[test]
fn arrivals_and_departures_are_told_apart() {
    let plan = proposal(&["A", "B", "C"], &["A", "B"]);
    let changed = drift(&plan, &live(&["N", "B", "C"]));
    assert_eq!(
        (changed.gone.as_slice(), changed.arrived.as_slice()),
        (&["A".to_owned()][..], &["N".to_owned()][..])
    );
    assert_eq!((changed.preferences, changed.reversed), (1, 0));
}

#[test]
fn drift_is_told_once_and_again_only_after_it_went_back() {
    let drifted = |reversed| Drift { preferences: 100, reversed, ..Drift::default() };
    assert!(!drifted(9).is_drifting(false, 100_000));
    assert!(drifted(10).is_drifting(false, 100_000));
    assert!(drifted(5).is_drifting(true, 100_000), "not yet back below half");
    assert!(!drifted(4).is_drifting(true, 100_000));
    assert!(!Drift::default().is_drifting(false, 0), "no drift is none, whatever the threshold");
}

proptest! {
    #[test]
    fn counting_with_sums_is_counting_every_pair(places in vec(any::<u32>(), 2..40), chosen in vec(any::<bool>(), 40)) {
        let names: Vec<String> = (0..places.len()).map(|n| format!("I{n:02}")).collect();
        let order: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut now = order.clone();
        now.sort_by_key(|id| places[id[1..].parse::<usize>().unwrap()]);
        let planned: Vec<&str> = order.iter().zip(&chosen).filter(|(_, chosen)| **chosen).map(|(id, _)| *id).collect();
        let found = drift(&proposal(&order, &planned), &live(&now));
        let place = |id: &str| now.iter().position(|other| *other == id).unwrap();
        let (mut preferences, mut reversed) = (0, 0);
        for (at, id) in order.iter().enumerate().filter(|(_, id)| planned.contains(id)) {
            for other in order[at + 1..].iter().filter(|other| !planned.contains(other)) {
                preferences += 1;
                reversed += i64::from(place(other) < place(id));
            }
        }
        prop_assert_eq!((found.preferences, found.reversed), (preferences, reversed));
        for told in [&found.overtaken, &found.overtaking] {
            prop_assert_eq!(told.iter().map(|(_, count)| count).sum::<i64>(), reversed);
        }
    }
}
