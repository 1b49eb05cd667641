use proptest::prelude::*;

use super::*;
use crate::smaa::Acceptability;

/// An outcome of these pairwise probabilities; item `n` is the n-th letter.
fn outcome(pairwise: Vec<Vec<f64>>) -> Outcome {
    let of = |at: usize| Acceptability {
        item: letter(at),
        ranks: Vec::new(),
        expected_rank: 1.0,
        central_weights: None,
    };
    Outcome { items: (0..pairwise.len()).map(of).collect(), pairwise, draws: 1 }
}

fn letter(at: usize) -> String {
    char::from(b'A' + at as u8).to_string()
}

/// A over B, A over C, B over C.
fn three(ab: f64, ac: f64, bc: f64) -> Outcome {
    outcome(vec![vec![0.5, ab, ac], vec![1.0 - ab, 0.5, bc], vec![1.0 - ac, 1.0 - bc, 0.5]])
}

fn ids(text: &str) -> Vec<String> {
    text.chars().map(|c| c.to_string()).collect()
}

fn told(moves: &[Move]) -> Vec<(&str, usize, usize)> {
    moves.iter().map(|of| (&*of.item, of.from, of.to)).collect()
}

#[test]
fn the_first_order_is_the_rankings_and_nothing_moved() {
    let found = announce(None, &["B", "A"], &three(0.5, 0.5, 0.5), 0.75).unwrap();
    assert_eq!(found, Announcement { order: ids("BA"), ..Default::default() });
}

#[test]
fn a_toss_up_is_held_back_until_the_odds_are_clear_and_then_told_once() {
    let last = ids("ABC");
    let unsure = announce(Some(&last), &["B", "A", "C"], &three(0.4, 0.9, 0.9), 0.75).unwrap();
    assert_eq!((unsure.order, unsure.announced), (last.clone(), vec![]));
    assert_eq!(told(&unsure.held_back), [("B", 2, 1)]);
    assert_eq!(unsure.held_back[0].probability, 0.6);

    let clear = announce(Some(&last), &["B", "A", "C"], &three(0.2, 0.9, 0.9), 0.75).unwrap();
    assert_eq!(told(&clear.announced), [("B", 2, 1), ("A", 1, 2)]);
    assert_eq!((clear.held_back.len(), clear.swaps.len()), (0, 1));
    let again = announce(Some(&clear.order), &["B", "A", "C"], &three(0.2, 0.9, 0.9), 0.75).unwrap();
    assert_eq!(again, Announcement { order: clear.order.clone(), ..Default::default() });
    // The ranking turns round; the odds have not, by far enough.
    let back = announce(Some(&clear.order), &["A", "B", "C"], &three(0.7, 0.9, 0.9), 0.75).unwrap();
    assert_eq!((back.order, back.announced), (clear.order, vec![]));
}

#[test]
fn an_item_passes_as_many_as_it_surely_may() {
    let found = announce(Some(&ids("ABC")), &["C", "A", "B"], &three(0.6, 0.4, 0.1), 0.75).unwrap();
    assert_eq!(found.order, ids("ACB"));
    assert_eq!(told(&found.announced), [("C", 3, 2), ("B", 2, 3)]);
    assert_eq!(told(&found.held_back), [("C", 2, 1)], "it still waits for A");
}

#[test]
fn who_comes_and_goes_moves_nobody() {
    let found = announce(Some(&ids("DBA")), &["C", "A", "B"], &three(0.6, 0.4, 0.1), 0.75).unwrap();
    assert_eq!(found.order, ids("CBA"));
    assert_eq!(found.announced, []);
    assert_eq!(told(&found.held_back), [("A", 3, 2)]);
}

#[test]
fn a_level_that_is_none_and_an_item_that_was_not_drawn_are_refused() {
    for level in [0.5, 1.1, f64::NAN] {
        let refused = announce(None, &["A"], &three(0.5, 0.5, 0.5), level).unwrap_err();
        assert_eq!(refused.field, "level");
    }
    let refused = announce(Some(&[]), &["X"], &three(0.5, 0.5, 0.5), 0.75).unwrap_err();
    assert_eq!(refused.field, "item");
}

fn odds() -> impl Strategy<Value = Vec<Vec<f64>>> {
    prop::collection::vec(prop::collection::vec(0_u8..=20, 7), 7).prop_map(|drawn| {
        let above = |one: usize, other: usize| match one.cmp(&other) {
            std::cmp::Ordering::Less => f64::from(drawn[one][other]) / 20.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Greater => 1.0 - f64::from(drawn[other][one]) / 20.0,
        };
        (0..7).map(|one| (0..7).map(|other| above(one, other)).collect()).collect()
    })
}

proptest! {
    #[test]
    fn only_what_the_ranking_says_and_the_draws_are_sure_of_changes_places(
        odds in odds(),
        last in Just((0..7).map(letter).collect::<Vec<_>>()).prop_shuffle(),
        ranking in Just((0..7).map(letter).collect::<Vec<_>>()).prop_shuffle(),
        level in 0.51_f64..1.0,
    ) {
        let outcome = outcome(odds);
        let ranked: Vec<&str> = ranking.iter().map(String::as_str).collect();
        let found = announce(Some(&last), &ranked, &outcome, level).unwrap();
        let at = |order: &[String], id: &str| order.iter().position(|of| of == id).unwrap();
        for (one, other) in (0..7).flat_map(|a| (0..7).map(move |b| (letter(a), letter(b)))) {
            let (was, is) = (at(&last, &one) < at(&last, &other), at(&found.order, &one) < at(&found.order, &other));
            if one != other && is && !was {
                prop_assert!(at(&ranking, &one) < at(&ranking, &other));
                prop_assert!(outcome.above(&one, &other).unwrap() >= level);
            }
        }
        // The same once more is no news, and nothing that may pass is left.
        let again = announce(Some(&found.order), &ranked, &outcome, level).unwrap();
        prop_assert_eq!(&again.order, &found.order);
        prop_assert!(again.announced.is_empty());
        let held = found.swaps.iter().filter(|swap| !swap.announced).count();
        prop_assert_eq!(held, again.swaps.len());
        prop_assert!(found.announced.iter().all(|of| of.from != of.to && of.probability >= level));
    }
}
