use std::collections::BTreeMap;

use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;
use crate::{
    ONE, Ranking, Reading, Theme, ThemeState, ballots,
    check::check,
    demand,
    explain::{Cause, Side, ThemePart, Through, explain},
    gaps::{Missing, gaps},
    rank,
    rank::tests::{ELSEWHERE, T1, T2, inputs, item, signal},
    score::score,
    voice::{Voice, rank_under},
    what_if::{Change, what_if},
};

const B: &str = "workItems/B";

pub(crate) fn support(respondents: i64, targets: &[(&str, i64, i64)]) -> Support {
    let targets = targets.iter().map(|(target, answers, support_ppm)| {
        ((*target).to_owned(), Rated { answers: *answers, support_ppm: *support_ppm })
    });
    Support { sequence: 1, respondents, targets: targets.collect() }
}

/// One survey's tallies by organisation.
fn supports(all: &[(&str, Support)]) -> BTreeMap<String, BTreeMap<String, Support>> {
    let own = all.iter().map(|(organisation, support)| ((*organisation).to_owned(), support.clone()));
    BTreeMap::from([("s".to_owned(), own.collect())])
}

/// Answers and support of the theme T1, of T2 and of the item B, by survey and organisation.
pub(crate) type Given = Vec<(bool, u8, [(i64, i64); 3])>;

pub(crate) fn any_rated() -> impl Strategy<Value = Given> {
    prop::collection::vec((any::<bool>(), 0_u8..6, [rated(), rated(), rated()]), 0..5)
}

fn rated() -> impl Strategy<Value = (i64, i64)> {
    (0_i64..4, 0_i64..=FULL).prop_map(|(answers, support)| (answers, answers * support))
}

pub(crate) fn any_supports(given: &Given) -> BTreeMap<String, BTreeMap<String, Support>> {
    let mut all: BTreeMap<String, BTreeMap<String, Support>> = BTreeMap::new();
    for (other, organisation, [one, two, item]) in given {
        let respondents = one.0.max(two.0).max(item.0);
        let targets = [(T1, one.0, one.1), (T2, two.0, two.1), (B, item.0, item.1)];
        let survey = if *other { "t" } else { "s" };
        all.entry(survey.into())
            .or_default()
            .insert(format!("O{organisation}"), support(respondents, &targets));
    }
    all
}

fn demand_of(inputs: &Inputs, id: &str) -> i64 {
    rank(inputs, Kind::Official).item(id).unwrap().demand
}

/// All four organisations support it fully.
fn all_of(target: &str) -> BTreeMap<String, BTreeMap<String, Support>> {
    supports(&["O1", "O2", "O3", "O4"].map(|id| (id, support(1, &[(target, 1, FULL)]))))
}

#[test]
fn ratings_of_a_theme_are_pooled_with_its_mentions() {
    let mut inputs = inputs();
    inputs.signals.insert("c".into(), [("O1".to_owned(), signal(4, &[(T1, 1)]))].into());
    inputs.supports =
        supports(&[("O1", support(2, &[(T1, 2, 1_500_000)])), ("O2", support(1, &[(T1, 1, 250_000)]))]);
    let t1 = demand::theme_demand(&inputs, T1);
    // (1 + 1.5)/(4 + 2), and 0.25 of who only rated; who rated by less than half is not behind it.
    assert_eq!(t1.sum, 416_666_666_667 + 250_000_000_000);
    assert_eq!((t1.answered, t1.behind.as_slice()), (2, ["O1".to_owned()].as_slice()));
    assert_eq!((inputs.organisations_answered().len(), inputs.respondents()), (2, 5));
    assert_eq!(inputs.surveys_on(T1), BTreeSet::from(["s"]));
}

