//! The register of benefits as YAML. Amounts are in the benefit's unit, with at most 6 decimal places; `items` gives each
//! work item's share in thousandths. `actuals` are measurements to record.
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error};
use serde_norway::Value;
use soundings_proto::portfolio::v1 as proto;

use super::{entry, places};
use crate::{
    amounts,
    failure::{Failure, Outcome},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Benefit {
    id: String,
    title: String,
    #[serde(rename = "type")]
    kind: Kind,
    items: BTreeMap<String, i32>,
    #[serde(default)]
    owner: String,
    measure: String,
    #[serde(default)]
    unit: String,
    baseline: Amount,
    target: Amount,
    profile: Vec<(String, Amount)>,
    status: Status,
    #[serde(default)]
    actuals: Vec<Actual>,
    #[serde(default)]
    illustrative: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Cashable,
    NonCashable,
    Quality,
    Disbenefit,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Proposed,
    Agreed,
    Closed,
    Abandoned,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Actual {
    date: String,
    amount: Amount,
    evidence: String,
}

/// In 10⁻⁶.
struct Amount(i64);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = |given: &str| {
            D::Error::custom(format!("{given} is no amount; give a number with at most 6 decimal places"))
        };
        let Value::Number(number) = Value::deserialize(deserializer)? else {
            return Err(wrong("what stands here"));
        };
        // YAML reads what has a point as binary; it is taken when 6 decimal places say just the same.
        let text = match number.as_f64().filter(|_| number.is_f64()) {
            Some(binary) => {
                let text = format!("{binary:.6}");
                if text.parse() == Ok(binary) { text } else { String::new() }
            }
            None => number.to_string(),
        };
        amounts::read(&text).map(Amount).ok_or_else(|| wrong(&number.to_string()))
    }
}

/// Reads a register; `from` names where it comes from. Every fault is told with its line.
pub fn read(from: &str, text: &str) -> Outcome<Vec<proto::Benefit>> {
    let file: BTreeMap<String, Value> = super::yaml(from, text)?;
    let mut faults: Vec<String> = Vec::new();
    for key in file.keys().filter(|key| *key != "benefits") {
        let line = places::section_line(text, key).map(|line| format!(":{line}")).unwrap_or_default();
        faults.push(format!("{from}{line}: there is no section {key:?}; give benefits"));
    }
    let Some(list) = file.get("benefits").and_then(Value::as_sequence) else {
        return Err(Failure::usage(format!("{from}: give benefits: a list of them")));
    };
    let mut benefits = Vec::with_capacity(list.len());
    for (at, value) in list.iter().enumerate() {
        let (read, wrong) = entry::read::<Benefit>(value);
        faults.extend(wrong.into_iter().map(|(path, fault)| {
            let id = value.get("id").and_then(Value::as_str).unwrap_or_default();
            let what = [&[id.to_owned()], path.as_slice()].concat().join(".");
            let line = places::line(text, "benefits", at, &path, None).unwrap_or(1);
            format!("{from}:{line}: benefit {what}: {fault}")
        }));
        benefits.extend(read.map(message));
    }
    if faults.is_empty() {
        return Ok(benefits);
    }
    Err(Failure::usage("the file cannot be taken; nothing was changed").with_details(faults))
}

/// A refusal of what was read, with the line of each field that it names.
pub fn with_lines(failure: Failure, from: &str, text: &str, benefits: &[proto::Benefit]) -> Failure {
    failure.map_details(|detail| {
        let place = detail.split(": ").next().unwrap_or_default();
        let named = benefits.iter().enumerate().find_map(|(at, benefit)| {
            let rest = place.strip_prefix(benefit.name.as_str());
            let rest = rest.or_else(|| place.strip_prefix(format!("benefits[{at}]").as_str()))?;
            Some((at, rest.trim_start_matches('.').split(['.', '[']).next().unwrap_or_default()))
        });
        let Some((at, field)) = named else { return detail.to_owned() };
        let field = match field {
            "sources" => "items",
            "name" => "id",
            other => other,
        };
        let word = detail.split('"').nth(1);
        let line = places::line(text, "benefits", at, &[field.to_owned()], word);
        line.map_or_else(|| detail.to_owned(), |line| format!("{from}:{line}: {detail}"))
    })
}

fn message(benefit: Benefit) -> proto::Benefit {
    let measured = |actual: Actual| proto::ActualAmount {
        date: actual.date,
        amount: actual.amount.0,
        evidence: actual.evidence,
        ..Default::default()
    };
    let source = |(id, share)| proto::BenefitSource { work_item: format!("workItems/{id}"), share };
    proto::Benefit {
        name: format!("benefits/{}", benefit.id),
        title: benefit.title,
        r#type: match benefit.kind {
            Kind::Cashable => proto::BenefitType::Cashable,
            Kind::NonCashable => proto::BenefitType::NonCashable,
            Kind::Quality => proto::BenefitType::Quality,
            Kind::Disbenefit => proto::BenefitType::Disbenefit,
        }
        .into(),
        sources: benefit.items.into_iter().map(source).collect(),
        owner: benefit.owner,
        measure: benefit.measure,
        unit: benefit.unit,
        baseline: benefit.baseline.0,
        target: benefit.target.0,
        profile: benefit
            .profile
            .into_iter()
            .map(|(date, amount)| proto::PlannedAmount { date, amount: amount.0 })
            .collect(),
        status: match benefit.status {
            Status::Proposed => proto::BenefitStatus::Proposed,
            Status::Agreed => proto::BenefitStatus::Agreed,
            Status::Closed => proto::BenefitStatus::Closed,
            Status::Abandoned => proto::BenefitStatus::Abandoned,
        }
        .into(),
        actuals: benefit.actuals.into_iter().map(measured).collect(),
        etag: String::new(),
        illustrative: benefit.illustrative,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_benefits_can_be_read_and_every_one_is_marked_illustrative() {
        let benefits = read("seed", include_str!("../../seed/benefits.yaml")).unwrap();
        assert_eq!(benefits.len(), 4);
        assert!(benefits.iter().all(|benefit| benefit.illustrative));
        assert_eq!(benefits[0].target, 600_000_000_000);
        assert_eq!(benefits[0].actuals.len(), 2);
    }

    #[test]
    fn every_fault_is_told_with_its_line() {
        let text = "benefits:\n  - id: X\n    title: T\n    type: cash\n    items: {A: 1}\n    measure: m\n    baseline: .nan\n    \
                    target: 5\n    profile: [[2021-01-01, 5]]\n    status: agreed\n  - id: Y\n";
        let failure = format!("{:?}", read("b.yaml", text).unwrap_err());
        for fault in
            ["b.yaml:4: benefit X.type: is `cash`", "b.yaml:7: benefit X.baseline: .nan is no amount"]
        {
            assert!(failure.contains(fault), "{fault} in {failure}");
        }
        assert!(failure.contains("b.yaml:11: benefit Y.title: is missing"), "{failure}");
        assert!(failure.contains("b.yaml:11: benefit Y.status: is missing"), "{failure}");
        let sound = text.replace("cash\n", "cashable\n").replace(".nan", "1").replace("  - id: Y\n", "");
        let benefits = read("b.yaml", &sound).unwrap();
        let refused = Failure::usage("refused")
            .with_details(vec!["benefits/X.sources: there is no workItems/A".into()]);
        let refused = format!("{:?}", with_lines(refused, "b.yaml", &sound, &benefits));
        assert!(refused.contains("b.yaml:5: benefits/X.sources"), "{refused}");
    }
}
