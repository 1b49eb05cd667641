use chrono::DateTime;
use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;
use crate::procurement::{Cpv, Key, Status};

fn contract(organisation: &str, id: &str, end: &str) -> Contract {
    Contract {
        key: Key { ocid: "o".into(), award: String::new(), contract: id.into(), supplier: "S".into() },
        organisation: organisation.into(),
        title: String::new(),
        supplier_name: "Acme Ltd".into(),
        supplier_id: "S".into(),
        cpv: Some(Cpv { code: "48450000".into(), title: "HR software".into() }),
        product: "Payroll".into(),
        annual_value_pence: Some(1_000_000),
        start: None,
        end: Some(end.parse().unwrap()),
        max_extent: None,
        estimated: false,
        status: Status::Active,
        released: DateTime::UNIX_EPOCH,
    }
}

fn ids(opportunity: &Opportunity, contracts: &[Contract]) -> Vec<String> {
    let name = |id: &String| contracts.iter().find(|c| c.key.id() == *id).unwrap().key.contract.clone();
    opportunity.contracts.iter().map(name).collect()
}

#[test]
fn two_councils_whose_contracts_end_within_a_year_can_buy_together() {
    let contracts = [
        contract("A", "a", "2026-03-31"),
        contract("B", "b", "2027-03-31"),
        contract("C", "c", "2027-04-01"),
        Contract { status: Status::Terminated, ..contract("D", "d", "2026-06-30") },
    ];
    let found = opportunities(&contracts[..2], &Search::by(Basis::Product));
    let [one] = &found[..] else { panic!("{found:?}") };
    assert_eq!((one.organisations.join(","), one.annual_value_pence), ("A,B".into(), 2_000_000));
    assert_eq!(
        (one.earliest_end.to_string(), one.latest_end.to_string()),
        ("2026-03-31".into(), "2027-03-31".into())
    );
    assert_eq!(one.suggested_start.to_string(), "2025-06-30");
    assert_eq!(one.title, "Payroll");
    let alone = [contracts[0].clone(), contracts[2].clone(), contracts[3].clone()];
    assert_eq!(opportunities(&alone, &Search::by(Basis::Product)), []);
    let twice = [contracts[0].clone(), contract("A", "a2", "2026-04-30")];
    assert_eq!(opportunities(&twice, &Search::by(Basis::Supplier)), [], "one council is no partnership");
    let past = Search { from: Some("2026-04-01".parse().unwrap()), ..Search::by(Basis::Product) };
    assert_eq!(ids(&opportunities(&contracts, &past)[0], &contracts), ["b", "c"]);
}

#[test]
fn windows_are_laid_so_that_most_pairs_of_councils_meet() {
    let contracts = [
        contract("A", "a", "2026-01-01"),
        contract("B", "b", "2026-12-01"),
        contract("C", "c", "2027-02-01"),
        contract("D", "d", "2027-03-01"),
    ];
    let found = opportunities(&contracts, &Search::by(Basis::Supplier));
    assert_eq!(found.iter().map(|o| ids(o, &contracts)).collect::<Vec<_>>(), [["b", "c", "d"]]);
}

#[test]
fn a_value_that_is_not_known_is_counted_and_not_taken_as_zero() {
    let unknown = Contract { annual_value_pence: None, ..contract("B", "b", "2026-03-31") };
    let shared = Contract {
        key: Key { supplier: "S2".into(), ..contract("A", "a", "2026-03-31").key },
        ..contract("A", "a", "2026-03-31")
    };
    let contracts = [contract("A", "a", "2026-03-31"), shared, unknown];
    let found = opportunities(&contracts, &Search::by(Basis::Category(4)));
    assert_eq!((found[0].annual_value_pence, found[0].with_value, found[0].without_value), (1_000_000, 1, 1));
    assert_eq!((found[0].contracts.len(), found[0].title.as_str()), (3, "HR software (CPV 4845)"));
}

#[test]
fn options_to_extend_open_a_window_of_their_own() {
    let extended =
        Contract { max_extent: Some("2028-03-31".parse().unwrap()), ..contract("A", "a", "2026-03-31") };
    let contracts = [extended, contract("B", "b", "2026-06-30"), contract("C", "c", "2028-01-31")];
    let found = opportunities(&contracts, &Search::by(Basis::Product));
    let told: Vec<_> = found.iter().map(|o| (o.ending, ids(o, &contracts))).collect();
    let expected =
        [(Ending::Term, vec!["a".to_owned(), "b".into()]), (Ending::Extension, vec!["c".into(), "a".into()])];
    assert_eq!(told, expected);
}

