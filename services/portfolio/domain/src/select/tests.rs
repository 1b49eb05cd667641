use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::{Item, Kind, Pin, Ranked, Ranking, rank::tests::inputs};

/// A model of items with this worth and cost, named by their numbers so that the order of ids is theirs.
fn problem(worths: &[i128], costs: &[i64]) -> (Inputs, Ranking) {
    let mut inputs = Inputs { items: BTreeMap::new(), ..inputs() };
    let mut ranking = crate::rank(&inputs, Kind::Official);
    ranking.swings = 1;
    for (at, (worth, cost)) in worths.iter().zip(costs).enumerate() {
        let id = format!("{at:03}");
        inputs.items.insert(id.clone(), Item { cost_gbp: *cost, ..Item::default() });
        ranking.items.push(ranked(&id, *worth, *cost));
    }
    ranking.items.sort_by(Ranked::order);
    (inputs, ranking)
}

fn ranked(id: &str, worth: i128, cost_gbp: i64) -> Ranked {
    Ranked {
        id: id.into(),
        portfolio: "P".into(),
        rank: 0,
        worth,
        value: 0,
        demand: 0,
        demand_interval: (0.0, 1.0),
        behind: 0,
        cost_gbp,
        values: [].into(),
        missing_range: (0, 0),
    }
}

fn budget(most: i64) -> Limits {
    Limits { budget_gbp: Some(most), ..Limits::default() }
}

fn name(at: u64) -> String {
    format!("{at:03}")
}

fn pin(held_in: bool) -> Pin {
    Pin { held_in, reason: "r".into(), owner: "o".into(), expires_at: 0 }
}

#[test]
fn the_reference_knapsack() {
    let vectors: Value = serde_json::from_str(include_str!("../../tests/vectors.json")).unwrap();
    let case = &vectors["knapsack"];
    let numbers =
        |v: &Value| -> Vec<i64> { v.as_array().unwrap().iter().map(|n| n.as_i64().unwrap()).collect() };
    let worths: Vec<i128> = numbers(&case["value"]).into_iter().map(i128::from).collect();
    let (mut inputs, ranking) = problem(&worths, &numbers(&case["cost"]));
    for (item, needed) in case["requires"].as_object().unwrap() {
        let item = inputs.items.get_mut(&name(item.parse().unwrap())).unwrap();
        item.depends_on = numbers(needed).iter().map(|at| name(at.unsigned_abs())).collect();
    }
    for pair in case["mutually_exclusive"].as_array().unwrap() {
        let pair = numbers(pair);
        let item = inputs.items.get_mut(&name(pair[0].unsigned_abs())).unwrap();
        item.excludes.insert(name(pair[1].unsigned_abs()));
    }
    for at in numbers(&case["mandatory"]) {
        inputs.items.get_mut(&name(at.unsigned_abs())).unwrap().mandatory = true;
    }
    let found = select(&inputs, &ranking, &budget(case["budget"].as_i64().unwrap())).unwrap();
    let optimum = &case["optimum"];
    let chosen: Vec<String> = numbers(&optimum["chosen"]).iter().map(|at| name(at.unsigned_abs())).collect();
    assert_eq!(found.items, chosen);
    assert_eq!(found.worth, i128::from(optimum["value"].as_i64().unwrap()));
    assert_eq!(found.cost_gbp, optimum["cost"].as_i64().unwrap());
    assert_eq!((found.proven, found.first_of_equals, found.at_most), (true, true, found.value));
}

#[test]
fn the_ranks_order_alone_misses_what_the_best_selection_finds() {
    let (inputs, ranking) = problem(&[60, 50, 50], &[10, 6, 5]);
    let limits = budget(11);
    assert_eq!(fill(&inputs, &ranking, &limits).unwrap().items, ["000"]);
    let best = select(&inputs, &ranking, &limits).unwrap();
    assert_eq!((best.items.as_slice(), best.worth), (["001".to_owned(), "002".to_owned()].as_slice(), 100));
    assert_eq!(best.uses, [Use { limit: Limit::Budget, available: 11, used: 11 }]);
}

#[test]
fn what_is_required_beyond_a_limit_is_told_by_name() {
    let (mut inputs, ranking) = problem(&[60, 50, 50], &[10, 6, 5]);
    inputs.items.get_mut("000").unwrap().mandatory = true;
    inputs.items.get_mut("000").unwrap().depends_on.insert("001".into());
    inputs.pins.insert("002".into(), pin(true));
    let refused = select(&inputs, &ranking, &budget(20)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "what is required costs £21, and there is £20: 000 £10 (mandatory), 001 £6 (needed by a required item), \
         002 £5 (pinned in)"
    );
    assert_eq!(select(&inputs, &ranking, &budget(21)).unwrap().items, ["000", "001", "002"]);
    let none = Limits { effort_centimonths: Some(0), ..Limits::default() };
    assert_eq!(select(&inputs, &ranking, &none).unwrap().items.len(), 3, "effort is not taken by any");
}

