//! What the service does, a file for each act.
pub mod change_organisation;
pub mod change_response;
pub mod change_survey;
pub mod import_responses;
pub mod mutation;
mod runtime;
pub mod submit_responses;

pub use runtime::Runtime;
