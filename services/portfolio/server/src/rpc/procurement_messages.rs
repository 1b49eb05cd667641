//! Contracts, opportunities and the policy as messages, and back.
use chrono::NaiveDate;
use soundings_chassis::Problem;
use soundings_portfolio_domain::procurement::{Basis, Contract, Ending, Opportunity, Policy, Status};
use soundings_proto::portfolio::v1 as proto;

use super::{messages, names};
use crate::application::find_opportunities::Asked;

/// A day in a field; None: the field is empty.
pub fn read_day(field: &str, text: &str) -> Result<Option<NaiveDate>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
    day.map(Some)
        .ok_or_else(|| Problem::invalid_field(field, format!("is {text:?}; give a day such as 2025-03-31")))
}

fn day(day: Option<NaiveDate>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}

fn count(n: i64) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// As a message.
pub fn contract(id: &str, contract: &Contract) -> proto::Contract {
    let cpv = contract.cpv.clone();
    proto::Contract {
        name: format!("contracts/{id}"),
        organisation: format!("organisations/{}", contract.organisation),
        title: contract.title.clone(),
        supplier_name: contract.supplier_name.clone(),
        supplier_id: contract.supplier_id.clone(),
        cpv: cpv.as_ref().map(|cpv| cpv.code.clone()).unwrap_or_default(),
        cpv_title: cpv.map(|cpv| cpv.title).unwrap_or_default(),
        product: contract.product.clone(),
        annual_value_pence: contract.annual_value_pence,
        start_date: day(contract.start),
        end_date: day(contract.end),
        max_extent_date: day(contract.max_extent),
        estimated: contract.estimated,
        status: status(contract.status).into(),
        ocid: contract.key.ocid.clone(),
        award: contract.key.award.clone(),
        contract: contract.key.contract.clone(),
        release_time: Some(messages::timestamp(contract.released)),
    }
}

fn status(status: Status) -> proto::ContractStatus {
    match status {
        Status::Pending => proto::ContractStatus::Pending,
        Status::Active => proto::ContractStatus::Active,
        Status::Cancelled => proto::ContractStatus::Cancelled,
        Status::Terminated => proto::ContractStatus::Terminated,
    }
}

/// From a message; None: any.
pub fn read_status(status: proto::ContractStatus) -> Option<Status> {
    match status {
        proto::ContractStatus::Unspecified => None,
        proto::ContractStatus::Pending => Some(Status::Pending),
        proto::ContractStatus::Active => Some(Status::Active),
        proto::ContractStatus::Cancelled => Some(Status::Cancelled),
        proto::ContractStatus::Terminated => Some(Status::Terminated),
    }
}

/// As a message.
pub fn basis(basis: Basis) -> proto::OpportunityBasis {
    match basis {
        Basis::Product => proto::OpportunityBasis::Product,
        Basis::Supplier => proto::OpportunityBasis::Supplier,
        Basis::Category(_) => proto::OpportunityBasis::Category,
    }
}

/// As a message.
pub fn ending(ending: Ending) -> proto::OpportunityEnding {
    match ending {
        Ending::Term => proto::OpportunityEnding::Term,
        Ending::Extension => proto::OpportunityEnding::Extension,
    }
}

/// As a message.
pub fn opportunity(one: &Opportunity) -> proto::Opportunity {
    proto::Opportunity {
        name: format!("opportunities/{}", one.id),
        basis: basis(one.basis).into(),
        ending: ending(one.ending).into(),
        alike: one.alike.clone(),
        title: one.title.clone(),
        organisations: one.organisations.iter().map(|id| format!("organisations/{id}")).collect(),
        contracts: one.contracts.iter().map(|id| format!("contracts/{id}")).collect(),
        annual_value_pence: one.annual_value_pence,
        contracts_with_value: count(one.with_value),
        contracts_without_value: count(one.without_value),
        earliest_end_date: one.earliest_end.to_string(),
        latest_end_date: one.latest_end.to_string(),
        suggested_start_date: one.suggested_start.to_string(),
    }
}

/// From a message, by a policy where it says nothing.
pub fn read_search(search: Option<proto::OpportunitySearch>, policy: &Policy) -> Result<Asked, Problem> {
    let Some(search) = search else { return Ok(Asked::default()) };
    let months = |field: &str, months: i32| match months {
        0 => Ok(None),
        1..=60 => Ok(u32::try_from(months).ok()),
        _ => Err(Problem::invalid_field(format!("search.{field}"), format!("is {months}; give 1 to 60"))),
    };
    let cpv_digits = match search.cpv_digits {
        0 => None,
        digits @ 2..=8 => u8::try_from(digits).ok(),
        digits => {
            return Err(Problem::invalid_field("search.cpv_digits", format!("is {digits}; give 2 to 8")));
        }
    };
    let basis = match search.basis() {
        proto::OpportunityBasis::Unspecified => None,
        proto::OpportunityBasis::Product => Some(Basis::Product),
        proto::OpportunityBasis::Supplier => Some(Basis::Supplier),
        proto::OpportunityBasis::Category => Some(Basis::Category(cpv_digits.unwrap_or(policy.cpv_digits))),
    };
    Ok(Asked {
        basis,
        cpv_digits,
        window_months: months("window_months", search.window_months)?,
        lead_months: months("lead_months", search.lead_months)?,
        from: read_day("search.at_date", &search.at_date)?,
    })
}

/// As a message; `version` is its etag.
pub fn policy(policy: &Policy, version: i64) -> proto::ProcurementPolicy {
    proto::ProcurementPolicy {
        criterion: policy.criterion.as_ref().map(|id| format!("criteria/{id}")).unwrap_or_default(),
        floor_pence: policy.floor_pence,
        ceiling_pence: policy.ceiling_pence,
        window_months: i32::try_from(policy.window_months).unwrap_or(i32::MAX),
        lead_months: i32::try_from(policy.lead_months).unwrap_or(i32::MAX),
        cpv_digits: policy.cpv_digits.into(),
        etag: version.to_string(),
    }
}

/// From a message.
pub fn read_policy(message: &proto::ProcurementPolicy) -> Result<Policy, Problem> {
    let criterion = match message.criterion.as_str() {
        "" => None,
        name => Some(names::read("policy.criterion", "criteria", name)?),
    };
    // What is out of range is refused by its name when the policy is checked.
    Ok(Policy {
        criterion,
        floor_pence: message.floor_pence,
        ceiling_pence: message.ceiling_pence,
        window_months: u32::try_from(message.window_months).unwrap_or(0),
        lead_months: u32::try_from(message.lead_months).unwrap_or(0),
        cpv_digits: u8::try_from(message.cpv_digits).unwrap_or(0),
    })
}