#[test]
fn each_decision_has_its_price() {
    let (mut inputs, ranking) = problem(&[60, 50, 50], &[10, 6, 5]);
    inputs.pins.insert("000".into(), pin(true));
    inputs.pins.insert("002".into(), pin(false));
    let limits = budget(11);
    let found = select(&inputs, &ranking, &limits).unwrap();
    assert_eq!(found.items, ["000"]);
    let prices = prices(&inputs, &ranking, &limits, &found).unwrap();
    let told: Vec<_> = prices.iter().map(|p| (p.item.as_str(), p.why.clone(), p.value)).collect();
    // Without the first, only 001 is left (50 < 60): the pin costs nothing while 002 is kept out.
    assert_eq!(told, [("000", Why::HeldIn, 0), ("002", Why::KeptOut, 0)]);
    inputs.pins.remove("002");
    let prices = super::prices(&inputs, &ranking, &limits, &found).unwrap();
    assert_eq!((prices[0].value, prices[0].proven), (40, true));
}

#[test]
fn the_frontier_rises_and_ends_with_all_work() {
    let (inputs, ranking) = problem(&[60, 50, 50], &[10, 6, 5]);
    let frontier = frontier(&inputs, &ranking, &Limits::default(), 7).unwrap();
    let told: Vec<_> = frontier.iter().map(|(budget, found)| (*budget, found.worth)).collect();
    assert_eq!(told, [(0, 0), (3, 0), (6, 50), (9, 50), (12, 100), (15, 110), (18, 110), (21, 160)]);
}

#[test]
fn of_sets_that_are_worth_and_cost_the_same_it_is_the_first_by_id() {
    let (mut inputs, ranking) = problem(&[1, 4, 3, 0], &[0, 5, 5, 0]);
    for (item, effort) in inputs.items.values_mut().zip([1, 4, 3, 0]) {
        item.effort_centimonths = effort;
    }
    let limits = Limits { effort_centimonths: Some(4), ..Limits::default() };
    let found = select(&inputs, &ranking, &limits).unwrap();
    assert_eq!(
        (found.items.as_slice(), found.worth, found.cost_gbp),
        (["000".to_owned(), "002".to_owned()].as_slice(), 4, 5)
    );
}

#[test]
fn a_hundred_equal_items_are_no_trouble() {
    let (inputs, ranking) = problem(&[7; 100], &[10; 100]);
    let found = select(&inputs, &ranking, &budget(505)).unwrap();
    assert_eq!(found.items, (0..50).map(name).collect::<Vec<_>>());
    assert!(found.proven);
}

#[test]
fn as_many_items_as_there_may_be_are_selected_from_and_one_more_is_refused() {
    let number = |at: usize| (at * 7_919 + 13) % 1_009;
    let worths: Vec<i128> = (0..ITEMS).map(|at| 300_000 + number(at) as i128 * 500).collect();
    let costs: Vec<i64> = (0..ITEMS).map(|at| 20 + (number(at + 500) as i64) / 3).collect();
    let (mut inputs, mut ranking) = problem(&worths, &costs);
    for at in (3..ITEMS).step_by(7) {
        let needed = format!("{:03}", at - 3);
        inputs.items.get_mut(&format!("{at:03}")).unwrap().depends_on.insert(needed);
    }
    let limits = budget(costs.iter().sum::<i64>() / 3);
    let filled = fill(&inputs, &ranking, &limits).unwrap();
    // Cut short, as a proof may take long: what is found is possible, better than the order, and known to be near.
    let found = best(Model::new(&inputs, &ranking, &limits).unwrap(), None, 200);
    assert!(found.uses[0].slack() >= 0 && found.worth > filled.worth, "{} of {}", filled.worth, found.worth);
    assert!(!found.proven && found.at_most >= found.value && found.at_most - found.value < found.value / 100);
    inputs.items.insert("more".into(), Item::default());
    ranking.items.push(ranked("more", 1, 1));
    assert!(matches!(select(&inputs, &ranking, &limits), Err(Infeasible::TooLarge(_))));
}

#[derive(Debug, Clone)]
struct Case {
    worths: Vec<i128>,
    costs: Vec<i64>,
    efforts: Vec<i64>,
    days: Vec<i64>,
    needs: Vec<(usize, usize)>,
    excludes: Vec<(usize, usize)>,
    mandatory: Vec<usize>,
    pins: Vec<(usize, bool)>,
    limits: (Option<i64>, Option<i64>, Option<i64>),
}

