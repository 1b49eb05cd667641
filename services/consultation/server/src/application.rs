//! What the service does, a file for each act.
pub mod change_organisation;
pub mod change_response;
pub mod change_survey;
pub mod import_responses;
pub mod mutation;
pub mod record_support;
mod runtime;
pub mod submit_responses;

pub use runtime::Runtime;

use soundings_access::{Principal, Role};

/// Whether the caller may read and write in the name of an organisation: those bound to one, for that one alone; those
/// bound to none only when they are of the shared office.
pub fn speaks_for(principal: &Principal, organisation: &str) -> bool {
    let office = &[Role::Analyst, Role::Operator, Role::Service];
    principal.may_act_for(organisation) && (principal.organisation.is_some() || principal.has_any(office))
}
