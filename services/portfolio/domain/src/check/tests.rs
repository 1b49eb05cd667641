use rstest::rstest;

use super::*;
use crate::{
    Pin, Programme, Resource, Score, ThemeLink,
    rank::tests::{T1, T2, inputs, signal},
};

fn criterion(inputs: &mut Inputs) -> &mut Criterion {
    inputs.criteria.get_mut("fit").unwrap()
}

fn item(inputs: &mut Inputs) -> &mut Item {
    inputs.items.get_mut("A").unwrap()
}

fn pin(held_in: bool) -> Pin {
    Pin { held_in, reason: "a duty".into(), owner: "the board".into(), expires_at: 1 }
}

#[test]
fn a_sound_model_passes() {
    assert_eq!(check(&inputs()), []);
    let mut bound = inputs();
    bound.programmes.insert("R".into(), Programme { portfolio: "P".into(), title: "R".into() });
    bound.resources.insert("days".into(), Resource { title: "Days".into(), unit: "day".into() });
    item(&mut bound).programme = "R".into();
    item(&mut bound).needs = BTreeMap::from([("days".into(), 250)]);
    item(&mut bound).excludes = ["B".into()].into();
    item(&mut bound).mandatory = true;
    bound.pins.extend([("A".into(), pin(true)), ("B".into(), pin(false))]);
    assert_eq!(check(&bound), []);
}

#[rstest]
#[case::equal_anchors("criteria/fit.highest", |i: &mut Inputs| criterion(i).highest = 0)]
#[case::far_anchor("criteria/fit.highest", |i: &mut Inputs| criterion(i).highest = 1_000_001 * ONE)]
#[case::swing("criteria/fit.swing", |i: &mut Inputs| criterion(i).swing = 100_001)]
#[case::no_swing("criteria.swing", |i: &mut Inputs| i.criteria.values_mut().for_each(|c| c.swing = 0))]
#[case::prior("criteria/fit.prior_value", |i: &mut Inputs| criterion(i).prior_value = ONE + 1)]
#[case::two_demands("criteria/second.source", |i: &mut Inputs| {
    let second = i.criteria["demand"].clone();
    i.criteria.insert("second".into(), second);
})]
#[case::two_evidences("criteria/one.source", |i: &mut Inputs| {
    for id in ["one", "other"] {
        let taking = Criterion { highest: ONE, takes_evidence: true, ..i.criteria["fit"].clone() };
        i.criteria.insert(id.into(), taking);
    }
})]
#[case::demand_and_evidence("criteria/demand.source", |i: &mut Inputs| {
    i.criteria.get_mut("demand").unwrap().takes_evidence = true;
})]
#[case::scored_evidence("workItems/A.scores", |i: &mut Inputs| criterion(i).takes_evidence = true)]
#[case::strong_evidence("codebooks/c/themes/T1.evidence", |i: &mut Inputs| {
    let piece = crate::evidence::Piece { strength: 6, date: String::new() };
    i.evidence.insert(T1.into(), BTreeMap::from([("codebooks/c/evidence/1".into(), piece)]));
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
    item(i).links = BTreeMap::from([(T1.into(), 600.into()), (T2.into(), 401.into())]);
})]
#[case::no_strength("workItems/A.links", |i: &mut Inputs| item(i).links = BTreeMap::from([(T1.into(), 0.into())]))]
#[case::confidence("workItems/A.links", |i: &mut Inputs| {
    let link = ThemeLink { confidence: 1_001, ..1.into() };
    item(i).links = BTreeMap::from([(T1.into(), link)]);
})]
#[case::cost("workItems/A.cost_gbp", |i: &mut Inputs| item(i).cost_gbp = -1)]
#[case::effort("workItems/A.effort_centimonths", |i: &mut Inputs| item(i).effort_centimonths = -1)]
#[case::portfolio("workItems/A.portfolio", |i: &mut Inputs| item(i).portfolio = "none".into())]
#[case::dependency("workItems/A.depends_on", |i: &mut Inputs| item(i).depends_on = ["none".into()].into())]
#[case::programme("workItems/A.programme", |i: &mut Inputs| item(i).programme = "none".into())]
#[case::programme_elsewhere("workItems/A.programme", |i: &mut Inputs| {
    i.portfolios.insert("Q".into(), i.portfolios["P"].clone());
    i.programmes.insert("R".into(), Programme { portfolio: "Q".into(), title: "R".into() });
    item(i).programme = "R".into();
})]
#[case::programme_of_nothing("programmes/R.portfolio", |i: &mut Inputs| {
    i.programmes.insert("R".into(), Programme { portfolio: "none".into(), title: "R".into() });
})]
#[case::resource("workItems/A.needs", |i: &mut Inputs| item(i).needs = BTreeMap::from([("days".into(), 100)]))]
#[case::negative_need("workItems/A.needs", |i: &mut Inputs| {
    i.resources.insert("days".into(), Resource { title: "Days".into(), unit: "day".into() });
    item(i).needs = BTreeMap::from([("days".into(), -1)]);
})]
#[case::excludes_itself("workItems/A.excludes", |i: &mut Inputs| item(i).excludes = ["A".into()].into())]
#[case::excludes_nothing("workItems/A.excludes", |i: &mut Inputs| item(i).excludes = ["none".into()].into())]
#[case::pinned_nothing("pins/none.work_item", |i: &mut Inputs| drop(i.pins.insert("none".into(), pin(true))))]
#[case::pinned_without_a_reason("pins/A.reason", |i: &mut Inputs| {
    i.pins.insert("A".into(), Pin { reason: " ".into(), ..pin(true) });
})]
#[case::mandatory_kept_out("pins/A.decision", |i: &mut Inputs| {
    item(i).mandatory = true;
    i.pins.insert("A".into(), pin(false));
})]
#[case::needed_kept_out("pins/A.decision", |i: &mut Inputs| {
    i.items.get_mut("B").unwrap().depends_on.insert("A".into());
    i.pins.extend([("A".into(), pin(false)), ("B".into(), pin(true))]);
})]
#[case::both_of_two_that_exclude_each_other("workItems/A.excludes", |i: &mut Inputs| {
    item(i).excludes = ["C".into()].into();
    item(i).mandatory = true;
    i.items.get_mut("B").unwrap().depends_on.insert("C".into());
    i.pins.insert("B".into(), pin(true));
})]
#[case::circle("workItems/A.depends_on", |i: &mut Inputs| {
    item(i).depends_on.insert("B".into());
    i.items.get_mut("B").unwrap().depends_on.insert("A".into());
})]
#[case::many_items("work_items", |i: &mut Inputs| {
    let item = i.items["A"].clone();
    i.items.extend((0..10_000).map(|n| (format!("I{n}"), item.clone())));
})]
#[case::tallies_against("codebooks/c.organisations/O1", |i: &mut Inputs| {
    let against = BTreeMap::from([(T1.to_owned(), 2)]);
    let signal = crate::Signal { against, ..signal(3, &[(T1, 1)]) };
    i.signals.insert("c".into(), BTreeMap::from([("O1".into(), signal)]));
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
    assert_eq!(circles(&items), Vec::<Vec<String>>::new());
    items.get_mut(&name(29_999)).unwrap().depends_on = [name(29_997), name(5)].into();
    let found = circles(&items);
    let shape = |circle: &Vec<String>| (circle.len(), circle[0].clone(), circle[circle.len() - 1].clone());
    let expected = [(29_996, name(5), name(5)), (4, name(29_997), name(29_997))];
    assert_eq!(found.iter().map(shape).collect::<Vec<_>>(), expected);
}

