use pretty_assertions::assert_eq;

use super::*;
use crate::{ONE, rank::tests::inputs};

fn round() -> Round {
    let round = Round {
        title: "Fit, spring".into(),
        items: ["A".into(), "B".into()].into(),
        criteria: ["fit".into()].into(),
        scorers: BTreeSet::new(),
        state: State::Open,
        opened_by: "mia".into(),
        ballots: BTreeMap::new(),
        agreed: BTreeMap::new(),
        closed_by: String::new(),
        reason: String::new(),
    };
    round.open(&inputs()).unwrap()
}

fn cell(item: &str) -> Cell {
    (item.into(), "fit".into())
}

fn given(item: &str, likely: i64) -> Vec<(Cell, Option<Score>)> {
    vec![(cell(item), Some(Score::exactly(likely * ONE)))]
}

#[test]
fn people_score_see_the_spread_think_again_and_agree() {
    let mut scored = round();
    for (name, likely) in [("ana", 40), ("ben", 70), ("cat", 90), ("dan", 60)] {
        scored = scored.score(name, given("A", likely)).unwrap();
    }
    assert!(matches!(scored.clone().agree("mia", "r", vec![]), Err(Refusal::WrongState { .. })), "unseen");
    let shown = scored.show().unwrap();
    let spread = shown.spread();
    assert_eq!(spread.len(), 1, "nobody scored B");
    assert_eq!(
        (spread[0].scored, spread[0].lowest, spread[0].median, spread[0].highest),
        (4, 40 * ONE, 60 * ONE, 90 * ONE)
    );
    let again = shown.score("cat", given("A", 65)).unwrap();
    assert!(again.ballots["cat"].after_shown && !again.ballots["ana"].after_shown);
    let own = vec![(cell("B"), Score::exactly(5 * ONE))];
    let agreed = again.agree("mia", "as discussed", own).unwrap();
    assert_eq!(agreed.agreed["A"]["fit"], Score { low: 40 * ONE, likely: 60 * ONE, high: 70 * ONE });
    assert_eq!(agreed.agreed["B"]["fit"], Score::exactly(5 * ONE));
    assert!(matches!(agreed.clone().score("ana", given("A", 1)), Err(Refusal::WrongState { .. })));
    assert!(matches!(agreed.cancel("mia", "r"), Err(Refusal::WrongState { .. })));
}

#[test]
fn what_anybody_thinks_possible_spans_the_range() {
    let range = Score { low: 10, likely: 20, high: 90 };
    let scored = round().score("ana", vec![(cell("A"), Some(range))]).unwrap();
    let scored = scored.score("ben", vec![(cell("A"), Some(Score::exactly(30)))]).unwrap();
    assert_eq!(scored.spread()[0].suggested(), Score { low: 10, likely: 20, high: 90 });
}

#[test]
fn a_score_can_be_taken_back() {
    let scored = round().score("ana", given("A", 40)).unwrap();
    let taken_back = scored.score("ana", vec![(cell("A"), None)]).unwrap();
    assert_eq!(taken_back.spread(), []);
    assert!(taken_back.ballots["ana"].scores.is_empty());
}

#[test]
fn who_does_not_score_and_what_is_not_scored_are_refused() {
    let closed = Round { scorers: ["ana".into()].into(), ..round() };
    assert_eq!(closed.score("ben", given("A", 1)), Err(Refusal::NotAScorer("ben".into())));
    let wrong = |given| match round().score("ana", given) {
        Err(Refusal::Invalid(wrong)) => wrong[0].1.clone(),
        other => panic!("{other:?}"),
    };
    assert!(wrong(given("C", 1)).contains("C under fit is not part"));
    let falls = Score { low: 2, likely: 1, high: 3 };
    assert!(wrong(vec![(cell("A"), Some(falls))]).contains("must rise"));
    let shown = round().show().unwrap();
    assert!(matches!(shown.agree("mia", " ", vec![]), Err(Refusal::Invalid(_))), "a reason is needed");
}

#[test]
fn a_round_on_what_is_not_there_is_refused_by_name() {
    let bad =
        Round { items: ["Z".into()].into(), criteria: ["demand".into(), "none".into()].into(), ..round() };
    let Err(Refusal::Invalid(wrong)) = bad.open(&inputs()) else { panic!("it opened") };
    let told: Vec<&str> = wrong.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        told,
        [
            "there is no work item \"Z\"",
            "\"demand\" is council demand, not scored by people",
            "there is no criterion \"none\""
        ]
    );
}
