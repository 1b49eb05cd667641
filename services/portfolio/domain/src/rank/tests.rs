use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{Criterion, Item, ONE, Organisation, Portfolio, Reading, Score, Signal, Theme, ThemeState};

pub(crate) const T1: &str = "codebooks/c/themes/T1";
pub(crate) const T2: &str = "codebooks/c/themes/T2";
pub(crate) const ELSEWHERE: &str = "codebooks/d/themes/T1";

pub(crate) fn item(scores: &[(&str, i64)], links: &[(&str, i64)]) -> Item {
    Item {
        portfolio: "P".into(),
        title: "an item".into(),
        cost_gbp: 100,
        scores: scores.iter().map(|(id, s)| ((*id).to_owned(), Score::exactly(s * ONE))).collect(),
        links: links.iter().map(|(theme, s)| ((*theme).to_owned(), (*s).into())).collect(),
        ..Item::default()
    }
}

pub(crate) fn signal(respondents: i64, raised: &[(&str, i64)]) -> Signal {
    let themes = raised.iter().map(|(theme, n)| ((*theme).to_owned(), *n)).collect();
    Signal { sequence: 1, respondents, themes, ..Signal::default() }
}

pub(crate) fn inputs() -> Inputs {
    let demand = Criterion { highest: ONE, is_demand: true, title: "Demand".into(), ..Criterion::default() };
    let fit = Criterion { swing: 70_000, title: "Fit".into(), ..Criterion::default() };
    let theme = |state| Theme { title: "t".into(), state, ..Default::default() };
    let organisation =
        |n: i64| Organisation { display_name: format!("O{n}"), population: n, ..Default::default() };
    Inputs {
        portfolios: BTreeMap::from([("P".into(), Portfolio { title: "P".into() })]),
        criteria: BTreeMap::from([("demand".into(), demand), ("fit".into(), fit)]),
        items: BTreeMap::from([
            ("A".into(), item(&[("fit", 80)], &[])),
            ("B".into(), item(&[("fit", 60)], &[(T1, 700), (T2, 300)])),
            ("C".into(), item(&[], &[(T2, 1000)])),
        ]),
        organisations: (1..=4).map(|n| (format!("O{n}"), organisation(n))).collect(),
        themes: BTreeMap::from([
            (T1.into(), theme(ThemeState::Approved)),
            (T2.into(), theme(ThemeState::Proposed)),
        ]),
        ..Inputs::default()
    }
}

fn order(ranking: &Ranking) -> Vec<&str> {
    ranking.items.iter().map(|item| &*item.id).collect()
}

#[test]
fn before_any_answer_every_item_stands_at_half_whatever_it_is_linked_to() {
    let ranking = rank(&inputs(), Kind::Provisional);
    assert!(ranking.items.iter().all(|item| item.demand == ONE / 2), "{ranking:?}");
    assert_eq!(order(&ranking), ["A", "B", "C"]);
}

#[test]
fn feedback_lifts_what_is_asked_for_and_sinks_what_is_not() {
    let mut inputs = inputs();
    let signals = (1..=4).map(|n| (format!("O{n}"), signal(10, &[(T1, 10)]))).collect();
    inputs.signals.insert("c".into(), signals);
    let ranking = rank(&inputs, Kind::Official);
    assert_eq!(order(&ranking)[0], "B");
    // (4·1 + 2)/(4 + 4) = 0.75 for T1; (2)/(8) = 0.25 for what nobody raised.
    let b = ranking.item("B").unwrap();
    assert_eq!(b.demand, (700 * 3 * ONE / 4 + 300 * ONE / 4) / 1000);
    assert_eq!(b.behind, 4);
    assert_eq!(ranking.item("A").unwrap().demand, ONE / 4);
}

#[test]
fn what_nobody_raised_is_worth_the_same_under_every_codebook() {
    let mut inputs = inputs();
    let councils = (1..=32).map(|n| (format!("O{n}"), signal(10, &[(T1, 10)]))).collect();
    inputs.signals.insert("c".into(), councils);
    let approved = Theme { title: "t".into(), state: ThemeState::Approved, ..Default::default() };
    inputs.themes.insert(ELSEWHERE.into(), approved);
    let before = rank(&inputs, Kind::Official);
    inputs.items.get_mut("A").unwrap().links.insert(ELSEWHERE.into(), 1000.into());
    let after = rank(&inputs, Kind::Official);
    let interval = |ranking: &Ranking| ranking.item("A").unwrap().demand_interval;
    assert_eq!(i128::from(after.item("A").unwrap().demand), demand::unraised(32));
    assert_eq!(after.digest(), before.digest());
    // All could have asked for what is linked to nothing; nobody was asked about the other codebook.
    assert_eq!((interval(&before).0, interval(&after)), (0.0, (0.0, 1.0)));
    assert!((interval(&before).1 - 2.0 / 36.0).abs() < 1e-12);
}

