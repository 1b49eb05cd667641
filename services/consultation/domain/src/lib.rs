//! The rules of surveys and responses: pure functions, no proto, no IO, no clock.
//!
//! A survey goes draft → open → closed ([`survey`]). A response's answers are checked against its survey, every bad one
//! named ([`response`]); what closed ones say for a theme or a work item is taken out of them ([`support`]). A file of responses is read row by row ([`import`]). Texts that differ only in case, spacing and
//! punctuation share a digest ([`text`]).

pub mod id;
pub mod import;
pub mod organisation;
pub mod rejection;
pub mod response;
pub mod support;
pub mod survey;
pub mod text;

pub use organisation::{Organisation, OrganisationKind};
pub use rejection::{Rejection, Violations};
pub use response::{Answer, AnswerValue, Response};
pub use survey::{Question, QuestionKind, Survey, SurveyState};
