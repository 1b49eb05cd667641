//! The rules against reference results made with pymcdm, scikit-criteria and SciPy (`vectors.json`).
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use serde_json::Value;
use soundings_portfolio_domain::{
    Criterion, Inputs, Item, Kind, ONE, Organisation, Portfolio, Score, Signal, Theme, ThemeState,
    explain::{Side, explain},
    interval::wilson,
    kendall, rank,
};

const TOLERANCE: f64 = 1e-9;
const THEME: &str = "codebooks/c/themes/T";

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// In 10⁻¹².
fn units(value: f64) -> i64 {
    (value * ONE as f64).round() as i64
}

fn thousandths(value: f64) -> i64 {
    (value * 100_000.0).round() as i64
}

fn share(units: i64) -> f64 {
    units as f64 / ONE as f64
}

fn near(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= TOLERANCE, "{what}: {found}, not {expected}");
}

/// Items named A0, A1 … scored by people on criteria C0, C1 …
fn model(criteria: Vec<Criterion>, scores: &[Vec<Option<f64>>]) -> Inputs {
    let item = |scores: &Vec<Option<f64>>| Item {
        portfolio: "P".into(),
        title: "an item".into(),
        scores: scores
            .iter()
            .enumerate()
            .filter_map(|(at, score)| Some((format!("C{at}"), Score::exactly(units((*score)?)))))
            .collect(),
        ..Item::default()
    };
    Inputs {
        portfolios: BTreeMap::from([("P".into(), Portfolio { title: "P".into() })]),
        criteria: criteria.into_iter().enumerate().map(|(at, c)| (format!("C{at}"), c)).collect(),
        items: scores.iter().enumerate().map(|(at, s)| (format!("A{at}"), item(s))).collect(),
        ..Inputs::default()
    }
}

fn from_0_to_1(weight: &Value) -> Criterion {
    let swing = thousandths(number(weight));
    Criterion { title: "c".into(), highest: ONE, swing, ..Criterion::default() }
}

#[test]
fn values_under_fixed_anchors_and_their_order() {
    for (name, case) in vectors()["cases"].as_object().unwrap() {
        let expected = &case["results"]["additive_fixed_bounds"];
        let criteria =
            list(&case["fixed_bounds"]).iter().zip(list(&case["weights"])).zip(list(&case["types"]));
        let criteria = criteria.map(|((bounds, weight), kind)| Criterion {
            lowest: units(number(&bounds[0])),
            highest: units(number(&bounds[1])),
            less_is_better: number(kind) < 0.0,
            ..from_0_to_1(weight)
        });
        let rows = list(&case["matrix"]).iter();
        let scores: Vec<_> = rows.map(|row| list(row).iter().map(Value::as_f64).collect()).collect();
        let ranking = rank(&model(criteria.collect(), &scores), Kind::Official);
        let ranks = list(&expected["rank_average"]);
        for (at, score) in list(&expected["score"]).iter().enumerate() {
            let item = ranking.item(&format!("A{at}")).unwrap();
            near(share(item.value), number(score), name);
            // Ties share an average rank there; here they are broken.
            let level = ranks.iter().filter(|rank| **rank == ranks[at]).count() as f64;
            let distance = (f64::from(item.rank) - number(&ranks[at])).abs();
            assert!(distance <= (level - 1.0) / 2.0, "{name}: {item:?}");
        }
    }
}

#[test]
fn kendalls_tau_b_with_and_without_ties() {
    for (name, case) in vectors()["kendall"].as_object().unwrap() {
        let doubled =
            |side: &Value| -> Vec<i64> { list(side).iter().map(|x| (number(x) * 2.0) as i64).collect() };
        let places: Vec<_> = doubled(&case["x"]).into_iter().zip(doubled(&case["y"])).collect();
        let found = kendall::compare(&places);
        near(found.tau_b().unwrap(), number(&case["tau_b"]), name);
        let counts = ["concordant", "discordant", "tied_x_only", "tied_y_only", "tied_both"];
        let counts = counts.map(|count| case[count].as_u64().unwrap());
        let ties = [found.tied_first, found.tied_second, found.tied_both];
        assert_eq!([&[found.concordant, found.discordant], ties.as_slice()].concat(), counts, "{name}");
    }
}