#[test]
fn a_proposed_theme_feeds_the_provisional_ranking_alone() {
    let mut inputs = inputs();
    inputs.signals.insert("c".into(), BTreeMap::from([("O1".into(), signal(1, &[(T2, 1)]))]));
    assert_eq!(rank(&inputs, Kind::Official).item("C").unwrap().demand, narrow(demand::unraised(1)));
    assert!(rank(&inputs, Kind::Provisional).item("C").unwrap().demand > ONE / 2);
}

#[test]
fn one_organisation_has_one_voice_however_many_respond() {
    let mut few = inputs();
    few.signals.insert("c".into(), BTreeMap::from([("O1".into(), signal(1, &[(T1, 1)]))]));
    let mut many = inputs();
    many.signals.insert("c".into(), BTreeMap::from([("O1".into(), signal(500, &[(T1, 500)]))]));
    assert_eq!(rank(&few, Kind::Official).digest(), rank(&many, Kind::Official).digest());
}

#[test]
fn a_missing_score_takes_the_prior_and_shows_its_range() {
    let ranking = rank(&inputs(), Kind::Official);
    let c = ranking.item("C").unwrap();
    assert!(c.values[1].missing);
    assert_eq!(c.values[1].value, ONE / 2);
    assert!(c.missing_range.0 < c.value && c.value < c.missing_range.1);
}

#[test]
fn ties_go_to_the_cheaper_item_then_to_the_id() {
    let mut inputs = inputs();
    inputs.items = BTreeMap::from([
        ("X".into(), item(&[("fit", 50)], &[])),
        ("Y".into(), Item { cost_gbp: 1, ..item(&[("fit", 50)], &[]) }),
        ("Z".into(), item(&[("fit", 50)], &[])),
    ]);
    assert_eq!(order(&rank(&inputs, Kind::Official)), ["Y", "X", "Z"]);
}

fn retire(inputs: &mut Inputs, theme: &str, into: &str) {
    let gone = inputs.themes.get_mut(theme).unwrap();
    (gone.state, gone.merged_into) = (ThemeState::Retired, Some(into.to_owned()));
}

#[test]
fn a_link_to_a_merged_theme_counts_for_the_one_it_went_to_until_that_is_undone() {
    let mut inputs = inputs();
    let signals = (1..=4).map(|n| (format!("O{n}"), signal(10, &[(T1, 10), (T2, 2)]))).collect();
    inputs.signals.insert("c".into(), signals);
    let apart = rank(&inputs, Kind::Official);
    retire(&mut inputs, T2, T1);
    let merged = rank(&inputs, Kind::Official);
    // Both of B's links, 0.7 and 0.3, end at T1: (4·1 + 2)/(4 + 4). C follows its only one.
    assert_eq!(merged.item("B").unwrap().demand, 3 * ONE / 4);
    let c = merged.item("C").unwrap();
    assert_eq!((c.demand, c.behind), (3 * ONE / 4, 4));
    let back = inputs.themes.get_mut(T2).unwrap();
    (back.state, back.merged_into) = (ThemeState::Proposed, None);
    assert_eq!(rank(&inputs, Kind::Official), apart);
}

#[test]
fn what_nobody_is_linked_to_is_as_sure_as_a_theme_that_nobody_raised() {
    let mut inputs = inputs();
    let interval = |inputs: &Inputs, id: &str| rank(inputs, Kind::Official).item(id).unwrap().demand_interval;
    assert_eq!(interval(&inputs, "A"), (0.0, 1.0), "before anybody answered");
    for n in 1..=4 {
        inputs.signals.entry("c".into()).or_default().insert(format!("O{n}"), signal(5, &[(T2, 5)]));
        let (low, high) = interval(&inputs, "A");
        inputs.items.get_mut("A").unwrap().links.insert(T1.into(), 1000.into());
        assert_eq!(interval(&inputs, "A"), (low, high), "{n} answered and nobody raised it");
        inputs.items.get_mut("A").unwrap().links.clear();
        assert!(low < 1e-12 && high < 0.9 && (n < 4 || high == 0.25), "{n}: {low} to {high}");
    }
}

#[test]
fn a_link_that_people_are_not_sure_of_widens_the_interval_and_moves_no_rank() {
    let mut inputs = inputs();
    let signals = (1..=2).map(|n| (format!("O{n}"), signal(5, &[(T1, 4)]))).collect();
    inputs.signals.insert("c".into(), signals);
    let sure = rank(&inputs, Kind::Official);
    inputs.items.get_mut("B").unwrap().links.get_mut(T1).unwrap().confidence = 600;
    let unsure = rank(&inputs, Kind::Official);
    assert_eq!(unsure.digest(), sure.digest());
    let interval = |ranking: &Ranking| ranking.item("B").unwrap().demand_interval;
    let ((low, high), (lower, higher)) = (interval(&sure), interval(&unsure));
    // Strength 0.7 times a doubt of 0.4.
    assert!((lower - 0.72 * low).abs() < 1e-12 && (higher - (high + 0.28 * (1.0 - high))).abs() < 1e-12);
}

