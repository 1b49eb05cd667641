use proptest::prelude::*;

use super::*;
use crate::{
    Inputs, Kind, ONE, Score,
    rank::tests::{T1, inputs, item, signal},
};

fn settings() -> Settings {
    Settings { seed: 7, draws: 2_000, threads: 1, weights: WeightsFrom::Uniform }
}

fn range(low: f64, likely: f64, high: f64) -> Range {
    Range { low, likely, high }
}

fn model(weights: &[f64], rows: &[Vec<Range>]) -> Model {
    let items = (0..rows.len()).map(|n| format!("I{n:02}")).collect();
    Model::of_values(items, weights.to_vec(), rows).unwrap()
}

#[test]
fn level_items_split_their_places() {
    let model = model(&[1.0, 1.0], &vec![vec![range(0.5, 0.5, 0.5); 2]; 3]);
    let outcome = analyse(&model, &settings()).unwrap();
    for of in &outcome.items {
        assert!(of.ranks.iter().all(|share| (share - 1.0 / 3.0).abs() < 1e-9), "{:?}", of.ranks);
        assert!((of.expected_rank - 2.0).abs() < 1e-9);
        assert!(of.central_weights.is_some());
    }
    assert_eq!(outcome.pairwise, vec![vec![0.5; 3]; 3]);
}

#[test]
fn what_is_never_first_has_no_central_weights() {
    let model = model(&[1.0, 1.0], &[vec![range(0.9, 0.9, 0.9); 2], vec![range(0.1, 0.1, 0.1); 2]]);
    let outcome = analyse(&model, &settings()).unwrap();
    assert_eq!(outcome.items[0].ranks, [1.0, 0.0]);
    assert_eq!(outcome.items[1].central_weights, None);
    let confidence = confidence_factors(&model, &settings(), &outcome).unwrap();
    assert_eq!(confidence, [Some(1.0), None]);
    assert_eq!(outcome.above("I00", "I01"), Ok(1.0));
}

#[test]
fn no_items_and_one_item_have_an_outcome() {
    let none = analyse(&model(&[1.0], &[]), &settings()).unwrap();
    assert!(none.items.is_empty() && none.pairwise.is_empty());
    let one = analyse(&model(&[1.0], &[vec![range(0.0, 0.5, 1.0)]]), &settings()).unwrap();
    assert_eq!((one.items[0].ranks.as_slice(), one.items[0].expected_rank), ([1.0].as_slice(), 1.0));
}

#[test]
fn a_criterion_without_weight_keeps_none() {
    let rows =
        [vec![range(0.2, 0.2, 0.2), range(1.0, 1.0, 1.0)], vec![range(0.8, 0.8, 0.8), range(0.0, 0.0, 0.0)]];
    for weights in [WeightsFrom::Uniform, WeightsFrom::Elicited { concentration: 3.0 }] {
        let outcome = analyse(&model(&[1.0, 0.0], &rows), &Settings { weights, ..settings() }).unwrap();
        assert_eq!(outcome.items[1].central_weights, Some(vec![1.0, 0.0]));
    }
}

