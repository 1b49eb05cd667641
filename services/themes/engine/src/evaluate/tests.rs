use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;

fn judged(people: &[&str], model: &[&str]) -> Judged {
    let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    Judged { people: set(people), model: set(model) }
}

#[test]
fn figures_of_a_small_case_worked_by_hand() {
    let found = evaluate(&[judged(&["a"], &["a"]), judged(&["a", "b"], &["b", "c"]), judged(&[], &[])], 1);
    assert_eq!(found.themes["a"], ThemeAgreement { people: 2, model: 1, both: 1 });
    assert!((found.samples_f1 - (1.0 + 0.5 + 1.0) / 3.0).abs() < 1e-12);
    assert!((found.micro.precision - 2.0 / 3.0).abs() < 1e-12);
    assert!((found.macro_f1 - (2.0 / 3.0 + 1.0) / 2.0).abs() < 1e-12);
    assert!((found.accuracy - 2.0 / 3.0).abs() < 1e-12);
}

#[test]
fn nothing_judged_says_nothing() {
    let found = evaluate(&[], 1);
    assert_eq!((found.answers, found.samples_interval), (0, (0.0, 1.0)));
}

proptest! {
    #[test]
    fn the_interval_holds_the_figure_and_repeats(rows in prop::collection::vec((0_u8..8, 0_u8..8), 2..60)) {
        let set = |bits: u8| (0..3).filter(|b| bits >> b & 1 == 1).map(|b| format!("t{b}")).collect();
        let judged: Vec<Judged> = rows.iter().map(|(p, m)| Judged { people: set(*p), model: set(*m) }).collect();
        let found = evaluate(&judged, 7);
        let (low, high) = found.samples_interval;
        prop_assert!(low <= found.samples_f1 + 1e-9 && found.samples_f1 <= high + 1e-9);
        prop_assert_eq!(found, evaluate(&judged, 7));
    }
}