/// One item wholly linked to a theme; (respondents who raise it, respondents) by organisation, of `of` organisations.
fn demanded(tallies: &[(i64, i64)], of: i64) -> Inputs {
    let demand = Criterion { title: "demand".into(), highest: ONE, is_demand: true, ..Criterion::default() };
    let mut inputs = model(vec![demand], &[Vec::new()]);
    inputs.items.get_mut("A0").unwrap().links.insert(THEME.into(), 1000.into());
    inputs
        .themes
        .insert(THEME.into(), Theme { title: "t".into(), state: ThemeState::Approved, ..Default::default() });
    let organisation = Organisation { display_name: "o".into(), ..Default::default() };
    inputs.organisations = (0..of).map(|n| (format!("O{n}"), organisation.clone())).collect();
    let signal = |(raised, respondents): &(i64, i64)| Signal {
        sequence: 1,
        respondents: *respondents,
        themes: BTreeMap::from([(THEME.into(), *raised)]),
        ..Signal::default()
    };
    let signals = tallies.iter().enumerate().map(|(n, tally)| (format!("O{n}"), signal(tally))).collect();
    inputs.signals.insert("c".into(), signals);
    inputs
}

#[test]
fn demand_is_shrunk_and_its_interval_knows_how_many_there_are() {
    for row in list(&vectors()["demand"]["rows"]) {
        let [supporting, answering, of] =
            ["supporting", "answering", "population"].map(|name| row[name].as_i64().unwrap());
        let tallies: Vec<_> = (0..answering).map(|n| (i64::from(n < supporting), 1)).collect();
        let ranking = rank(&demanded(&tallies, of), Kind::Official);
        let item = ranking.item("A0").unwrap();
        near(share(item.demand), number(&row["shrunk_k4_prior_0_5"]), "shrunk");
        let p = if answering == 0 { 0.0 } else { supporting as f64 / answering as f64 };
        let (low, high) = wilson(p, answering, of);
        near(low, number(&row["wilson95_fpc"][0]), "low");
        near(high, number(&row["wilson95_fpc"][1]), "high");
        let shrunk = share(item.demand);
        let (low, high) = (low.min(shrunk), high.max(shrunk));
        assert!((item.demand_interval.0 - low).abs() + (item.demand_interval.1 - high).abs() < TOLERANCE);
    }
}

#[test]
fn every_organisation_has_one_voice() {
    let vectors = vectors();
    let case = &vectors["equal_voice"];
    let tally = |row: &Value| (row["supporting"].as_i64().unwrap(), row["responses"].as_i64().unwrap());
    let tallies: Vec<_> = list(&case["rows"]).iter().map(tally).collect();
    let ranking = rank(&demanded(&tallies, 32), Kind::Official);
    let n = tallies.len() as f64;
    let mean = number(&case["equal_voice_mean"]);
    near(share(ranking.item("A0").unwrap().demand), (mean * n + 2.0) / (n + 4.0), "equal voice");
}

#[test]
fn a_missing_score_shows_the_range_it_could_have() {
    let vectors = vectors();
    let case = &vectors["missing_scores"];
    let rows: Vec<Vec<Option<f64>>> = list(&case["rows"])
        .iter()
        .map(|row| list(&row["values"]).iter().map(Value::as_f64).collect())
        .collect();
    let ranking =
        rank(&model(list(&case["weights"]).iter().map(from_0_to_1).collect(), &rows), Kind::Official);
    for (at, row) in list(&case["rows"]).iter().enumerate() {
        let item = ranking.item(&format!("A{at}")).unwrap();
        near(share(item.missing_range.0), number(&row["low"]), "low");
        near(share(item.missing_range.1), number(&row["high"]), "high");
    }
}

#[test]
fn a_move_divides_into_its_criteria() {
    let vectors = vectors();
    let case = &vectors["explain_move"];
    let numbers = |name: &str| -> Vec<Option<f64>> { list(&case[name]).iter().map(Value::as_f64).collect() };
    let side = |weights: &str, values: &str| {
        model(list(&case[weights]).iter().map(from_0_to_1).collect(), &[numbers(values)])
    };
    let (before, after) = (side("w0", "v0"), side("w1", "v1"));
    let (was, is) = (rank(&before, Kind::Official), rank(&after, Kind::Official));
    let parts = explain("A0", Side { inputs: &before, ranking: &was }, Side { inputs: &after, ranking: &is })
        .unwrap();
    let total: i64 = parts.iter().map(|part| part.delta).sum();
    near(share(total), number(&case["delta"]), "the whole");
    for (at, part) in parts.iter().enumerate() {
        let expected = number(&case["from_values"][at]) + number(&case["from_weights"][at]);
        near(share(part.delta), expected, &part.criterion);
    }
}
