use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    ONE, Score, rank,
    rank::tests::{T1, T2, inputs, signal},
};

fn parts(item: &str, before: &Inputs, after: &Inputs) -> (i64, Vec<CriterionPart>) {
    let (a, b) = (rank(before, Kind::Provisional), rank(after, Kind::Provisional));
    let value = |ranking: &Ranking| ranking.item(item).map_or(0, |item| item.value);
    let total = value(&b) - value(&a);
    let side = |inputs, ranking| Side { inputs, ranking };
    (total, explain(item, side(before, &a), side(after, &b)).unwrap())
}

fn assert_adds_up(total: i64, parts: &[CriterionPart]) {
    assert_eq!(parts.iter().map(|part| part.delta).sum::<i64>(), total);
    for part in parts.iter().filter(|part| !part.themes.is_empty()) {
        assert_eq!(part.themes.iter().map(|theme| theme.delta).sum::<i64>(), part.delta, "{part:?}");
        for theme in part.themes.iter().filter(|theme| theme.theme.is_some()) {
            let sum: i64 = theme.organisations.iter().map(|o| o.delta).sum();
            assert_eq!(sum, theme.delta, "{theme:?}");
        }
    }
}

#[test]
fn one_council_that_asks_for_a_theme_is_named_as_what_moved_the_item() {
    let before = inputs();
    let mut after = inputs();
    after.signals.insert("c".into(), BTreeMap::from([("O1".into(), signal(2, &[(T1, 2)]))]));
    let (total, parts) = parts("B", &before, &after);
    assert_adds_up(total, &parts);
    let demand = parts.iter().find(|part| part.criterion == "demand").unwrap();
    let t1 = demand.themes.iter().find(|theme| theme.theme.as_deref() == Some(T1)).unwrap();
    assert!(t1.delta > 0);
    let council = t1.organisations.iter().find(|o| o.organisation.as_deref() == Some("O1")).unwrap();
    assert!(council.delta > 0);
    assert_eq!((council.before, council.after), ((0, 0), (2, 2)));
}

#[test]
fn an_item_that_is_new_is_explained_from_nothing() {
    let mut before = inputs();
    before.items.remove("B");
    let (total, parts) = parts("B", &before, &inputs());
    assert!(total > 0);
    assert_eq!(parts.iter().map(|part| part.delta).sum::<i64>(), total);
}

proptest! {
    #[test]
    fn parts_add_up_whatever_changed(
        tallies in prop::collection::vec((1_i64..30, 0_i64..30, 0_i64..30), 0..5),
        later in prop::collection::vec((1_i64..30, 0_i64..30, 0_i64..30), 0..5),
        swing in 1_i64..=100_000,
        fit in 0_i64..=100,
        link in 1_i64..=700,
    ) {
        let signals = |tallies: &[(i64, i64, i64)]| -> BTreeMap<String, crate::Signal> {
            tallies.iter().enumerate()
                .map(|(n, (all, a, b))| (format!("O{n}"), signal(*all, &[(T1, *a.min(all)), (T2, *b.min(all))])))
                .collect()
        };
        let mut before = inputs();
        before.signals.insert("c".into(), signals(&tallies));
        let mut after = inputs();
        after.signals.insert("c".into(), signals(&later));
        after.criteria.get_mut("fit").unwrap().swing = swing;
        let b = after.items.get_mut("B").unwrap();
        b.scores.insert("fit".into(), Score::exactly(fit * ONE));
        b.links.insert(T1.into(), link);
        let (total, parts) = parts("B", &before, &after);
        assert_adds_up(total, &parts);
    }
}