#[test]
fn what_is_said_against_an_item_takes_it_to_nothing_and_no_further() {
    let mut inputs = inputs();
    let link = inputs.items.get_mut("C").unwrap().links.get_mut(T2).unwrap();
    link.reading = Reading::Against;
    let signals = (1..=4).map(|n| (format!("O{n}"), signal(5, &[(T2, 5)]))).collect();
    inputs.signals.insert("c".into(), signals);
    let ranking = rank(&inputs, Kind::Provisional);
    let c = ranking.item("C").unwrap();
    assert_eq!((c.demand, c.behind, c.values[0].clipped), (0, 0, true));
    assert!(c.demand_interval.0 == 0.0, "{:?}", c.demand_interval);
    assert!(!ranking.item("B").unwrap().values[0].clipped);
}

fn arbitrary() -> impl Strategy<Value = Inputs> {
    let item = (0_i64..=100, 0_i64..=500, 0_i64..=500).prop_map(|(fit, a, b)| {
        let links: Vec<_> = [(T1, a), (T2, b)].into_iter().filter(|(_, s)| *s > 0).collect();
        item(&[("fit", fit)], &links)
    });
    let signal =
        (0_i64..20, 0_i64..20, 0_i64..20).prop_map(|(n, a, b)| signal(n, &[(T1, a.min(n)), (T2, b.min(n))]));
    (prop::collection::vec(item, 1..8), prop::collection::vec(signal, 0..6)).prop_map(|(items, signals)| {
        let mut inputs = inputs();
        inputs.items = items.into_iter().enumerate().map(|(n, item)| (format!("I{n}"), item)).collect();
        let signals = signals.into_iter().enumerate().map(|(n, s)| (format!("O{n}"), s)).collect();
        inputs.signals.insert("c".into(), signals);
        inputs
    })
}

proptest! {
    #[test]
    fn an_arrival_never_reorders_the_others(inputs in arbitrary(), fit in 0_i64..=100, link in 1_i64..=1000) {
        let before = rank(&inputs, Kind::Provisional);
        let mut with = inputs.clone();
        with.items.insert("new".into(), item(&[("fit", fit)], &[(T1, link)]));
        let after = rank(&with, Kind::Provisional);
        let others: Vec<_> = order(&after).into_iter().filter(|id| *id != "new").collect();
        prop_assert_eq!(others, order(&before));
    }

    #[test]
    fn linking_to_what_nobody_raised_moves_nothing(
        inputs in arbitrary(),
        elsewhere in prop::collection::vec(0_i64..9, 0..9),
        link in 1_i64..=1000,
    ) {
        let mut inputs = inputs;
        let approved = Theme { title: "t".into(), state: ThemeState::Approved, ..Default::default() };
        inputs.themes.insert(ELSEWHERE.into(), approved);
        let none = "codebooks/d/themes/none";
        let signals = elsewhere.iter().enumerate().map(|(n, all)| (format!("O{n}"), signal(*all, &[(none, *all)])));
        inputs.signals.insert("d".into(), signals.collect());
        let before = Kind::ALL.map(|kind| rank(&inputs, kind).digest());
        let item = inputs.items.get_mut("I0").unwrap();
        let free = 1000 - item.links.values().map(|link| link.strength).sum::<i64>();
        if free > 0 {
            item.links.insert(ELSEWHERE.into(), link.min(free).into());
        }
        prop_assert_eq!(Kind::ALL.map(|kind| rank(&inputs, kind).digest()), before);
    }

    #[test]
    fn a_better_score_never_lowers_an_item(inputs in arbitrary(), more in 1_i64..=50) {
        let before = rank(&inputs, Kind::Official).item("I0").map(|i| i.worth).unwrap();
        let mut better = inputs.clone();
        let score = better.items.get_mut("I0").unwrap().scores.get_mut("fit").unwrap();
        *score = Score::exactly((score.likely + more * ONE).min(100 * ONE));
        prop_assert!(rank(&better, Kind::Official).item("I0").unwrap().worth >= before);
    }

    #[test]
    fn inputs_that_went_through_json_rank_the_same(inputs in arbitrary()) {
        let read: Inputs = serde_json::from_str(&serde_json::to_string(&inputs).unwrap()).unwrap();
        for kind in Kind::ALL {
            prop_assert_eq!(rank(&inputs, kind).digest(), rank(&read, kind).digest());
        }
    }
}
