use chrono::NaiveDate;
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::{Organisation, procurement::Why};

fn buyers() -> Buyers {
    let named = |name: &str| Organisation { display_name: name.into(), ..Organisation::default() };
    let organisations = [("EDH", "City of Edinburgh"), ("GLG", "Glasgow City")];
    Buyers::new(&organisations.map(|(id, name)| (id.to_owned(), named(name))).into(), &Default::default())
}

fn day(text: &str) -> Option<NaiveDate> {
    Some(text.parse().unwrap())
}

/// A release that tells everything at the contract itself.
fn release() -> Value {
    json!({
        "ocid": "ocds-1", "id": "r1", "date": "2024-05-01T09:00:00Z",
        "buyer": {"id": "B1", "name": "Glasgow City Council"},
        "parties": [
            {"id": "S1", "name": "Acme Ltd", "identifier": {"scheme": "GB-COH", "id": "01234567"}},
            {"id": "B1", "name": "Glasgow City Council", "roles": ["buyer"]},
        ],
        "tender": {
            "title": "Tender", "contractPeriod": {"startDate": "2019-01-01", "endDate": "2019-12-31"},
            "items": [{"id": "1", "classification": {"scheme": "CPV", "id": "30000000-9"}}],
        },
        "awards": [{
            "id": "A1", "title": "Award", "suppliers": [{"id": "S1", "name": "Acme Limited"}],
            "value": {"amount": 800_000, "currency": "GBP"},
            "contractPeriod": {"startDate": "2020-01-01", "endDate": "2020-12-31"},
            "items": [{"id": "1", "classification": {"scheme": "CPV", "id": "48000000"}}],
        }],
        "contracts": [{
            "id": "C1", "awardID": "A1", "title": "Payroll", "status": "active",
            "value": {"amount": 400_000.5, "currency": "GBP"},
            "period": {
                "startDate": "2021-04-01T00:00:00Z", "endDate": "2025-03-31T23:59:59Z",
                "maxExtentDate": "2027-03-31T23:59:59Z",
            },
            "items": [{
                "id": "1", "description": "Payroll system",
                "classification": {"scheme": "CPV", "id": "48450000-7", "description": "HR software"},
            }],
        }],
    })
}

fn read_one(release: Value) -> Read {
    read(json!({ "releases": [release] }).to_string().as_bytes(), &buyers()).unwrap()
}

fn contract(release: Value) -> Contract {
    let mut read = read_one(release);
    assert_eq!((read.contracts.len(), &read.left[..]), (1, &[][..]));
    read.contracts.remove(0).1
}

/// The release after this was done to the part of it.
fn with(path: &str, value: Value) -> Value {
    let mut release = release();
    *release.pointer_mut(path).unwrap() = value;
    release
}

#[test]
fn a_contract_is_read_from_its_own_fields_first() {
    let read = contract(release());
    let key = Key {
        ocid: "ocds-1".into(),
        award: "A1".into(),
        contract: "C1".into(),
        supplier: "GB-COH-01234567".into(),
    };
    let expected = Contract {
        key,
        organisation: "GLG".into(),
        title: "Payroll".into(),
        supplier_name: "Acme Limited".into(),
        supplier_id: "GB-COH-01234567".into(),
        cpv: Some(Cpv { code: "48450000".into(), title: "HR software".into() }),
        product: "Payroll system".into(),
        annual_value_pence: Some(10_000_012),
        start: day("2021-04-01"),
        end: day("2025-03-31"),
        max_extent: day("2027-03-31"),
        estimated: false,
        status: Status::Active,
        released: "2024-05-01T09:00:00Z".parse().unwrap(),
    };
    assert_eq!(read, expected);
}

#[test]
fn what_the_contract_lacks_its_award_tells_and_then_the_tender() {
    let bare = with("/contracts/0", json!({"id": "C1", "awardID": "A1"}));
    let read = contract(bare.clone());
    assert_eq!((read.title.as_str(), read.annual_value_pence), ("Award", Some(80_000_000)));
    assert_eq!((read.end, read.estimated), (day("2020-12-31"), false));
    assert_eq!(read.cpv.unwrap().code, "48000000");
    assert_eq!(read.status, Status::Active);

    let mut barer = bare;
    barer["awards"][0] = json!({"id": "A1", "suppliers": [{"name": "Nobody's Ltd."}]});
    let read = contract(barer);
    assert_eq!((read.title.as_str(), read.annual_value_pence), ("Tender", None), "no value is not zero");
    assert_eq!((read.end, read.estimated), (day("2019-12-31"), true));
    assert_eq!(read.cpv.unwrap().code, "30000000");
    assert_eq!((read.supplier_id.as_str(), read.key.supplier.as_str()), ("", "name:nobody s ltd"));
}

#[test]
fn without_contracts_each_award_stands_for_one() {
    let mut alone = release();
    alone.as_object_mut().unwrap().remove("contracts");
    let read = contract(alone.clone());
    assert_eq!((read.key.award.as_str(), read.key.contract.as_str()), ("A1", ""));
    assert_eq!(read.end, day("2020-12-31"));
    alone["awards"][0]["status"] = json!("unsuccessful");
    let read = read_one(alone.clone());
    assert_eq!((read.contracts.len(), read.left[0].why), (0, Why::Skipped));
    alone["awards"] = json!([]);
    assert_eq!(read_one(alone).left[0].field, "releases[0].awards");
}