/// Small numbers make many ties; large ones are as worths are.
fn cases() -> impl Strategy<Value = Case> {
    let worth = prop_oneof![0_i128..6, 0_i128..800_000_000_000_000_000];
    (1_usize..=9).prop_flat_map(move |count| {
        let pairs = prop::collection::vec((0..count, 0..count), 0..5);
        let excludes = prop::collection::vec((0..count, 0..count), 0..3);
        let columns = prop::collection::vec((worth.clone(), 0_i64..7, 0_i64..5, 0_i64..4), count);
        let limit = |most: i64| prop::option::weighted(0.7, 0..most);
        let pins = prop::collection::vec((0..count, any::<bool>()), 0..3);
        let mandatory = prop::collection::vec(0..count, 0..2);
        (columns, pairs, excludes, mandatory, pins, (limit(30), limit(20), limit(12))).prop_map(
            |(columns, pairs, excludes, mandatory, pins, limits)| Case {
                worths: columns.iter().map(|c| c.0).collect(),
                costs: columns.iter().map(|c| c.1).collect(),
                efforts: columns.iter().map(|c| c.2).collect(),
                days: columns.iter().map(|c| c.3).collect(),
                needs: pairs.into_iter().filter(|(a, b)| a > b).collect(),
                excludes: excludes.into_iter().filter(|(a, b)| a != b).collect(),
                mandatory,
                pins,
                limits,
            },
        )
    })
}

impl Case {
    fn model(&self) -> (Inputs, Ranking, Limits) {
        let (mut inputs, ranking) = problem(&self.worths, &self.costs);
        for (at, item) in inputs.items.values_mut().enumerate() {
            item.effort_centimonths = self.efforts[at];
            item.needs.insert("days".into(), self.days[at]);
            item.mandatory = self.mandatory.contains(&at);
            let name = |at: usize| format!("{at:03}");
            item.depends_on = self.needs.iter().filter(|(a, _)| *a == at).map(|(_, b)| name(*b)).collect();
            item.excludes = self.excludes.iter().filter(|(a, _)| *a == at).map(|(_, b)| name(*b)).collect();
        }
        inputs.pins = self.pins.iter().map(|(at, held_in)| (format!("{at:03}"), pin(*held_in))).collect();
        let limits = Limits {
            budget_gbp: self.limits.0,
            effort_centimonths: self.limits.1,
            resources: self.limits.2.map(|most| ("days".to_owned(), most)).into_iter().collect(),
        };
        (inputs, ranking, limits)
    }

    /// Every set that is possible, the best first: worth, then cost, then the order of ids.
    fn by_trying_all(&self) -> Option<Vec<usize>> {
        let count = self.worths.len();
        let pins: BTreeMap<usize, bool> = self.pins.iter().copied().collect();
        let sets =
            (0_u32..1 << count).map(|set| (0..count).filter(|at| set >> at & 1 == 1).collect::<Vec<_>>());
        let sum = |of: &[i64], set: &[usize]| set.iter().map(|at| of[*at]).sum::<i64>();
        let fits =
            |most: Option<i64>, of: &[i64], set: &[usize]| most.is_none_or(|most| sum(of, set) <= most);
        let possible = sets.filter(|set| {
            let has = |at: &usize| set.contains(at);
            fits(self.limits.0, &self.costs, set)
                && fits(self.limits.1, &self.efforts, set)
                && fits(self.limits.2, &self.days, set)
                && self.needs.iter().all(|(a, b)| !has(a) || has(b))
                && self.excludes.iter().all(|(a, b)| !has(a) || !has(b))
                && self.mandatory.iter().all(has)
                && pins.iter().all(|(at, held_in)| has(at) == *held_in)
        });
        possible.max_by(|a, b| {
            let worth = |set: &[usize]| set.iter().map(|at| self.worths[*at]).sum::<i128>();
            (worth(a), sum(&self.costs, b)).cmp(&(worth(b), sum(&self.costs, a))).then_with(|| b.cmp(a))
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn the_selection_is_the_best_of_all_sets(case in cases()) {
        let (inputs, ranking, limits) = case.model();
        let mut impossible = Vec::new();
        constraints::check(&inputs, &mut impossible);
        impossible.retain(|(field, _)| field.contains("excludes") || field.contains("decision"));
        prop_assume!(impossible.is_empty());
        let best = case.by_trying_all();
        match select(&inputs, &ranking, &limits) {
            Ok(found) => {
                let ids: Vec<String> = best.unwrap().iter().map(|at| format!("{at:03}")).collect();
                prop_assert_eq!(&found.items, &ids);
                prop_assert!(found.proven && found.first_of_equals);
                prop_assert_eq!(found.value, found.at_most);
                let filled = fill(&inputs, &ranking, &limits).unwrap();
                prop_assert!(filled.worth <= found.worth);
            }
            Err(Infeasible::Broken(broken)) => {
                prop_assert_eq!(best, None);
                prop_assert!(!broken.is_empty());
            }
            Err(too_large) => prop_assert!(false, "{}", too_large),
        }
    }
}