#[test]
fn an_item_that_is_rated_takes_what_its_links_leave_free() {
    let mut inputs = inputs();
    inputs.items.insert("A".into(), item(&[("fit", 80)], &[(T1, 400)]));
    inputs.supports = supports(&[("O1", support(1, &[("workItems/A", 1, FULL)]))]);
    // 0.4 · 2/5 for the theme that nobody raised, 0.6 · (1 + 2)/5 for what is asked for itself.
    assert_eq!(demand_of(&inputs, "A"), ONE * 4 / 10 * 2 / 5 + ONE * 6 / 10 * 3 / 5);
    let ranking = rank(&inputs, Kind::Official);
    let (a, b) = (ranking.item("A").unwrap(), ranking.item("B").unwrap());
    assert_eq!((a.behind, b.behind, b.demand), (1, 0, ONE * 2 / 5));
    inputs.items.get_mut("A").unwrap().links.clear();
    let (low, high) = rank(&inputs, Kind::Official).item("A").unwrap().demand_interval;
    assert!(low > 0.1 && high > 0.9, "one of four organisations asks for all of it: {low} to {high}");
    inputs.supports = all_of("workItems/A");
    assert_eq!(rank(&inputs, Kind::Official).item("A").unwrap().demand_interval, (0.75, 1.0));

    // B's links take up all of it where T2 counts, and leave 0.3 where it does not.
    inputs.supports = supports(&[("O1", support(1, &[(B, 1, FULL)]))]);
    let b = |kind| rank(&inputs, kind).item("B").map(|b| (b.demand, b.behind)).unwrap();
    assert_eq!(b(Kind::Provisional), (ONE * 2 / 5, 0));
    assert_eq!(b(Kind::Official), (ONE * 7 / 10 * 2 / 5 + ONE * 3 / 10 * 3 / 5, 1));
    let full = score(&inputs, &rank(&inputs, Kind::Provisional), "B").unwrap();
    let own = full[0].themes.iter().find(|part| part.through == Through::Direct).unwrap();
    assert_eq!((own.strength, own.part, own.organisations[0].tally.rated.answers), (0, 0, 1));
}

#[test]
fn binding_alone_moves_nothing_and_neither_do_answers_that_were_all_withdrawn() {
    let mut inputs = inputs();
    inputs.signals.insert("c".into(), [("O1".to_owned(), signal(4, &[(T1, 1)]))].into());
    let before = rank(&inputs, Kind::Provisional);
    inputs.supports = supports(&[("O2", support(0, &[(T1, 0, 0), ("workItems/A", 0, 0)]))]);
    assert_eq!(rank(&inputs, Kind::Provisional), before);
    assert!(inputs.surveys_on(T2).is_empty() && check(&inputs).is_empty());
}

#[test]
fn who_supports_it_by_half_stands_neither_behind_it_nor_against() {
    let of = |rated, raised, against| {
        let tally = Tally { raised, against, answered: 4, rated };
        (tally.is_behind(), tally.is_in_favour())
    };
    let half = Rated { answers: 2, support_ppm: FULL };
    let more = Rated { answers: 2, support_ppm: FULL + 1 };
    assert_eq!((of(half, 0, 0), of(more, 0, 0)), ((false, false), (true, true)));
    assert_eq!((of(half, 1, 1), of(more, 1, 1)), ((true, false), (true, false)));
    let tally = Tally { raised: 1, against: 1, answered: 1, rated: Rated { answers: 1, support_ppm: FULL } };
    let share = Reading::ALL.map(|reading| tally.share(reading, crate::Need::Unmet));
    assert_eq!(share, [ONE.into(), 0, (-ONE).into()]);
}

#[test]
fn what_was_bound_to_a_theme_goes_where_its_mentions_went() {
    let mut inputs = inputs();
    inputs.supports = supports(&[("O1", support(1, &[(ELSEWHERE, 1, FULL)]))]);
    assert_eq!(demand::theme_demand(&inputs, T1).sum, 0);
    let merged = Theme { state: ThemeState::Retired, merged_into: Some(T1.into()), ..Default::default() };
    inputs.themes.insert(ELSEWHERE.into(), merged);
    assert_eq!(demand::theme_demand(&inputs, T1).sum, i128::from(ONE));
}

#[test]
fn impossible_tallies_are_refused_by_name() {
    for wrong in [
        support(-1, &[]),
        support(1, &[]),
        support(0, &[(T1, 1, 0)]),
        support(1, &[(T1, 201, 0)]),
        support(1, &[(T1, -1, 0)]),
        support(1, &[(T1, 1, FULL + 1)]),
        support(1, &[(T1, 1, -1)]),
    ] {
        let mut inputs = inputs();
        inputs.supports = supports(&[("O1", wrong.clone())]);
        let named: Vec<String> = check(&inputs).into_iter().map(|(field, _)| field).collect();
        assert_eq!(named, ["surveys/s.organisations/O1"], "{wrong:?}");
    }
}

