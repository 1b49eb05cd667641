use proptest::prelude::*;

use super::*;
use crate::{
    Theme, ThemeState,
    rank::tests::{ELSEWHERE, T1, inputs, item, signal},
};

fn ballot(ranks: &[(&str, i64)]) -> Ballot {
    let doubled_ranks = ranks.iter().map(|(item, doubled)| ((*item).to_owned(), *doubled)).collect();
    Ballot { organisation: "O".into(), doubled_ranks }
}

#[test]
fn a_ballot_holds_what_the_organisation_was_asked_about() {
    let mut inputs = inputs();
    inputs.items = BTreeMap::from([
        ("A".into(), item(&[], &[(T1, 500)])),
        ("B".into(), item(&[], &[(T1, 1000)])),
        ("C".into(), item(&[], &[(ELSEWHERE, 1000)])),
        ("D".into(), item(&[], &[])),
    ]);
    inputs.themes.insert(
        ELSEWHERE.into(),
        Theme { title: "t".into(), state: ThemeState::Approved, ..Default::default() },
    );
    inputs.signals.insert("c".into(), BTreeMap::from([("O1".into(), signal(4, &[(T1, 2)]))]));
    let ballots = ballots(&inputs, Kind::Official);
    assert_eq!(ballots, [Ballot { organisation: "O1".into(), ..ballot(&[("B", 2), ("A", 4)]) }]);
    let order: Vec<String> = councils_alone(&inputs, Kind::Official).into_iter().map(|c| c.item).collect();
    assert_eq!(order, ["B", "C", "D", "A"]);
}

#[test]
fn nothing_counted_and_single_items_have_places_all_the_same() {
    assert_eq!(count(&[], &BTreeMap::new()), []);
    let alone = count(&[ballot(&[("A", 2)])], &BTreeMap::new());
    assert_eq!((alone[0].copeland, alone[0].borda, alone[0].ballots), (0.0, None, 1));
    let demand = BTreeMap::from([("A".into(), 1), ("B".into(), 2)]);
    let by_demand: Vec<_> = count(&[], &demand).into_iter().map(|c| (c.item, c.copeland)).collect();
    assert_eq!(by_demand, [("B".to_owned(), 0.5), ("A".to_owned(), 0.5)]);
}

#[test]
fn margins_decide_between_items_that_beat_as_many() {
    // A beats B 2:1, B beats C 3:0, C beats A 2:1: a circle, in which B leads by margin.
    let circle = [
        ballot(&[("A", 2), ("B", 4), ("C", 6)]),
        ballot(&[("B", 2), ("C", 4), ("A", 6)]),
        ballot(&[("A", 4), ("C", 3), ("B", 2)]),
    ];
    let counted = count(&circle, &BTreeMap::new());
    assert!(counted.windows(2).all(|pair| pair[0].copeland >= pair[1].copeland));
    assert_eq!(counted[0].item, "B");
}

proptest! {
    #[test]
    fn wins_and_margins_of_all_items_cancel_out(
        scores in prop::collection::vec(prop::collection::btree_map(0_u8..8, 0_i64..4, 0..8), 0..6),
        shift in 0_usize..6,
    ) {
        let named = |scores: &BTreeMap<u8, i64>| scores.iter().map(|(n, s)| (format!("I{n}"), *s)).collect();
        let mut ballots: Vec<Ballot> = scores.iter().map(|s| Ballot::of("O", &named(s))).collect();
        let counted = count(&ballots, &BTreeMap::new());
        let n = counted.len() as f64;
        prop_assert_eq!(counted.iter().map(|c| c.copeland).sum::<f64>(), n * (n - 1.0).max(0.0) / 2.0);
        prop_assert_eq!(counted.iter().map(|c| c.margin).sum::<f64>(), 0.0);
        prop_assert!(counted.iter().all(|c| c.borda.is_none_or(|borda| (0.0..=1.0).contains(&borda))));
        let whole: Vec<(String, f64, f64)> =
            counted.iter().map(|c| (c.item.clone(), c.copeland, c.margin)).collect();
        if !ballots.is_empty() {
            let by = shift % ballots.len();
            ballots.rotate_left(by);
        }
        let turned = count(&ballots, &BTreeMap::new());
        let turned: Vec<(String, f64, f64)> =
            turned.into_iter().map(|c| (c.item, c.copeland, c.margin)).collect();
        // Borda's mean may round otherwise in another order, so only what is whole is compared item by item.
        let by_item = |mut rows: Vec<(String, f64, f64)>| { rows.sort_by(|a, b| a.0.cmp(&b.0)); rows };
        prop_assert_eq!(by_item(turned), by_item(whole));
    }
}