#[test]
fn elicited_weights_have_their_mean_and_spread() {
    let elicited = [0.5, 0.3, 0.15, 0.05];
    for concentration in [2.0, 20.0] {
        let mut random = chunk::stream(1, 0);
        let (mut sum, mut squares, mut drawn) = ([0.0; 4], [0.0; 4], [0.0; 4]);
        let draws = 40_000;
        for _ in 0..draws {
            weights::draw(&mut random, WeightsFrom::Elicited { concentration }, &elicited, &mut drawn);
            assert!((drawn.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            for at in 0..4 {
                sum[at] += drawn[at];
                squares[at] += drawn[at] * drawn[at];
            }
        }
        for at in 0..4 {
            let mean = sum[at] / f64::from(draws);
            let variance = squares[at] / f64::from(draws) - mean * mean;
            let expected = elicited[at] * (1.0 - elicited[at]) / (concentration + 1.0);
            assert!((mean - elicited[at]).abs() < 0.006, "{mean}");
            assert!((variance / expected - 1.0).abs() < 0.05, "{variance} {expected}");
        }
    }
}

#[test]
fn scores_are_drawn_from_their_triangle() {
    // P(T(0, 0.2, 1) > x) = (1 − x)²/0.8 for x from 0.2 on.
    let rows: Vec<Vec<Range>> = [range(0.0, 0.2, 1.0), range(0.5, 0.5, 0.5), range(0.1, 0.1, 0.1)]
        .into_iter()
        .map(|range| vec![range])
        .collect();
    let outcome = analyse(&model(&[1.0], &rows), &Settings { draws: 100_000, ..settings() }).unwrap();
    assert!((outcome.pairwise[0][1] - 0.25 / 0.8).abs() < 0.005, "{}", outcome.pairwise[0][1]);
    assert!((outcome.pairwise[0][2] - (1.0 - 0.01 / 0.2)).abs() < 0.003, "{}", outcome.pairwise[0][2]);
}

fn uncertain() -> Inputs {
    let mut inputs = inputs();
    inputs.signals.insert("c".into(), [("O1".to_owned(), signal(5, &[(T1, 3)]))].into());
    inputs.items.insert("Q".into(), item(&[], &[(T1, 500)]));
    let wide = Score { low: 20 * ONE, likely: 50 * ONE, high: 120 * ONE };
    inputs.items.get_mut("A").unwrap().scores.insert("fit".into(), wide);
    inputs
}

#[test]
fn a_curved_criterion_is_drawn_by_score() {
    let straight = uncertain();
    let mut curved = straight.clone();
    let fit = curved.criteria.get_mut("fit").unwrap();
    fit.points = vec![(0, 0), (50 * ONE, ONE / 2), (100 * ONE, ONE)];
    let outcome = |inputs: &Inputs| {
        analyse(&Model::of(inputs, Kind::Official, |_| true).unwrap(), &settings()).unwrap()
    };
    // The same line, told in two pieces, gives the same shares but for the last bit of a value.
    for (one, other) in outcome(&straight).items.iter().zip(outcome(&curved).items) {
        assert!((one.expected_rank - other.expected_rank).abs() < 0.01);
    }
    curved.criteria.get_mut("fit").unwrap().points = vec![(0, 0), (50 * ONE, ONE), (100 * ONE, ONE)];
    assert_ne!(outcome(&straight), outcome(&curved));
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let model = Model::of(&uncertain(), Kind::Official, |_| true).unwrap();
    for weights in [WeightsFrom::Uniform, WeightsFrom::Elicited { concentration: 9.0 }] {
        let run = |threads, seed| {
            let settings = Settings { threads, seed, weights, draws: 1_500 };
            let outcome = analyse(&model, &settings).unwrap();
            let confidence = confidence_factors(&model, &settings, &outcome).unwrap();
            (outcome, confidence)
        };
        assert_eq!(run(1, 7), run(4, 7));
        assert_eq!(run(1, 7), run(256, 7));
        assert_ne!(run(1, 7), run(1, 8));
    }
}

#[test]
fn an_item_has_odds_of_a_span_of_places() {
    let ranks = vec![0.02, 0.5, 0.4, 0.05, 0.03];
    let of = Acceptability { item: "A".into(), ranks, expected_rank: 2.57, central_weights: None };
    assert!((of.within(1, 3) - 0.92).abs() < 1e-9 && (of.within(0, 9) - 1.0).abs() < 1e-9);
    assert_eq!((of.span(0.05), of.span(0.0)), ((2, 4), (1, 5)));
}

#[test]
fn what_was_cut_short_is_what_fewer_draws_give() {
    let model = Model::of(&uncertain(), Kind::Official, |_| true).unwrap();
    let settings = Settings { draws: 1_000, ..settings() };
    let cut = analyse_while(&model, &settings, |draws| draws < 512).unwrap();
    assert_eq!(cut, analyse(&model, &Settings { draws: 512, threads: 3, ..settings }).unwrap());
    let whole = analyse_while(&model, &settings, |_| true).unwrap();
    assert_eq!(whole, analyse(&model, &settings).unwrap());
    assert_eq!(analyse_while(&model, &settings, |_| false).unwrap().draws, 256);
}

#[test]
fn what_cannot_be_drawn_is_refused_by_name() {
    let model = model(&[1.0], &[vec![range(0.1, 0.2, 0.3)]]);
    let refused = |settings: Settings| analyse(&model, &settings).unwrap_err().field;
    assert_eq!(refused(Settings { draws: 0, ..settings() }), "draws");
    assert_eq!(refused(Settings { threads: 0, ..settings() }), "threads");
    let weights = WeightsFrom::Elicited { concentration: f64::NAN };
    assert_eq!(refused(Settings { weights, ..settings() }), "concentration");
    let of = |weight: f64, range: Range| {
        Model::of_values(vec!["A".into()], vec![weight], &[vec![range]]).unwrap_err().field
    };
    assert_eq!(of(1.0, range(0.1, f64::NAN, 0.3)), "workItems/A.values[0]");
    assert_eq!(of(1.0, range(0.5, 0.4, 0.6)), "workItems/A.values[0]");
    assert_eq!(of(0.0, range(0.1, 0.2, 0.3)), "swings");
    let many = (0..=MOST_ITEMS).map(|n| n.to_string()).collect::<Vec<_>>();
    let rows = vec![vec![range(0.1, 0.2, 0.3)]; many.len()];
    assert_eq!(Model::of_values(many, vec![1.0], &rows).unwrap_err().field, "work_items");
}

fn rows() -> impl Strategy<Value = Vec<Vec<Range>>> {
    let cell = (0_u8..5, 0_u8..3, 0_u8..3).prop_map(|(low, up, more)| {
        let at = |n: u8| f64::from(n) / 8.0;
        range(at(low), at(low + up), at(low + up + more))
    });
    prop::collection::vec(prop::collection::vec(cell, 3), 1..9)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_item_has_a_place_and_every_place_an_item(rows in rows(), seed in any::<u64>()) {
        let settings = Settings { seed, draws: 300, ..settings() };
        let outcome = analyse(&model(&[0.5, 0.3, 0.2], &rows), &settings).unwrap();
        let near = |sum: f64| (sum - 1.0).abs() < 1e-9;
        prop_assert!(outcome.items.iter().all(|of| near(of.ranks.iter().sum())));
        for place in 0..rows.len() {
            prop_assert!(near(outcome.items.iter().map(|of| of.ranks[place]).sum()));
        }
        for (one, row) in outcome.pairwise.iter().enumerate() {
            for (other, share) in row.iter().enumerate() {
                prop_assert!(near(share + outcome.pairwise[other][one]));
            }
            // The expected place is one more than the items expected above.
            let above: f64 = (0..rows.len()).filter(|o| *o != one).map(|o| outcome.pairwise[o][one]).sum();
            prop_assert!((outcome.items[one].expected_rank - 1.0 - above).abs() < 1e-9);
            let central = outcome.items[one].central_weights.as_ref();
            prop_assert!(central.is_none_or(|weights| near(weights.iter().sum())));
            prop_assert_eq!(central.is_none(), outcome.items[one].ranks[0] == 0.0);
        }
    }

    #[test]
    fn what_dominates_is_always_above(rows in rows(), seed in any::<u64>()) {
        let mut rows = rows;
        let exact: Vec<Range> = rows[0].iter().map(|r| range(r.likely, r.likely, r.likely)).collect();
        let better = exact.iter().map(|r| range(r.likely + 0.01, r.likely + 0.01, r.likely + 0.01)).collect();
        rows[0] = exact;
        rows.push(better);
        let settings = Settings { seed, draws: 100, ..settings() };
        let outcome = analyse(&model(&[0.5, 0.3, 0.2], &rows), &settings).unwrap();
        let last = rows.len() - 1;
        prop_assert_eq!(outcome.pairwise[last][0], 1.0);
    }
}
