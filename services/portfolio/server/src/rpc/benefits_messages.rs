//! Benefits as messages, and back.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use soundings_chassis::Problem;
use soundings_portfolio_domain::benefits::{Actual, Benefit, Status, Type};
use soundings_proto::portfolio::v1 as proto;

use super::{messages, names, procurement_messages::read_day};

/// As a message; `version` is its etag.
pub fn benefit(id: &str, benefit: &Benefit, version: i64) -> proto::Benefit {
    let source = |(item, share): (&String, &i64)| proto::BenefitSource {
        work_item: format!("workItems/{item}"),
        share: i32::try_from(*share).unwrap_or(i32::MAX),
    };
    let planned =
        |(day, amount): (&NaiveDate, &i64)| proto::PlannedAmount { date: day.to_string(), amount: *amount };
    proto::Benefit {
        name: format!("benefits/{id}"),
        title: benefit.title.clone(),
        r#type: match benefit.kind {
            Type::Cashable => proto::BenefitType::Cashable,
            Type::NonCashable => proto::BenefitType::NonCashable,
            Type::Quality => proto::BenefitType::Quality,
            Type::Disbenefit => proto::BenefitType::Disbenefit,
        }
        .into(),
        sources: benefit.shares.iter().map(source).collect(),
        owner: benefit.owner.clone(),
        measure: benefit.measure.clone(),
        unit: benefit.unit.clone(),
        baseline: benefit.baseline,
        target: benefit.target,
        profile: benefit.profile.iter().map(planned).collect(),
        status: match benefit.status {
            Status::Proposed => proto::BenefitStatus::Proposed,
            Status::Agreed => proto::BenefitStatus::Agreed,
            Status::Closed => proto::BenefitStatus::Closed,
            Status::Abandoned => proto::BenefitStatus::Abandoned,
        }
        .into(),
        actuals: benefit.actuals.iter().map(|(day, measured)| actual(*day, measured)).collect(),
        etag: version.to_string(),
        illustrative: benefit.illustrative,
    }
}

/// As a message.
pub fn actual(day: NaiveDate, actual: &Actual) -> proto::ActualAmount {
    proto::ActualAmount {
        date: day.to_string(),
        amount: actual.amount,
        evidence: actual.evidence.clone(),
        actor: actual.actor.clone(),
        record_time: Some(messages::timestamp(actual.recorded)),
    }
}

/// A day that must be given.
pub fn required_day(field: &str, text: &str) -> Result<NaiveDate, Problem> {
    read_day(field, text)?
        .ok_or_else(|| Problem::invalid_field(field, "is missing; give a day such as 2025-03-31"))
}

/// Measurements of a message: days, amounts and what shows them.
pub fn read_actuals(
    field: &str,
    actuals: &[proto::ActualAmount],
) -> Result<Vec<(NaiveDate, i64, String)>, Problem> {
    let read = |(at, actual): (usize, &proto::ActualAmount)| {
        let day = required_day(&format!("{field}.actuals[{at}].date"), &actual.date)?;
        Ok((day, actual.amount, actual.evidence.clone()))
    };
    actuals.iter().enumerate().map(read).collect()
}

/// From a message; measurements are read by themselves.
pub fn read_benefit(field: &str, message: proto::Benefit) -> Result<(String, Benefit), Problem> {
    let id = names::read(&format!("{field}.name"), "benefits", &message.name)?;
    let missing = |name: &str, give: &str| {
        Problem::invalid_field(format!("{field}.{name}"), format!("is missing; give {give}"))
    };
    let kind = match message.r#type() {
        proto::BenefitType::Cashable => Type::Cashable,
        proto::BenefitType::NonCashable => Type::NonCashable,
        proto::BenefitType::Quality => Type::Quality,
        proto::BenefitType::Disbenefit => Type::Disbenefit,
        proto::BenefitType::Unspecified => {
            return Err(missing("type", "CASHABLE, NON_CASHABLE, QUALITY or DISBENEFIT"));
        }
    };
    let status = match message.status() {
        proto::BenefitStatus::Proposed => Status::Proposed,
        proto::BenefitStatus::Agreed => Status::Agreed,
        proto::BenefitStatus::Closed => Status::Closed,
        proto::BenefitStatus::Abandoned => Status::Abandoned,
        proto::BenefitStatus::Unspecified => {
            return Err(missing("status", "PROPOSED, AGREED, CLOSED or ABANDONED"));
        }
    };
    let mut shares = BTreeMap::new();
    for (at, source) in message.sources.iter().enumerate() {
        let field = format!("{field}.sources[{at}]");
        let item = names::read(&format!("{field}.work_item"), "workItems", &source.work_item)?;
        if shares.insert(item, i64::from(source.share)).is_some() {
            return Err(Problem::invalid_field(format!("{field}.work_item"), "is named twice"));
        }
    }
    let mut profile = BTreeMap::new();
    for (at, planned) in message.profile.iter().enumerate() {
        let field = format!("{field}.profile[{at}].date");
        let day = required_day(&field, &planned.date)?;
        if profile.last_key_value().is_some_and(|(last, _)| *last >= day) {
            return Err(Problem::invalid_field(field, "is not after the day before it: give days in order"));
        }
        profile.insert(day, planned.amount);
    }
    let benefit = Benefit {
        title: message.title,
        kind,
        shares,
        owner: message.owner,
        measure: message.measure,
        unit: message.unit,
        baseline: message.baseline,
        target: message.target,
        profile,
        status,
        actuals: BTreeMap::new(),
        illustrative: message.illustrative,
    };
    Ok((id, benefit))
}
