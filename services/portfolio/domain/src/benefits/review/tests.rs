use chrono::DateTime;
use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;

pub fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// From nothing to £600,000 a year, of which item I accounts for two thirds and a bit.
pub fn benefit() -> Benefit {
    Benefit {
        title: "Cheaper joint contracts".into(),
        kind: Type::Cashable,
        shares: [("I".to_owned(), 667)].into(),
        owner: "Director of finance".into(),
        measure: "annual contract value avoided".into(),
        unit: "GBP".into(),
        baseline: 0,
        target: 600_000 * MILLION,
        profile: [
            (day(2021, 3, 31), 100_000 * MILLION),
            (day(2021, 6, 30), 300_000 * MILLION),
            (day(2021, 9, 30), 600_000 * MILLION),
        ]
        .into(),
        status: Status::Agreed,
        actuals: BTreeMap::new(),
        illustrative: true,
    }
}

fn measured(mut benefit: Benefit, at: NaiveDate, amount: i64) -> Benefit {
    let (evidence, actor) = ("ledger".into(), "mia".into());
    benefit.actuals.insert(at, Actual { amount, evidence, actor, recorded: DateTime::UNIX_EPOCH });
    benefit
}

fn one(benefit: &Benefit, at: NaiveDate) -> Reviewed<'_> {
    reviewed("B1", benefit, at)
}

#[test]
fn only_what_was_measured_is_realised_against_what_was_planned_by_the_day() {
    let plain = benefit();
    let before = one(&plain, day(2021, 3, 31));
    assert_eq!((before.planned_share, before.realised, before.overdue_since), (166_667, None, None));
    assert!(before.unmeasured());
    let after = one(&plain, day(2021, 4, 1));
    assert_eq!(
        (after.planned_share, after.realised, after.overdue_since),
        (166_667, None, Some(day(2021, 3, 31)))
    );

    let spring = measured(plain, day(2021, 3, 31), 150_000 * MILLION);
    let found = one(&spring, day(2021, 6, 30));
    assert_eq!((found.planned_share, found.realised, found.overdue_since), (500_000, Some(250_000), None));
    assert!(found.is_behind() && !found.unmeasured());
    assert_eq!(one(&spring, day(2021, 7, 1)).overdue_since, Some(day(2021, 6, 30)), "last measured in March");
    assert_eq!(one(&spring, day(2021, 3, 30)).realised, None, "what was measured later is not known yet");
    let late = measured(spring, day(2021, 7, 14), 300_000 * MILLION);
    assert_eq!(one(&late, day(2021, 7, 15)).overdue_since, None, "late is measured");
}

#[test]
fn less_is_better_where_the_target_is_below_the_baseline() {
    let alarms = Benefit {
        kind: Type::Quality,
        baseline: 41 * MILLION,
        target: 10 * MILLION,
        profile: [(day(2021, 12, 31), 10 * MILLION)].into(),
        ..benefit()
    };
    let worse = measured(alarms.clone(), day(2021, 6, 1), 44 * MILLION);
    assert_eq!(one(&worse, day(2021, 6, 1)).realised, Some(-96_774));
    let better = measured(alarms, day(2021, 6, 1), 4 * MILLION);
    assert_eq!(one(&better, day(2021, 6, 1)).realised, Some(1_193_548), "more than was aimed at");
}

#[test]
fn cashable_benefits_add_up_by_their_shares_and_harms_stand_apart() {
    let harm = Benefit { kind: Type::Disbenefit, unit: "days".into(), ..benefit() };
    let spend = Benefit { baseline: 500_000 * MILLION, target: 400_000 * MILLION, ..benefit() };
    let spend = Benefit { profile: [(day(2021, 3, 31), 400_000 * MILLION)].into(), ..spend };
    let register = BTreeMap::from([
        ("B1".to_owned(), measured(benefit(), day(2021, 3, 31), 150_000 * MILLION)),
        ("B2".to_owned(), measured(spend, day(2021, 3, 1), 460_000 * MILLION)),
        ("B3".to_owned(), Benefit { status: Status::Abandoned, ..benefit() }),
        ("B4".to_owned(), Benefit { status: Status::Proposed, ..benefit() }),
        ("D1".to_owned(), measured(harm, day(2021, 3, 31), 9)),
    ]);
    let review = review(&register, day(2021, 4, 30));
    let ids = |list: &[Reviewed<'_>]| list.iter().map(|r| r.id.to_owned()).collect::<Vec<_>>();
    assert_eq!(
        (ids(&review.benefits), ids(&review.disbenefits)),
        (["B1", "B2", "B4"].map(String::from).into(), vec!["D1".into()])
    );
    let expected = CashableTotals {
        target: 466_900 * MILLION,
        planned: 133_400 * MILLION,
        realised: 126_730 * MILLION,
        benefits: 2,
        measured: 2,
    };
    assert_eq!(review.cashable, expected);
}

#[test]
fn what_is_not_agreed_or_is_over_cannot_be_overdue() {
    for status in [Status::Proposed, Status::Closed] {
        assert_eq!(one(&Benefit { status, ..benefit() }, day(2030, 1, 1)).overdue_since, None);
    }
}

proptest! {
    #[test]
    fn the_way_is_none_at_the_baseline_all_at_the_target_and_never_turns(
        baseline in -1_000_000_000_000_000..1_000_000_000_000_000_i64,
        target in -1_000_000_000_000_000..1_000_000_000_000_000_i64,
        (a, b) in (-1_000_000_000_000_000..1_000_000_000_000_000_i64, -1_000_000_000_000_000..1_000_000_000_000_000_i64),
    ) {
        prop_assume!(baseline != target);
        let benefit = Benefit { baseline, target, ..benefit() };
        prop_assert_eq!((way(&benefit, baseline), way(&benefit, target)), (0, MILLION));
        let nearer = benefit.gain(a).cmp(&benefit.gain(b));
        prop_assert!(way(&benefit, a).cmp(&way(&benefit, b)) == nearer || way(&benefit, a) == way(&benefit, b));
    }
}
