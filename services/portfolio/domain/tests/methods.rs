//! The methods beside the ranking against reference results made with pymcdm, scikit-criteria and numpy (`vectors.json`).
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use serde_json::Value;
use soundings_portfolio_domain::{
    ahp,
    ballots::{Ballot, count, pairwise},
    second_opinion::{
        Column, Matrix,
        promethee::{Preference, net_flows},
        ranks, rice, topsis, vikor, wsjf,
    },
    smaa::{self, Model, Range, Settings, WeightsFrom},
};

const TOLERANCE: f64 = 1e-9;

fn vectors() -> Value {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    list(value).iter().map(number).collect()
}

fn rows(value: &Value) -> Vec<Vec<f64>> {
    list(value).iter().map(numbers).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn all_near(found: &[f64], expected: &Value, tolerance: f64, what: &str) {
    let expected = numbers(expected);
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert!((found - expected).abs() <= tolerance, "{what} {at}: {found}, not {expected}");
    }
}

fn matrix(case: &Value) -> Matrix {
    let (weights, kinds) = (numbers(&case["weights"]), numbers(&case["types"]));
    let bounds = rows(&case["fixed_bounds"]);
    let column = |at: usize| Column {
        id: format!("C{at}"),
        weight: weights[at],
        less_is_better: kinds[at] < 0.0,
        span: bounds[at][1] - bounds[at][0],
    };
    let rows = rows(&case["matrix"]);
    let items = (0..rows.len()).map(|at| format!("A{at}")).collect();
    Matrix::new(items, (0..weights.len()).map(column).collect(), &rows).unwrap()
}

#[test]
fn second_opinions_and_their_places() {
    for (name, case) in vectors()["cases"].as_object().unwrap() {
        let matrix = matrix(case);
        let (p, q) = (numbers(&case["promethee"]["p"]), numbers(&case["promethee"]["q"]));
        let preference = |q: &[f64]| -> Vec<Preference> {
            q.iter().zip(&p).map(|(q, p)| Preference { indifference: *q, full: *p }).collect()
        };
        let none = vec![0.0; p.len()];
        let found = [
            ("topsis_vector", topsis(&matrix)),
            ("skc_topsis_vector_minobj", topsis(&matrix)),
            ("promethee2_usual", net_flows(&matrix, &[])),
            ("promethee2_vshape", net_flows(&matrix, &preference(&none))),
            ("promethee2_linear", net_flows(&matrix, &preference(&q))),
            ("vikor_v05", vikor(&matrix).q),
            ("skc_vikor", vikor(&matrix).q),
        ];
        for (method, scores) in found {
            let expected = &case["results"][method];
            let what = format!("{name} {method}");
            all_near(&scores, &expected["score"], TOLERANCE, &what);
            let higher = expected["higher_is_better"].as_bool().unwrap();
            all_near(&ranks(&scores, higher), &expected["rank_average"], 0.0, &what);
        }
    }
}

#[test]
fn jobs_and_reach() {
    for row in list(&vectors()["wsjf"]["rows"]) {
        let [value, time, risk, size] = ["ubv", "tc", "rroe", "size"].map(|part| number(&row[part]));
        let found = wsjf::wsjf(value, time, risk, size);
        match row["wsjf"].as_f64() {
            Some(_) => all_near(&[found.unwrap()], &row_of(&row["wsjf"]), TOLERANCE, "WSJF"),
            None => assert_eq!(found.unwrap_err().field, "size"),
        }
    }
    for row in list(&vectors()["rice"]["rows"]) {
        let [reach, impact, sure, effort] =
            ["reach", "impact", "confidence", "effort"].map(|part| number(&row[part]));
        all_near(
            &[rice::rice(reach, impact, sure, effort).unwrap()],
            &row_of(&row["rice"]),
            TOLERANCE,
            "RICE",
        );
    }
}

fn row_of(value: &Value) -> Value {
    Value::Array(vec![value.clone()])
}

#[test]
fn ballots_are_counted() {
    let vectors = vectors();
    let case = &vectors["group"];
    let ballot = |row: &Value| Ballot {
        organisation: "O".into(),
        doubled_ranks: list(row)
            .iter()
            .enumerate()
            .filter_map(|(at, rank)| Some((format!("A{at}"), (2.0 * rank.as_f64()?) as i64)))
            .collect(),
    };
    let ballots: Vec<Ballot> = list(&case["ballots_rank_per_item"]).iter().map(ballot).collect();
    let mut counted = count(&ballots, &BTreeMap::new());
    assert_eq!(counted.iter().map(|c| &*c.item).collect::<Vec<_>>(), ["A1", "A0", "A2", "A3", "A4"]);
    counted.sort_by(|a, b| a.item.cmp(&b.item));
    let all = |of: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..counted.len()).map(of).collect() };
    all_near(&all(&|at| counted[at].copeland), &case["copeland_half_ties"], 0.0, "Copeland");
    all_near(&all(&|at| counted[at].borda.unwrap()), &case["borda_normalised_mean"], TOLERANCE, "Borda");
    all_near(&all(&|at| counted[at].ballots as f64), &case["ballots_per_item"], 0.0, "ballots");
    let pairs = pairwise(&ballots);
    for (at, row) in list(&case["pairwise"]).iter().enumerate() {
        let of = |other: usize| pairs[&format!("A{at}")].get(&format!("A{other}")).copied().unwrap_or(0.0);
        all_near(&(0..counted.len()).map(of).collect::<Vec<_>>(), row, 0.0, "pairs");
    }
}