#[test]
fn every_circle_is_named_at_the_first_of_its_items() {
    let item = inputs().items["A"].clone();
    let of = |pairs: &[(&str, &str)]| -> BTreeMap<String, Item> {
        let entry = |(id, other): &(&str, &str)| {
            ((*id).to_owned(), Item { depends_on: [(*other).to_owned()].into(), ..item.clone() })
        };
        pairs.iter().map(entry).collect()
    };
    let items = of(&[("A", "B"), ("B", "A"), ("C", "C"), ("D", "E"), ("E", "F"), ("F", "E"), ("G", "A")]);
    assert_eq!(circles(&items), [vec!["A", "B", "A"], vec!["C", "C"], vec!["E", "F", "E"]]);
    let mut inputs = inputs();
    inputs.items.extend(items);
    let named = check(&inputs).into_iter().map(|(field, _)| field).filter(|f| f.ends_with("depends_on"));
    let expected = ["workItems/A.depends_on", "workItems/C.depends_on", "workItems/E.depends_on"];
    assert_eq!(named.collect::<Vec<_>>(), expected);
}

#[test]
fn an_item_that_excludes_itself_is_told_so_once() {
    let mut inputs = inputs();
    item(&mut inputs).excludes = ["A".into()].into();
    item(&mut inputs).mandatory = true;
    assert_eq!(
        check(&inputs),
        [("workItems/A.excludes".to_owned(), "an item cannot exclude itself".to_owned())]
    );
}

#[test]
fn what_is_kept_out_though_it_is_needed_is_told_with_what_needs_it() {
    let mut inputs = inputs();
    item(&mut inputs).depends_on = ["C".into()].into();
    inputs.items.get_mut("B").unwrap().depends_on = ["A".into()].into();
    inputs.pins.extend([("B".into(), pin(true)), ("C".into(), pin(false))]);
    let expected = "workItems/C is needed by B, which is pinned into the plan: it cannot be kept out";
    assert_eq!(check(&inputs), [("pins/C.decision".to_owned(), expected.to_owned())]);
}