#[test]
fn a_contract_of_several_suppliers_stands_once_for_each() {
    let two = with("/awards/0/suppliers", json!([{"id": "S1"}, {"id": "S2", "name": "Bolt plc"}]));
    let read = read_one(two);
    let suppliers: Vec<_> =
        read.contracts.iter().map(|(_, c)| (&*c.supplier_name, &*c.supplier_id)).collect();
    assert_eq!(suppliers, [("Acme Ltd", "GB-COH-01234567"), ("Bolt plc", "S2")]);
    assert_eq!(read.contracts[0].1.key.shared(), read.contracts[1].1.key.shared());
}

#[test]
fn a_duration_tells_the_end_that_is_not_given() {
    let period = json!({"startDate": "2024-01-01", "durationInDays": 366});
    assert_eq!(contract(with("/contracts/0/period", period)).end, day("2024-12-31"));
    // A period that says nothing is none.
    assert_eq!(contract(with("/contracts/0/period", json!({}))).end, day("2020-12-31"));
}

#[test]
fn a_bad_field_is_named_and_stops_no_other_release() {
    let faults = [
        ("/contracts/0/value/amount", json!(-5), "contracts[0].value.amount"),
        ("/contracts/0/period/endDate", json!("31/03/2025"), "contracts[0].period.endDate"),
        ("/contracts/0/period/endDate", json!("2020-01-01"), "contracts[0].period.endDate"),
        ("/contracts/0/period/maxExtentDate", json!("2020-01-01"), "contracts[0].period.maxExtentDate"),
        ("/contracts/0/status", json!("ended"), "contracts[0].status"),
        ("/contracts/0/awardID", json!("A9"), "contracts[0].awardID"),
        ("/contracts/0/items/0/classification/id", json!("48"), "contracts[0].items[0].classification.id"),
        ("/awards/0/suppliers", json!([]), "awards[0].suppliers"),
        ("/awards/0/suppliers", json!([{}]), "awards[0].suppliers[0]"),
        ("/date", json!("yesterday"), "date"),
        ("/ocid", json!(""), "ocid"),
    ];
    for (path, value, field) in faults {
        let package = json!({ "releases": [with(path, value), release()] });
        let read = read(package.to_string().as_bytes(), &buyers()).unwrap();
        let named: Vec<_> = read.left.iter().map(|left| (left.row, left.field.as_str(), left.why)).collect();
        assert_eq!(named, [(1, format!("releases[0].{field}").as_str(), Why::Rejected)]);
        assert_eq!(read.contracts.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [2]);
    }
}

#[test]
fn a_foreign_buyer_is_skipped_and_a_foreign_currency_noted() {
    let read = read_one(with("/buyer/name", json!("Leeds City Council")));
    assert_eq!((read.contracts.len(), read.left[0].why), (0, Why::Skipped));
    let read = read_one(with("/contracts/0/value/currency", json!("EUR")));
    assert_eq!((read.contracts[0].1.annual_value_pence, read.left[0].why), (None, Why::Noted));
}

#[test]
fn a_value_over_an_unknown_term_is_no_value_a_year() {
    let read = read_one(with("/contracts/0/period", json!({"endDate": "2025-03-31"})));
    assert_eq!((read.contracts[0].1.annual_value_pence, read.left[0].why), (None, Why::Noted));
}

#[test]
fn records_and_single_releases_are_read_too() {
    let package = json!({ "records": [
        {"ocid": "ocds-1", "compiledRelease": release(), "releases": [release()]},
        {"ocid": "ocds-1", "releases": [release(), release()]},
        {"ocid": "ocds-1", "releases": [{"url": "https://example.org/r.json"}]},
    ]});
    let read_all = read(package.to_string().as_bytes(), &buyers()).unwrap();
    assert_eq!(read_all.contracts.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [1, 2, 2]);
    assert_eq!((read_all.left[0].row, read_all.left[0].field.as_str()), (3, "records[2]"));
    assert_eq!(read(release().to_string().as_bytes(), &buyers()).unwrap().contracts.len(), 1);
    for broken in ["{}", "[]", "{\"releases\": 1", "\u{feff}x"] {
        assert!(read(broken.as_bytes(), &buyers()).is_err(), "{broken}");
    }
}

/// Paths of every value of a release, as JSON pointers.
fn pointers(json: &Value, path: String, all: &mut Vec<String>) {
    match json {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| pointers(value, format!("{path}/{key}"), all))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| pointers(value, format!("{path}/{at}"), all));
        }
        _ => {}
    }
    all.push(path);
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop_oneof![
            Just("9999-12-31"),
            Just("0000-01-01"),
            Just("2024-02-30T00:00:00Z"),
            Just("-262143-01-01")
        ]
        .prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!([[{}]])),
    ]
}

proptest! {
    #[test]
    fn whatever_stands_in_a_release_is_a_contract_or_a_report_and_stops_no_other(
        spoilt in proptest::collection::vec((any::<prop::sample::Index>(), anything()), 1..4),
    ) {
        let mut first = release();
        for (index, value) in spoilt {
            let mut all = Vec::new();
            pointers(&first, String::new(), &mut all);
            if let Some(place) = first.pointer_mut(&all[index.index(all.len())]) {
                *place = value;
            }
        }
        let read = read(json!({ "releases": [first, release()] }).to_string().as_bytes(), &buyers()).unwrap();
        let of = |row: u64| read.contracts.iter().filter(|(at, _)| *at == row).count();
        prop_assert_eq!(of(2), 1);
        prop_assert!(of(1) > 0 || read.left.iter().any(|left| left.row == 1));
        for (_, contract) in &read.contracts {
            prop_assert!(contract.annual_value_pence.is_none_or(|pence| (0..=crate::procurement::money::MOST).contains(&pence)));
            prop_assert!(contract.start.zip(contract.end).is_none_or(|(start, end)| start <= end));
        }
    }
}
