use proptest::prelude::*;

use super::*;
use crate::rank::tests::{inputs, item};

fn column(at: usize, weight: f64, less_is_better: bool) -> Column {
    Column { id: format!("C{at}"), weight, less_is_better, span: 100.0 }
}

fn matrix(weights: &[f64], rows: &[Vec<f64>]) -> Matrix {
    let columns = weights.iter().enumerate().map(|(at, weight)| column(at, *weight, at % 2 == 1)).collect();
    Matrix::new((0..rows.len()).map(|n| format!("I{n:02}")).collect(), columns, rows).unwrap()
}

#[test]
fn items_that_are_all_equal_or_alone_have_defined_scores() {
    for rows in [vec![vec![5.0, 7.0]; 3], vec![vec![5.0, 7.0]], vec![vec![0.0, 0.0]; 2]] {
        let matrix = matrix(&[0.6, 0.4], &rows);
        for method in Method::ALL {
            let level = if method == Method::Topsis { 0.5 } else { 0.0 };
            let scores = method.scores(&matrix);
            assert_eq!(scores, vec![level; rows.len()], "{method:?}");
            assert!(ranks(&scores, true).iter().all(|rank| *rank == (rows.len() + 1) as f64 / 2.0));
        }
    }
    let none = matrix(&[1.0], &[]);
    assert!(Method::ALL.iter().all(|method| method.scores(&none).is_empty()));
}

#[test]
fn a_criterion_without_weight_changes_nothing() {
    let with = matrix(&[0.6, 0.4, 0.0], &[vec![1.0, 2.0, 9.0], vec![3.0, 1.0, -4.0], vec![2.0, 2.0, 0.0]]);
    let without = matrix(&[0.6, 0.4], &[vec![1.0, 2.0], vec![3.0, 1.0], vec![2.0, 2.0]]);
    for method in Method::ALL {
        assert_eq!(method.scores(&with), method.scores(&without), "{method:?}");
    }
}

#[test]
fn what_is_not_a_finite_number_is_refused_by_name() {
    let refused = |columns: Vec<Column>, score: f64| {
        Matrix::new(vec!["A".into()], columns, &[vec![score]]).unwrap_err().to_string()
    };
    let one = || vec![column(0, 1.0, false)];
    assert_eq!(refused(one(), f64::NAN), "workItems/A.scores: \"C0\" is NaN; it must be a finite number");
    assert!(refused(one(), f64::INFINITY).starts_with("workItems/A.scores"));
    assert!(refused(vec![column(0, f64::NAN, false)], 1.0).starts_with("criteria/C0.weight"));
    assert!(refused(vec![column(0, -1.0, false)], 1.0).starts_with("criteria/C0.weight"));
    assert!(refused(vec![column(0, 0.0, false)], 1.0).starts_with("criteria.weight"));
    let rows = Matrix::new(vec!["A".into(), "B".into()], one(), &[vec![1.0]]).unwrap_err();
    assert_eq!(rows.field, "scores");
}

#[test]
fn where_the_thresholds_meet_preference_is_a_step() {
    let step = promethee::Preference { indifference: 2.0, full: 2.0 };
    assert_eq!([1.9, 2.0, 2.1].map(|difference| step.of(difference)), [0.0, 0.0, 1.0]);
    let rows = [vec![0.0], vec![2.0], vec![2.5]];
    assert_eq!(promethee::net_flows(&matrix(&[1.0], &rows), &[step]), [-0.5, 0.0, 0.5]);
}

#[test]
fn every_method_speaks_of_every_item_and_of_its_agreement_with_the_ranking() {
    let opinions = second_opinions(&inputs(), Kind::Official).unwrap();
    assert_eq!(opinions.iter().map(|o| o.method).collect::<Vec<_>>(), Method::ALL);
    for opinion in opinions {
        assert_eq!(opinion.items.len(), 3);
        assert!(opinion.items.windows(2).all(|pair| pair[0].rank <= pair[1].rank));
        assert!(opinion.kendall_tau_b.is_some_and(|tau| tau > 0.0), "{:?}", opinion.method);
    }
    let mut unweighted = inputs();
    unweighted.criteria.values_mut().for_each(|criterion| criterion.swing = 0);
    assert_eq!(second_opinions(&unweighted, Kind::Official).unwrap_err().field, "criteria.weight");
}

fn jobs() -> Inputs {
    let mut inputs = inputs();
    for id in ["value", "time", "risk", "size"] {
        inputs.criteria.insert(id.into(), inputs.criteria["fit"].clone());
    }
    let job = |value, time, risk, size| {
        item(&[("value", value), ("time", time), ("risk", risk), ("size", size)], &[])
    };
    inputs.items = BTreeMap::from([
        ("A".into(), job(8, 5, 3, 5)),
        ("B".into(), job(3, 8, 0, 2)),
        ("C".into(), job(16, 16, 0, 10)),
        ("D".into(), job(1, 1, 1, 0)),
        ("E".into(), item(&[("value", 1)], &[])),
        ("F".into(), crate::Item { portfolio: "elsewhere".into(), ..job(9, 9, 9, 1) }),
    ]);
    inputs
}