#[test]
fn weights_from_comparisons_and_from_swings() {
    for (name, case) in vectors()["ahp"].as_object().unwrap() {
        let found = ahp::weights(&rows(&case["matrix"])).unwrap();
        all_near(&found.weights, &case["weights_eigenvector"], TOLERANCE, name);
        all_near(&[found.lambda_max], &row_of(&case["lambda_max"]), TOLERANCE, name);
        all_near(&[found.consistency_index], &row_of(&case["CI"]), TOLERANCE, name);
        all_near(&[found.consistency_ratio], &row_of(&case["CR_saaty_RI_0_90"]), TOLERANCE, name);
        assert_eq!(!found.is_inconsistent(), case["consistent_at_0_1"].as_bool().unwrap());
    }
    let vectors = vectors();
    let case = &vectors["swing_weights"];
    let found = ahp::from_swings(&numbers(&case["swings"])).unwrap();
    all_near(&found, &case["weights"], TOLERANCE, "swings");
}

fn exactly(values: &[Vec<f64>]) -> Model {
    let range = |value: &f64| Range { low: *value, likely: *value, high: *value };
    let ranges: Vec<Vec<Range>> = values.iter().map(|row| row.iter().map(range).collect()).collect();
    let items = (0..values.len()).map(|at| format!("A{at}")).collect();
    Model::of_values(items, vec![1.0; values[0].len()], &ranges).unwrap()
}

fn settings() -> Settings {
    Settings { seed: 42, draws: 200_000, threads: 2, weights: WeightsFrom::Uniform }
}

#[test]
fn places_are_taken_as_often_as_they_should() {
    let vectors = vectors();
    let case = &vectors["smaa2"];
    let outcome = smaa::analyse(&exactly(&rows(&case["values"])), &settings()).unwrap();
    let expected = list(&case["rank_acceptability"]);
    for (at, of) in outcome.items.iter().enumerate() {
        all_near(&of.ranks, &expected[at], 0.004, "places");
        all_near(
            &outcome.pairwise[at]
                .iter()
                .enumerate()
                .map(|(other, p)| if at == other { 0.0 } else { *p })
                .collect::<Vec<_>>(),
            &case["pairwise_winning"][at],
            0.004,
            "pairs",
        );
        all_near(&[of.expected_rank], &row_of(&case["expected_rank"][at]), 0.01, "place");
        // A mean over b¹ of the draws is as much less exact.
        let tolerance = 0.004 / of.ranks[0].sqrt();
        let central = of.central_weights.as_ref().unwrap();
        all_near(central, &case["central_weights"][at], tolerance, "central weights");
    }
}

#[test]
fn two_criteria_have_a_closed_form() {
    let vectors = vectors();
    let case = &vectors["smaa2"]["exact_two_criteria"];
    let outcome = smaa::analyse(&exactly(&[vec![1.0, 0.0], vec![0.5, 0.8]]), &settings()).unwrap();
    all_near(&[outcome.items[0].ranks[0]], &row_of(&case["b1_A1"]), 0.004, "b1");
    let central = |at: usize| outcome.items[at].central_weights.as_ref().unwrap()[0];
    all_near(&[central(0)], &row_of(&case["central_w1_A1"]), 0.004, "A1");
    all_near(&[central(1)], &row_of(&case["central_w1_A2"]), 0.004, "A2");
}

/// The reference draws scores from a normal distribution with σ = 0.08; the triangle with that σ has the half-width
/// 0.08·√6. Close as the two are, they are not the same, so the tolerance is the file's and ±0.01 more.
#[test]
fn confidence_factors_are_close_to_those_of_normal_scores() {
    let vectors = vectors();
    let case = &vectors["smaa2"];
    let half = 0.08 * 6.0_f64.sqrt();
    let range = |value: &f64| Range { low: value - half, likely: *value, high: value + half };
    let values = rows(&case["values"]);
    let ranges: Vec<Vec<Range>> = values.iter().map(|row| row.iter().map(range).collect()).collect();
    let items: Vec<String> = (0..values.len()).map(|at| format!("A{at}")).collect();
    let noisy = Model::of_values(items, vec![1.0; 4], &ranges).unwrap();
    let outcome = smaa::analyse(&exactly(&values), &settings()).unwrap();
    let found = smaa::confidence_factors(&noisy, &settings(), &outcome).unwrap();
    let found: Vec<f64> = found.into_iter().map(Option::unwrap).collect();
    let tolerance = number(&case["confidence_factor"]["tolerance"]) + 0.01;
    all_near(&found, &case["confidence_factor"]["values"], tolerance, "confidence");
}