#[test]
fn an_opportunity_keeps_its_id_while_contracts_join_it_later() {
    let mut contracts = vec![contract("A", "a", "2026-03-31"), contract("B", "b", "2026-06-30")];
    let first = opportunities(&contracts, &Search::by(Basis::Product));
    contracts.push(contract("C", "c", "2026-09-30"));
    contracts[1].annual_value_pence = Some(5);
    let later = opportunities(&contracts, &Search::by(Basis::Product));
    assert_eq!(first[0].id, later[0].id);
    assert_ne!(first[0].id, opportunities(&contracts, &Search::by(Basis::Supplier))[0].id);
    assert_ne!(
        opportunities(&contracts, &Search::by(Basis::Category(4)))[0].id,
        opportunities(&contracts, &Search::by(Basis::Category(5)))[0].id
    );
}

prop_compose! {
    fn some_contract()(
        organisation in 0..6_u32, end in 0..80_u32, extent in proptest::option::of(0..40_u32), supplier in 0..2_u32,
        class in prop_oneof![Just("48450000"), Just("48451000"), Just("72000000")],
        product in prop_oneof![Just("Payroll"), Just("payroll."), Just("")],
        value in proptest::option::of(0..1_000_000_i64),
    ) -> Contract {
        let month = |n: u32| NaiveDate::from_ymd_opt(2026, 1, 31).unwrap().checked_add_months(Months::new(n)).unwrap();
        let mut one = contract(&format!("O{organisation}"), "", "2026-01-31");
        (one.end, one.max_extent) = (Some(month(end)), extent.map(|extent| month(end + extent)));
        one.key.supplier = format!("S{supplier}");
        one.cpv = Some(Cpv { code: class.into(), title: String::new() });
        (one.product, one.annual_value_pence) = (product.into(), value);
        one
    }
}

fn basis() -> impl Strategy<Value = Basis> {
    prop_oneof![Just(Basis::Product), Just(Basis::Supplier), (2..=8_u8).prop_map(Basis::Category)]
}

proptest! {
    #[test]
    fn the_order_of_contracts_does_not_matter_and_windows_are_what_they_say(
        (contracts, shuffled) in proptest::collection::vec(some_contract(), 0..60)
            .prop_map(|mut all| {
                all.iter_mut().enumerate().for_each(|(at, c)| c.key.contract = at.to_string());
                all
            })
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        basis in basis(),
        window_months in 0..30_u32,
    ) {
        let search = Search { window_months, ..Search::by(basis) };
        let found = opportunities(&contracts, &search);
        prop_assert_eq!(&found, &opportunities(&shuffled, &search));
        let ids: BTreeSet<_> = found.iter().map(|o| &o.id).collect();
        prop_assert_eq!(ids.len(), found.len(), "an id stands once");
        let mut taken = BTreeSet::new();
        for one in &found {
            prop_assert!(one.organisations.len() >= 2);
            prop_assert!(one.latest_end <= one.earliest_end.checked_add_months(Months::new(window_months)).unwrap());
            for id in &one.contracts {
                prop_assert!(taken.insert((one.ending, id.clone())), "a contract stands in one window of an ending");
            }
        }
        // Wherever two councils could meet, some do: at least as many pairs as in any one window.
        for first in &contracts {
            let Some(like) = alike(first, basis) else { continue };
            let last = first.end.unwrap().checked_add_months(Months::new(window_months)).unwrap();
            let inside = contracts.iter().filter(|c| {
                alike(c, basis).as_ref() == Some(&like) && (first.end.unwrap()..=last).contains(&c.end.unwrap())
            });
            let councils = inside.map(|c| &c.organisation).collect::<BTreeSet<_>>().len();
            let pairs = |n: usize| n * n.saturating_sub(1) / 2;
            let met = found.iter().filter(|o| o.ending == Ending::Term && o.alike == like);
            prop_assert!(met.map(|o| pairs(o.organisations.len())).sum::<usize>() >= pairs(councils));
        }
    }
}