#[test]
fn a_survey_and_an_organisation_can_be_left_out_of_a_what_if() {
    let mut inputs = inputs();
    inputs.supports = supports(&[("O1", support(1, &[(T1, 1, FULL)]))]);
    let present = rank(&inputs, Kind::Official);
    let nobody = rank(&crate::rank::tests::inputs(), Kind::Official);
    assert_ne!(present.digest(), nobody.digest());
    for change in [
        Change { without_surveys: ["s".to_owned()].into(), ..Change::default() },
        Change { without_organisations: ["O1".to_owned()].into(), ..Change::default() },
    ] {
        let outcome = what_if(&inputs, Kind::Official, &present, &change).unwrap();
        assert_eq!(outcome.ranking, nobody);
    }
    let change = Change { without_surveys: ["other".to_owned()].into(), ..Change::default() };
    let refused = what_if(&inputs, Kind::Official, &present, &change).unwrap_err();
    assert_eq!(refused[0].0, "without_surveys");
}

#[test]
fn an_item_that_only_closed_answers_ask_for_is_no_gap_and_stands_on_ballots() {
    let mut inputs = inputs();
    let all = |target, support_ppm| {
        supports(&["O1", "O2", "O3"].map(|id| (id, support(1, &[(target, 1, support_ppm)]))))
    };
    inputs.supports = all("workItems/A", FULL);
    let of_a = |inputs: &Inputs| gaps(inputs, Kind::Official).into_iter().find(|gap| gap.of == "A");
    assert_eq!(of_a(&inputs), None);
    let ballots = ballots::ballots(&inputs, Kind::Official);
    assert!(ballots.iter().all(|ballot| ballot.doubled_ranks.keys().eq(["A"])), "{ballots:?}");
    inputs.supports = all("workItems/A", 0);
    assert_eq!(of_a(&inputs).unwrap().missing, Missing::Demand);
    inputs.supports = all(T1, 0);
    assert_eq!(of_a(&inputs).unwrap().missing, Missing::Link);
}

#[test]
fn each_voice_policy_weighs_who_only_rated() {
    let mut inputs = inputs();
    inputs.items.insert("A".into(), item(&[("fit", 80)], &[]));
    let all =
        [("O1", support(9, &[("workItems/A", 9, 9 * FULL)])), ("O2", support(1, &[("workItems/A", 1, 0)]))];
    inputs.supports = supports(&all);
    let demand = |voice| rank_under(&inputs, Kind::Official, voice).item("A").unwrap().demand;
    // Σm is 1 of 2, or by respondents 9/10 of 2, or by population (1 and 2) 1/3 of 2.
    assert_eq!(demand(Voice::Organisation), ONE * 3 / 6);
    assert_eq!(demand(Voice::Respondent), 633_333_333_333);
    assert_eq!(demand(Voice::Population), 444_444_444_444);
    assert_eq!(demand(Voice::OrganisationKind), ONE * 3 / 6);
}

#[test]
fn the_council_whose_rating_moved_an_item_is_named() {
    let before = inputs();
    let mut after = inputs();
    after.supports = supports(&[("O1", support(1, &[("workItems/A", 1, FULL), (T1, 1, FULL)]))]);
    for (id, through) in
        [("A", Through::Direct), ("B", Through::Theme { said: T1.into(), goes_to: T1.into() })]
    {
        let part = parts(id, &before, &after).1.into_iter().find(|part| part.through == through).unwrap();
        let council = &part.organisations[0];
        assert_eq!(council.cause, Cause::Organisation("O1".into()));
        assert!(council.delta > 0 && council.before == Tally::default());
        assert_eq!(council.after.rated, Rated { answers: 1, support_ppm: FULL });
    }
}

