//! The event of an opportunity that was not known before.
use chrono::{DateTime, Utc};
use soundings_chassis::trace::TraceContext;
use soundings_mailbox::Envelope;
use soundings_portfolio_domain::procurement::{Basis, Opportunity};
use soundings_proto::{portfolio::v1 as proto, subjects};
use uuid::Uuid;

use crate::rpc::procurement_messages;

/// Organisations that are named.
const ORGANISATIONS: usize = 1_000;

/// It was found at a time within a trace. What is alike is named by its CPV digits alone: a product or a supplier may be a
/// person's name.
pub fn opportunity_found(
    one: &Opportunity,
    id: Uuid,
    now: DateTime<Utc>,
    trace: Option<TraceContext>,
) -> Envelope {
    let organisations = one.organisations.iter().take(ORGANISATIONS);
    let body = proto::OpportunityFound {
        opportunity: format!("opportunities/{}", one.id),
        basis: procurement_messages::basis(one.basis).into(),
        ending: procurement_messages::ending(one.ending).into(),
        cpv: if matches!(one.basis, Basis::Category(_)) { one.alike.clone() } else { String::new() },
        organisations: organisations.map(|id| format!("organisations/{id}")).collect(),
        contracts: i32::try_from(one.contracts.len()).unwrap_or(i32::MAX),
        annual_value_pence: one.annual_value_pence,
        contracts_without_value: i32::try_from(one.without_value).unwrap_or(i32::MAX),
        earliest_end_date: one.earliest_end.to_string(),
        latest_end_date: one.latest_end.to_string(),
        suggested_start_date: one.suggested_start.to_string(),
    };
    let source = format!("//soundings/portfolio/opportunities/{}", one.id);
    let mut event = Envelope::of(subjects::OPPORTUNITY_FOUND, id, source, &one.id, 1, now, &body);
    event.traceparent = trace.map(|trace| trace.to_string());
    event
}