#[test]
fn jobs_of_one_portfolio_are_ordered_and_what_lacks_a_part_stands_apart() {
    let mut parts = wsjf::Parts {
        value: "value".into(),
        time_criticality: "time".into(),
        risk_reduction: "risk".into(),
        size: Some("size".into()),
    };
    let table = wsjf::by_wsjf(&jobs(), Kind::Official, "P", &parts).unwrap();
    let order: Vec<(&str, f64)> = table.items.iter().map(|scored| (&*scored.item, scored.rank)).collect();
    // A and C have 0.032 each; C's delay costs more.
    assert_eq!(order, [("B", 1.0), ("C", 2.0), ("A", 3.0)]);
    let apart: Vec<&str> = table.unscored.iter().map(|unscored| &*unscored.item).collect();
    assert_eq!(apart, ["D", "E"]);
    assert!(table.unscored[0].reason.starts_with("size"));
    assert_eq!(wsjf::by_wsjf(&jobs(), Kind::Official, "Q", &parts).unwrap_err().field, "portfolio");
    parts.risk_reduction = "none".into();
    assert_eq!(wsjf::by_wsjf(&jobs(), Kind::Official, "P", &parts).unwrap_err().field, "risk_reduction");
}

#[test]
fn rice_refuses_trifling_efforts_and_reads_an_items_own_effort() {
    assert_eq!(rice::rice(1.0, 1.0, 1.0, 0.4).unwrap_err().field, "effort");
    assert_eq!(rice::rice(1.0, f64::NAN, 1.0, 1.0).unwrap_err().field, "impact");
    assert_eq!(rice::rice(1.0, 1.0, 1.5, 1.0).unwrap_err().field, "confidence");
    let mut inputs = jobs();
    let mut parts =
        rice::Parts { reach: "value".into(), impact: "time".into(), confidence: "risk".into(), effort: None };
    inputs.items.values_mut().for_each(|item| item.effort_centimonths = 200);
    parts.confidence = "demand".into();
    let table = rice::by_rice(&inputs, Kind::Official, "P", &parts).unwrap();
    // Nobody answered: demand is ½ everywhere.
    assert_eq!(table.items[0].item, "C");
    assert!((table.items[0].score - 16.0 * 0.16 * 0.5 / 2.0).abs() < 1e-12, "{:?}", table.items[0]);
}

/// π by its definition, pair by pair.
fn slow_flows(matrix: &Matrix, preferences: &[promethee::Preference]) -> Vec<f64> {
    let n = matrix.items().len();
    let flow = |a: usize| {
        let columns = matrix.by_column().zip(preferences).map(|((column, scores), preference)| {
            let sign = if column.less_is_better { -1.0 } else { 1.0 };
            let pairs = (0..n).map(|b| {
                let difference = sign * (scores[a] - scores[b]);
                preference.of(difference) - preference.of(-difference)
            });
            column.weight * pairs.sum::<f64>()
        });
        columns.sum::<f64>() / (n.max(2) - 1) as f64
    };
    (0..n).map(flow).collect()
}

fn rows() -> impl Strategy<Value = Vec<Vec<f64>>> {
    let score = (-40_i32..40).prop_map(|score| f64::from(score) / 4.0);
    prop::collection::vec(prop::collection::vec(score, 3), 1..12)
}

proptest! {
    #[test]
    fn flows_are_those_of_comparing_every_pair_and_cancel_out(rows in rows(), q in 0_i32..8, more in 0_i32..8) {
        let matrix = matrix(&[0.5, 0.3, 0.2], &rows);
        let preference =
            promethee::Preference { indifference: f64::from(q) / 4.0, full: f64::from(q + more) / 4.0 };
        let flows = promethee::net_flows(&matrix, &[preference; 3]);
        for (fast, slow) in flows.iter().zip(slow_flows(&matrix, &[preference; 3])) {
            prop_assert!((fast - slow).abs() < 1e-12, "{} {}", fast, slow);
        }
        prop_assert!(flows.iter().sum::<f64>().abs() < 1e-12);
    }

    #[test]
    fn the_order_of_the_items_changes_no_score(rows in rows(), by in 0_usize..12) {
        let mut turned = rows.clone();
        let by = by % rows.len();
        turned.rotate_left(by);
        for method in Method::ALL {
            let mut scores = method.scores(&matrix(&[0.5, 0.3, 0.2], &rows));
            scores.rotate_left(by);
            for (a, b) in scores.iter().zip(method.scores(&matrix(&[0.5, 0.3, 0.2], &turned))) {
                prop_assert!((a - b).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_better_score_never_lowers_an_item_of_promethee(rows in rows(), more in 1_i32..20) {
        let mut better = rows.clone();
        better[0][0] += f64::from(more) / 4.0;
        for method in [Method::PrometheeUsual, Method::PrometheeVShape, Method::PrometheeLinear] {
            let [was, is] = [&rows, &better].map(|rows| method.scores(&matrix(&[0.5, 0.3, 0.2], rows))[0]);
            prop_assert!(is >= was - 1e-12);
        }
    }

    #[test]
    fn an_item_that_dominates_is_never_below(rows in rows(), at in 0_usize..12) {
        let mut rows = rows;
        let mut best = rows[at % rows.len()].clone();
        best[0] += 1.0;
        rows.push(best);
        let matrix = matrix(&[0.5, 0.3, 0.2], &rows);
        for method in Method::ALL {
            let ranks = ranks(&method.scores(&matrix), method.higher_is_better());
            prop_assert!(ranks[rows.len() - 1] <= ranks[at % (rows.len() - 1)], "{:?}", method);
        }
    }

    #[test]
    fn ranks_add_up_whatever_is_level(scores in prop::collection::vec(0_u8..5, 0..20)) {
        let scores: Vec<f64> = scores.into_iter().map(f64::from).collect();
        let n = scores.len() as f64;
        prop_assert_eq!(ranks(&scores, true).iter().sum::<f64>(), n * (n + 1.0) / 2.0);
        let both = ranks(&scores, true).into_iter().zip(ranks(&scores, false)).map(|(a, b)| a + b);
        prop_assert!(both.into_iter().all(|sum| sum == n + 1.0));
    }
}
