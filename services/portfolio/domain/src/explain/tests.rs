use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    Kind, ONE, Score, ThemeState, rank,
    rank::tests::{ELSEWHERE, T1, T2, inputs, signal},
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
    let council = t1.organisations.iter().find(|o| o.cause == Cause::Organisation("O1".into())).unwrap();
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

fn part<'a>(parts: &'a [CriterionPart], criterion: &str) -> &'a CriterionPart {
    parts.iter().find(|part| part.criterion == criterion).unwrap()
}

#[test]
fn changes_that_cancel_each_other_are_told_all_the_same() {
    // T1 gains exactly what T2 loses: the item stays where it was, for two reasons.
    let links = BTreeMap::from([(T1.to_owned(), 500), (T2.to_owned(), 500)]);
    let of = |one: i64, two: i64| {
        let mut inputs = inputs();
        inputs.items.get_mut("B").unwrap().links = links.clone();
        inputs
            .signals
            .insert("c".into(), BTreeMap::from([("O1".into(), signal(4, &[(T1, one), (T2, two)]))]));
        inputs
    };
    let (total, parts) = parts("B", &of(0, 4), &of(4, 0));
    assert_eq!(total, 0);
    assert_adds_up(total, &parts);
    let themes = &part(&parts, "demand").themes;
    let of_theme = |name: &str| themes.iter().find(|t| t.theme.as_deref() == Some(name)).unwrap();
    assert!(of_theme(T1).delta > ONE / 100, "{themes:?}");
    assert_eq!(of_theme(T1).delta, -of_theme(T2).delta);
    assert_eq!(of_theme(T1).organisations[0].delta, of_theme(T1).delta);
}

#[test]
fn a_change_of_weights_is_not_blown_up_by_themes_that_nearly_cancel() {
    let of = |one: i64, two: i64, fit: i64| {
        let mut inputs = inputs();
        inputs.items.get_mut("B").unwrap().links =
            BTreeMap::from([(T1.to_owned(), 500), (T2.to_owned(), 500)]);
        inputs.criteria.get_mut("fit").unwrap().swing = fit;
        let tallies = signal(1_000_000, &[(T1, one), (T2, two)]);
        inputs.signals.insert("c".into(), BTreeMap::from([("O1".into(), tallies)]));
        inputs
    };
    let (total, parts) = parts("B", &of(0, 1_000_000, 100_000), &of(1_000_000, 1, 1_000));
    assert_adds_up(total, &parts);
    for theme in &part(&parts, "demand").themes {
        assert!(theme.delta.abs() <= ONE, "{theme:?}");
        assert!(theme.organisations.iter().all(|o| o.delta.abs() <= ONE), "{theme:?}");
    }
}

/// What caused the change of T1's part, with the signs of the parts.
fn causes(before: &Inputs, after: &Inputs) -> Vec<(Cause, i64)> {
    let (total, parts) = parts("B", before, after);
    assert_adds_up(total, &parts);
    let demand = parts.iter().find(|part| part.criterion == "demand").unwrap();
    let t1 = demand.themes.iter().find(|theme| theme.theme.as_deref() == Some(T1)).unwrap();
    t1.organisations.iter().map(|o| (o.cause.clone(), o.delta.signum())).collect()
}

#[test]
fn what_people_decide_is_no_doing_of_those_who_answered() {
    let mut asked = inputs();
    asked.signals.insert("c".into(), BTreeMap::from([("O1".into(), signal(2, &[(T1, 1)]))]));
    let mut linked = asked.clone();
    linked.items.get_mut("B").unwrap().links.insert(T1.into(), 500);
    assert_eq!(causes(&asked, &linked), [(Cause::Link, -1)]);
    let mut retired = asked.clone();
    retired.themes.get_mut(T1).unwrap().state = ThemeState::Retired;
    assert_eq!(causes(&asked, &retired), [(Cause::Link, -1)]);
    let mut weighed = asked.clone();
    weighed.criteria.get_mut("fit").unwrap().swing = 0;
    assert_eq!(causes(&asked, &weighed), [(Cause::Link, 1)]);
    // Both at once stay apart.
    weighed.signals.insert("c".into(), BTreeMap::from([("O1".into(), signal(2, &[(T1, 2)]))]));
    assert_eq!(causes(&asked, &weighed), [(Cause::Organisation("O1".into()), 1), (Cause::Link, 1)]);
}

proptest! {
    #[test]
    fn parts_add_up_whatever_changed(
        tallies in prop::collection::vec((1_i64..30, 0_i64..30, 0_i64..30), 0..5),
        later in prop::collection::vec((1_i64..30, 0_i64..30, 0_i64..30), 0..5),
        swing in 1_i64..=100_000,
        fit in 0_i64..=100,
        link in 1_i64..=600,
        elsewhere in prop::collection::vec((0_i64..9, 0_i64..9), 0..9),
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
        b.links.extend([(T1.into(), link), (ELSEWHERE.into(), 100)]);
        let approved = crate::Theme { title: "t".into(), state: ThemeState::Approved };
        after.themes.insert(ELSEWHERE.into(), approved);
        let signals = elsewhere.iter().enumerate()
            .map(|(n, (all, a))| (format!("O{}", n + 3), signal(*all, &[(ELSEWHERE, *a.min(all))])));
        after.signals.insert("d".into(), signals.collect());
        let (total, parts) = parts("B", &before, &after);
        assert_adds_up(total, &parts);
    }
}
