use pretty_assertions::assert_eq;
use rstest::rstest;

use super::*;
use crate::{Pin, rank::tests::inputs as sound};

fn by(name: &str) -> Approval {
    Approval { by: name.into(), at: 1, comment: String::new() }
}

fn proposal(chosen: &[&str]) -> Proposal {
    Proposal {
        title: "This year's work".into(),
        reason: "as the board asked".into(),
        revision: 3,
        digest: "d".into(),
        order: ["A", "B", "C"].map(str::to_owned).into(),
        chosen: Proposal::work(&sound(), &chosen.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>()),
        budget_gbp: None,
    }
}

/// C needs B, A and B exclude each other, and each costs 100.
fn inputs() -> Inputs {
    let mut inputs = sound();
    inputs.items.get_mut("C").unwrap().depends_on.insert("B".into());
    inputs.items.get_mut("A").unwrap().excludes.insert("B".into());
    inputs
}

fn pinned(inputs: &mut Inputs, id: &str, held_in: bool) {
    let pin = Pin { held_in, reason: "r".into(), owner: "o".into(), expires_at: 1 };
    inputs.pins.insert(id.into(), pin);
}

#[test]
fn a_sound_proposal_passes() {
    assert_eq!(proposal(&["B", "C"]).check(&inputs()), Ok(()));
    let exact = Proposal { budget_gbp: Some(200), ..proposal(&["B", "C"]) };
    assert_eq!(exact.check(&inputs()), Ok(()));
}

#[rstest]
#[case::nothing(&[], "is empty")]
#[case::unknown(&["A", "Z"], "revision 3 has no item Z")]
#[case::without_what_it_needs(&["C"], "C needs B")]
#[case::with_what_it_excludes(&["A", "B"], "A and B exclude each other")]
fn what_cannot_be_done_together_is_named(#[case] chosen: &[&str], #[case] text: &str) {
    let Err(Refusal::Invalid(wrong)) = proposal(chosen).check(&inputs()) else { panic!("it passed") };
    assert!(wrong.iter().any(|(field, told)| field == "work_items" && told.contains(text)), "{wrong:?}");
}

#[test]
fn what_must_be_done_and_what_is_kept_out_bind_a_proposal() {
    let mut bound = inputs();
    bound.items.get_mut("A").unwrap().mandatory = true;
    pinned(&mut bound, "C", false);
    let Err(Refusal::Invalid(wrong)) = proposal(&["B", "C"]).check(&bound) else { panic!("it passed") };
    let told: Vec<&str> = wrong.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(told, ["A is missing: it is mandatory", "C is pinned out of every plan"]);
    pinned(&mut bound, "B", true);
    bound.items.get_mut("A").unwrap().mandatory = false;
    let Err(Refusal::Invalid(wrong)) = proposal(&["A"]).check(&bound) else { panic!("it passed") };
    assert_eq!(wrong[0].1, "B is missing: it is pinned into every plan");
}

#[test]
fn a_plan_over_its_budget_is_refused_with_both_figures() {
    let dear = Proposal { budget_gbp: Some(199), title: " ".into(), ..proposal(&["B", "C"]) };
    let Err(Refusal::Invalid(wrong)) = dear.check(&inputs()) else { panic!("it passed") };
    assert_eq!(wrong[0].0, "title");
    assert_eq!(wrong[1], ("budget_gbp".to_owned(), "is 199, but the work costs 200".to_owned()));
}

#[test]
fn as_many_different_people_approve_as_the_policy_asks_for() {
    let plan = Plan::propose(proposal(&["A"]), by("mia"), 2);
    assert!(matches!(plan.clone().publish(by("mia")), Err(Refusal::WrongState { is: State::Proposed, .. })));
    let once = plan.approve(by("mia")).unwrap();
    assert_eq!(once.state, State::Proposed);
    assert_eq!(once.clone().approve(by("mia")), Err(Refusal::AlreadyApproved("mia".into())));
    let twice = once.approve(by("ben")).unwrap();
    assert_eq!(twice.state, State::Approved);
    assert!(matches!(twice.clone().approve(by("eve")), Err(Refusal::WrongState { .. })));
    let published = twice.publish(by("ben")).unwrap();
    assert_eq!(published.state, State::Published);
    assert!(matches!(published.clone().withdraw(by("mia")), Err(Refusal::WrongState { .. })));
    assert_eq!(published.supersede().state, State::Superseded);
}

#[test]
fn what_is_withdrawn_stays_so() {
    let plan = Plan::propose(proposal(&["A"]), by("mia"), 0);
    assert_eq!(plan.approvers, 1, "somebody always has to agree");
    let withdrawn = plan.withdraw(by("mia")).unwrap();
    assert!(matches!(withdrawn.clone().approve(by("ben")), Err(Refusal::WrongState { .. })));
    assert!(matches!(withdrawn.withdraw(by("ben")), Err(Refusal::WrongState { .. })));
}