/// The change of an item's value, and demand's parts in it, having checked that they add up.
fn parts(id: &str, before: &Inputs, after: &Inputs) -> (i64, Vec<ThemePart>) {
    let (a, b) = (rank(before, Kind::Provisional), rank(after, Kind::Provisional));
    let value = |ranking: &Ranking| ranking.item(id).map_or(0, |item| item.value);
    let total = value(&b) - value(&a);
    let parts = explain(id, Side { inputs: before, ranking: &a }, Side { inputs: after, ranking: &b });
    let parts = parts.unwrap();
    assert_eq!(parts.iter().map(|part| part.delta).sum::<i64>(), total);
    let demand = parts.into_iter().find(|part| part.criterion == "demand").unwrap();
    assert_eq!(demand.themes.iter().map(|part| part.delta).sum::<i64>(), demand.delta);
    for part in demand.themes.iter().filter(|part| !part.organisations.is_empty()) {
        assert_eq!(part.organisations.iter().map(|one| one.delta).sum::<i64>(), part.delta, "{part:?}");
    }
    (total, demand.themes)
}

proptest! {
    #[test]
    fn parts_of_a_move_and_of_a_value_add_up_with_closed_answers_among_them(
        before in any_rated(),
        after in any_rated(),
        tallies in prop::collection::vec((0_i64..9, 0_i64..9, 0_i64..9), 0..4),
        links in (0_i64..=500, 0_i64..=500),
    ) {
        let mut inputs = inputs();
        let signals = tallies.iter().enumerate().map(|(at, (n, one, two))| {
            (format!("O{at}"), signal(*n, &[(T1, *one.min(n)), (T2, *two.min(n))]))
        });
        inputs.signals.insert("c".into(), signals.collect());
        let (mut old, mut new) = (inputs.clone(), inputs);
        (old.supports, new.supports) = (any_supports(&before), any_supports(&after));
        let links: Vec<_> = [(T1, links.0), (T2, links.1)].into_iter().filter(|(_, s)| *s > 0).collect();
        new.items.insert("B".into(), item(&[("fit", 60)], &links));
        for id in ["A", "B", "C"] {
            parts(id, &old, &new);
            for (kind, inputs) in [(Kind::Official, &old), (Kind::Provisional, &new)] {
                let ranking = rank(inputs, kind);
                let scores = score(inputs, &ranking, id).unwrap();
                prop_assert_eq!(scores.iter().map(|part| part.part).sum::<i64>(), ranking.item(id).unwrap().value);
                let demand = &scores[0];
                prop_assert_eq!(demand.themes.iter().map(|part| part.part).sum::<i64>(), demand.part);
                for part in demand.themes.iter().filter(|part| !part.organisations.is_empty()) {
                    prop_assert_eq!(part.organisations.iter().map(|one| one.part).sum::<i64>(), part.part);
                }
            }
        }
    }

    #[test]
    fn what_a_ranking_says_of_an_item_is_its_demand_from_nothing(
        rated in any_rated(),
        links in (0_i64..=500, 0_i64..=500),
    ) {
        let mut inputs = inputs();
        inputs.supports = any_supports(&rated);
        let links: Vec<_> = [(T1, links.0), (T2, links.1)].into_iter().filter(|(_, s)| *s > 0).collect();
        inputs.items.insert("B".into(), item(&[("fit", 60)], &links));
        prop_assert_eq!(check(&inputs), Vec::new());
        for kind in Kind::ALL {
            let ranking = rank(&inputs, kind);
            for (id, item) in &inputs.items {
                let raw = demand::of_item(&inputs, &Direct::of(&inputs), kind, (id, item), ranking.answered);
                let ranked = ranking.item(id).unwrap();
                prop_assert_eq!(i128::from(ranked.demand), raw);
                prop_assert!(ranked.demand_interval.0 <= ranked.demand_interval.1);
                let within = ranked.demand_interval.0..=ranked.demand_interval.1;
                prop_assert!(within.contains(&(ranked.demand as f64 / ONE as f64)), "{:?}", ranked);
            }
            for voice in Voice::ALL {
                let own = rank_under(&inputs, kind, voice);
                prop_assert_eq!(own.items.len(), ranking.items.len());
            }
            prop_assert_eq!(rank_under(&inputs, kind, Voice::Organisation), ranking);
        }
    }

    #[test]
    fn more_support_never_lowers_an_item(answers in 1_i64..9, less in 0_i64..=FULL, more in 0_i64..=FULL) {
        let of = |support_ppm: i64| {
            let mut inputs = inputs();
            inputs.supports = supports(&[("O1", support(answers, &[("workItems/A", answers, support_ppm * answers)]))]);
            demand_of(&inputs, "A")
        };
        let (less, more) = (less.min(more), less.max(more));
        prop_assert!(of(less) <= of(more));
    }
}
