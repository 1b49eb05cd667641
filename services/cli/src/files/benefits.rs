//! The register of benefits as YAML. Amounts are in the benefit's unit, with at most 6 decimal places; `items` gives each
//! work item's share in thousandths. `actuals` are measurements to record.
use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error};
use serde_norway::Number;
use soundings_proto::portfolio::v1 as proto;

use crate::{amounts, failure::Outcome};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    benefits: Vec<Benefit>,
}

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
        let number = Number::deserialize(deserializer)?;
        // YAML reads what has a point as binary; it is taken when 6 decimal places say just the same.
        let text = match number.as_f64().filter(|_| number.is_f64()) {
            Some(binary) => {
                let text = format!("{binary:.6}");
                if text.parse() == Ok(binary) { text } else { String::new() }
            }
            None => number.to_string(),
        };
        let wrong = || {
            D::Error::custom(format!("{number} is no amount; give a number with at most 6 decimal places"))
        };
        amounts::read(&text).map(Amount).ok_or_else(wrong)
    }
}

/// Benefits, and the measurements of each to record.
pub struct Register {
    /// Definitions.
    pub benefits: Vec<proto::Benefit>,
    /// Measurements by the benefit's name.
    pub actuals: Vec<(String, proto::ActualAmount)>,
}

/// Reads a register; `from` names where it comes from.
pub fn read(from: &str, text: &str) -> Outcome<Register> {
    let file: File = super::yaml(from, text)?;
    let mut register = Register { benefits: Vec::new(), actuals: Vec::new() };
    for benefit in file.benefits {
        let name = format!("benefits/{}", benefit.id);
        for actual in &benefit.actuals {
            let measured = proto::ActualAmount {
                date: actual.date.clone(),
                amount: actual.amount.0,
                evidence: actual.evidence.clone(),
                ..Default::default()
            };
            register.actuals.push((name.clone(), measured));
        }
        register.benefits.push(message(name, benefit));
    }
    Ok(register)
}

fn message(name: String, benefit: Benefit) -> proto::Benefit {
    let source = |(id, share)| proto::BenefitSource { work_item: format!("workItems/{id}"), share };
    proto::Benefit {
        name,
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
        actuals: Vec::new(),
        etag: String::new(),
        illustrative: benefit.illustrative,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_benefits_can_be_read_and_every_one_is_marked_illustrative() {
        let register = read("seed", include_str!("../../seed/benefits.yaml")).ok().unwrap();
        assert_eq!(register.benefits.len(), 4);
        assert!(register.benefits.iter().all(|benefit| benefit.illustrative));
        assert_eq!(register.benefits[0].target, 600_000_000_000);
        assert!(!register.actuals.is_empty());
        let failure = format!("{:?}", read("b.yaml", "benefits: [{id: X}]").err().unwrap());
        assert!(failure.contains("b.yaml") && failure.contains("missing field"), "{failure}");
    }
}
