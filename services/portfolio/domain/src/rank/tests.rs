use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{Criterion, Item, Organisation, Portfolio, Score, Signal, Theme, ThemeState};

pub(crate) const T1: &str = "codebooks/c/themes/T1";
pub(crate) const T2: &str = "codebooks/c/themes/T2";
pub(crate) const ELSEWHERE: &str = "codebooks/d/themes/T1";

pub(crate) fn item(scores: &[(&str, i64)], links: &[(&str, i64)]) -> Item {
    Item {
        portfolio: "P".into(),
        title: "an item".into(),
        cost_gbp: 100,
        scores: scores.iter().map(|(id, s)| ((*id).to_owned(), Score::exactly(s * ONE))).collect(),
        links: links.iter().map(|(theme, s)| ((*theme).to_owned(), *s)).collect(),
        ..Item::default()
    }
}

pub(crate) fn signal(respondents: i64, raised: &[(&str, i64)]) -> Signal {
    let themes = raised.iter().map(|(theme, n)| ((*theme).to_owned(), *n)).collect();
    Signal { sequence: 1, respondents, themes }
}

pub(crate) fn inputs() -> Inputs {
    let demand = Criterion { highest: ONE, is_demand: true, title: "Demand".into(), ..Criterion::default() };
    let fit = Criterion { swing: 70_000, title: "Fit".into(), ..Criterion::default() };
    let theme = |state| Theme { title: "t".into(), state };
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
    let approved = Theme { title: "t".into(), state: ThemeState::Approved };
    inputs.themes.insert(ELSEWHERE.into(), approved);
    let before = rank(&inputs, Kind::Official);
    inputs.items.get_mut("A").unwrap().links.insert(ELSEWHERE.into(), 1000);
    let after = rank(&inputs, Kind::Official);
    assert_eq!(i128::from(after.item("A").unwrap().demand), demand::unraised(32));
    assert_eq!(after, before);
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
        let approved = Theme { title: "t".into(), state: ThemeState::Approved };
        inputs.themes.insert(ELSEWHERE.into(), approved);
        let none = "codebooks/d/themes/none";
        let signals = elsewhere.iter().enumerate().map(|(n, all)| (format!("O{n}"), signal(*all, &[(none, *all)])));
        inputs.signals.insert("d".into(), signals.collect());
        let before = Kind::ALL.map(|kind| rank(&inputs, kind).digest());
        let item = inputs.items.get_mut("I0").unwrap();
        let free = 1000 - item.links.values().sum::<i64>();
        if free > 0 {
            item.links.insert(ELSEWHERE.into(), link.min(free));
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
