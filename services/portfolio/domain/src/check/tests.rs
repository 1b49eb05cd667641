use rstest::rstest;

use super::*;
use crate::{
    Score,
    rank::tests::{T1, T2, inputs, signal},
};

fn criterion(inputs: &mut Inputs) -> &mut Criterion {
    inputs.criteria.get_mut("fit").unwrap()
}

fn item(inputs: &mut Inputs) -> &mut Item {
    inputs.items.get_mut("A").unwrap()
}

#[test]
fn a_sound_model_passes() {
    assert_eq!(check(&inputs()), []);
}

#[rstest]
#[case::equal_anchors("criteria/fit.highest", |i: &mut Inputs| criterion(i).highest = 0)]
#[case::far_anchor("criteria/fit.highest", |i: &mut Inputs| criterion(i).highest = 1_000_001 * ONE)]
#[case::swing("criteria/fit.swing", |i: &mut Inputs| criterion(i).swing = 100_001)]
#[case::no_swing("criteria.swing", |i: &mut Inputs| i.criteria.values_mut().for_each(|c| c.swing = 0))]
#[case::prior("criteria/fit.prior_value", |i: &mut Inputs| criterion(i).prior_value = ONE + 1)]
#[case::two_demands("criteria.source", |i: &mut Inputs| {
    let second = i.criteria["demand"].clone();
    i.criteria.insert("second".into(), second);
})]
#[case::turning_points("criteria/fit.points", |i: &mut Inputs| {
    criterion(i).points = vec![(0, 0), (ONE, ONE), (2 * ONE, 0), (100 * ONE, ONE)];
})]
#[case::repeated_point("criteria/fit.points", |i: &mut Inputs| {
    criterion(i).points = vec![(0, 0), (0, ONE / 2), (100 * ONE, ONE)];
})]
#[case::open_ends("criteria/fit.points", |i: &mut Inputs| criterion(i).points = vec![(0, 0), (50 * ONE, ONE)])]
#[case::bent_demand("criteria/demand.points", |i: &mut Inputs| {
    i.criteria.get_mut("demand").unwrap().points = vec![(0, 0), (ONE / 2, ONE), (ONE, ONE)];
})]
#[case::range("workItems/A.scores", |i: &mut Inputs| {
    item(i).scores.insert("fit".into(), Score { low: 5, likely: 4, high: 6 });
})]
#[case::far_score("workItems/A.scores", |i: &mut Inputs| {
    item(i).scores.insert("fit".into(), Score::exactly(i64::MAX));
})]
#[case::scored_demand("workItems/A.scores", |i: &mut Inputs| {
    item(i).scores.insert("demand".into(), Score::exactly(0));
})]
#[case::no_criterion("workItems/A.scores", |i: &mut Inputs| {
    item(i).scores.insert("none".into(), Score::exactly(0));
})]
#[case::strengths("workItems/A.links", |i: &mut Inputs| {
    item(i).links = BTreeMap::from([(T1.into(), 600), (T2.into(), 401)]);
})]
#[case::no_strength("workItems/A.links", |i: &mut Inputs| item(i).links = BTreeMap::from([(T1.into(), 0)]))]
#[case::cost("workItems/A.cost_gbp", |i: &mut Inputs| item(i).cost_gbp = -1)]
#[case::effort("workItems/A.effort_centimonths", |i: &mut Inputs| item(i).effort_centimonths = -1)]
#[case::portfolio("workItems/A.portfolio", |i: &mut Inputs| item(i).portfolio = "none".into())]
#[case::dependency("workItems/A.depends_on", |i: &mut Inputs| item(i).depends_on = ["none".into()].into())]
#[case::circle("work_items.depends_on", |i: &mut Inputs| {
    item(i).depends_on.insert("B".into());
    i.items.get_mut("B").unwrap().depends_on.insert("A".into());
})]
#[case::many_items("work_items", |i: &mut Inputs| {
    let item = i.items["A"].clone();
    i.items.extend((0..10_000).map(|n| (format!("I{n}"), item.clone())));
})]
#[case::tallies("codebooks/c.organisations/O1", |i: &mut Inputs| {
    i.signals.insert("c".into(), BTreeMap::from([("O1".into(), signal(1, &[(T1, 2)]))]));
})]
fn what_is_wrong_is_named(#[case] field: &str, #[case] spoil: fn(&mut Inputs)) {
    let mut inputs = inputs();
    spoil(&mut inputs);
    let wrong = check(&inputs);
    assert!(wrong.iter().any(|(named, _)| named == field), "{wrong:?}");
}

#[test]
fn a_circle_is_found_and_named_however_long_a_chain_is() {
    let item = inputs().items["A"].clone();
    let name = |n: usize| format!("I{n:05}");
    let mut items: BTreeMap<String, Item> =
        (0..30_000).map(|n| (name(n), Item { depends_on: [name(n + 1)].into(), ..item.clone() })).collect();
    assert_eq!(cycle(&items), None);
    items.get_mut(&name(29_999)).unwrap().depends_on = [name(29_997), name(5)].into();
    let found = cycle(&items).unwrap();
    assert_eq!((found.len(), &found[0], found.last().unwrap()), (29_996, &name(5), &name(5)));
    let two = BTreeMap::from(["A", "B"].map(|id| {
        let other = if id == "A" { "B" } else { "A" };
        (id.to_owned(), Item { depends_on: [other.to_owned()].into(), ..item.clone() })
    }));
    assert_eq!(cycle(&two).unwrap(), ["A", "B", "A"]);
    let alone = BTreeMap::from([("A".to_owned(), Item { depends_on: ["A".to_owned()].into(), ..item })]);
    assert_eq!(cycle(&alone).unwrap(), ["A", "A"]);
}
