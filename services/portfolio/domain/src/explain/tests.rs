use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    Kind, ONE, Score, ThemeLink, ThemeState, rank,
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
        for theme in part.themes.iter().filter(|theme| theme.through.said().is_some()) {
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
    let t1 = demand.themes.iter().find(|theme| theme.through.said() == Some(T1)).unwrap();
    assert!(t1.delta > 0);
    let council = t1.organisations.iter().find(|o| o.cause == Cause::Organisation("O1".into())).unwrap();
    assert!(council.delta > 0);
    let all = Tally { raised: 2, against: 0, answered: 2, ..Tally::default() };
    assert_eq!((council.before, council.after), (Tally::default(), all));
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
    let links = BTreeMap::from([(T1.to_owned(), 500.into()), (T2.to_owned(), 500.into())]);
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
    let of_theme = |name: &str| themes.iter().find(|t| t.through.said() == Some(name)).unwrap();
    assert!(of_theme(T1).delta > ONE / 100, "{themes:?}");
    assert_eq!(of_theme(T1).delta, -of_theme(T2).delta);
    assert_eq!(of_theme(T1).organisations[0].delta, of_theme(T1).delta);
}

#[test]
fn a_change_of_weights_is_not_blown_up_by_themes_that_nearly_cancel() {
    let of = |one: i64, two: i64, fit: i64| {
        let mut inputs = inputs();
        inputs.items.get_mut("B").unwrap().links =
            BTreeMap::from([(T1.to_owned(), 500.into()), (T2.to_owned(), 500.into())]);
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
    let t1 = demand.themes.iter().find(|theme| theme.through.said() == Some(T1)).unwrap();
    t1.organisations.iter().map(|o| (o.cause.clone(), o.delta.signum())).collect()
}

#[test]
fn what_people_decide_is_no_doing_of_those_who_answered() {
    let mut asked = inputs();
    asked.signals.insert("c".into(), BTreeMap::from([("O1".into(), signal(2, &[(T1, 1)]))]));
    let mut linked = asked.clone();
    linked.items.get_mut("B").unwrap().links.insert(T1.into(), 500.into());
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

#[test]
fn a_merge_is_told_with_both_themes_and_is_no_doing_of_those_who_answered() {
    let mut asked = inputs();
    asked.themes.get_mut(T2).unwrap().state = ThemeState::Approved;
    asked.signals.insert("c".into(), BTreeMap::from([("O1".into(), signal(4, &[(T1, 1), (T2, 3)]))]));
    let mut merged = asked.clone();
    let gone = merged.themes.get_mut(T1).unwrap();
    (gone.state, gone.merged_into) = (ThemeState::Retired, Some(T2.to_owned()));
    assert_eq!(causes(&asked, &merged), [(Cause::Link, 1)]);
    let (total, parts) = parts("B", &asked, &merged);
    assert_adds_up(total, &parts);
    let through: Vec<_> = part(&parts, "demand").themes.iter().map(|theme| theme.through.clone()).collect();
    assert_eq!(through, [Through::Theme { said: T1.into(), goes_to: T2.into() }]);
    // The mentions that went over with it are the merge's doing too, also for what is linked to the theme that stays.
    let mut moved = merged.clone();
    moved.signals.insert("c".into(), BTreeMap::from([("O1".into(), signal(4, &[(T2, 4)]))]));
    assert_eq!(causes(&asked, &moved), [(Cause::Link, 1)]);
    let (total, whole) = self::parts("C", &asked, &moved);
    assert_adds_up(total, &whole);
    let organisations = &part(&whole, "demand").themes[0].organisations;
    assert_eq!(organisations.iter().map(|o| &o.cause).collect::<Vec<_>>(), [&Cause::Link]);
    // What comes in after the merge is the organisation's doing again.
    let mut after = merged.clone();
    after.signals.insert("c".into(), BTreeMap::from([("O1".into(), signal(5, &[(T2, 5)]))]));
    assert_eq!(causes(&merged, &after), [(Cause::Organisation("O1".into()), 1)]);
    assert_eq!(causes(&asked, &after), [(Cause::Organisation("O1".into()), 1), (Cause::Link, 1)]);
}

#[test]
fn a_need_that_is_met_and_another_reading_are_decisions() {
    let mut asked = inputs();
    let mut said = signal(4, &[(T1, 4)]);
    said.against.insert(T1.into(), 3);
    asked.signals.insert("c".into(), BTreeMap::from([("O1".into(), said)]));
    let mut met = asked.clone();
    met.themes.get_mut(T1).unwrap().need = crate::Need::Met;
    assert_eq!(causes(&asked, &met), [(Cause::Link, -1)]);
    assert_eq!(causes(&met, &asked), [(Cause::Link, 1)]);
    let mut read = asked.clone();
    read.items.get_mut("B").unwrap().links.get_mut(T1).unwrap().reading = Reading::Against;
    assert_eq!(causes(&asked, &read), [(Cause::Link, -1)]);
}

#[test]
fn what_keeps_demand_from_falling_below_nothing_is_a_part_of_its_own() {
    let mut before = inputs();
    let link = before.items.get_mut("C").unwrap().links.get_mut(T2).unwrap();
    link.reading = Reading::Against;
    let mut after = before.clone();
    let all = (1..=9).map(|n| (format!("O{n}"), signal(1, &[(T2, 1)])));
    after.signals.insert("c".into(), all.collect());
    let (total, parts) = parts("C", &before, &after);
    assert_adds_up(total, &parts);
    let demand = part(&parts, "demand");
    let of = |through: &Through| demand.themes.iter().find(|part| part.through == *through).unwrap().delta;
    let theme = of(&Through::Theme { said: T2.into(), goes_to: T2.into() });
    // (2 - 9)/(9 + 4) is said, 0 is counted, at a weight of 100/170.
    let clip = ONE * 7 / 13 * 100 / 170;
    assert!((of(&Through::Clipped) - clip).abs() <= 2, "{demand:?}");
    assert_eq!(theme + of(&Through::Clipped), demand.delta);
    assert_eq!(rank(&after, Kind::Provisional).item("C").unwrap().demand, 0);
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
        readings in (prop::sample::select(&Reading::ALL[..]), prop::sample::select(&Reading::ALL[..])),
        merged in any::<bool>(),
        need in prop::sample::select(vec![Need::Unmet, Need::PartlyMet, Need::Met]),
    ) {
        let signals = |tallies: &[(i64, i64, i64)]| -> BTreeMap<String, crate::Signal> {
            let of = |(n, (all, a, b)): (usize, &(i64, i64, i64))| {
                let mut signal = signal(*all, &[(T1, *a.min(all)), (T2, *b.min(all))]);
                signal.against.insert(T1.into(), *b.min(a).min(all));
                (format!("O{n}"), signal)
            };
            tallies.iter().enumerate().map(of).collect()
        };
        let mut before = inputs();
        before.signals.insert("c".into(), signals(&tallies));
        let mut after = inputs();
        after.signals.insert("c".into(), signals(&later));
        after.criteria.get_mut("fit").unwrap().swing = swing;
        let b = after.items.get_mut("B").unwrap();
        b.scores.insert("fit".into(), Score::exactly(fit * ONE));
        let link = ThemeLink { reading: readings.0, ..link.into() };
        b.links.extend([(T1.into(), link), (ELSEWHERE.into(), 100.into())]);
        before.items.get_mut("B").unwrap().links.get_mut(T2).unwrap().reading = readings.1;
        after.themes.get_mut(T1).unwrap().need = need;
        if merged {
            let gone = after.themes.get_mut(T2).unwrap();
            (gone.state, gone.merged_into) = (ThemeState::Retired, Some(T1.to_owned()));
        }
        let approved = crate::Theme { title: "t".into(), state: ThemeState::Approved, ..Default::default() };
        after.themes.insert(ELSEWHERE.into(), approved);
        let signals = elsewhere.iter().enumerate()
            .map(|(n, (all, a))| (format!("O{}", n + 3), signal(*all, &[(ELSEWHERE, *a.min(all))])));
        after.signals.insert("d".into(), signals.collect());
        let (total, parts) = parts("B", &before, &after);
        assert_adds_up(total, &parts);
    }
}
