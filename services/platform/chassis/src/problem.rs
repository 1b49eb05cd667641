//! What goes wrong, as callers are told: one mapping to gRPC statuses with details.
use std::{collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use crate::ids::{Ids, SystemIds};

const DOMAIN: &str = "soundings";

/// A refusal travels in headers, which are small: so many fields are named, and texts are cut after so many bytes.
const NAMED: usize = 20;
const LONGEST_FIELD: usize = 100;
const LONGEST_TEXT: usize = 200;
const LONGEST_MESSAGE: usize = 700;

/// The text, cut where it has too many bytes.
fn cut(text: impl Into<String>, longest: usize) -> String {
    let text: String = text.into();
    if text.len() <= longest { text } else { format!("{}…", &text[..text.floor_char_boundary(longest)]) }
}

/// A failure with its gRPC code and details. `google.rpc.ErrorInfo` is always among them.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    message: String,
    details: Box<ErrorDetails>,
}

impl Problem {
    fn new(code: Code, reason: &str, message: impl Into<String>) -> Self {
        let details = ErrorDetails::with_error_info(reason, DOMAIN, HashMap::new());
        Problem { code, message: cut(message, LONGEST_MESSAGE), details: Box::new(details) }
    }

    /// Fields that cannot be taken: each with what is wrong and how to mend it. The first 20 are named.
    pub fn invalid<F: Into<String>, D: Into<String>>(violations: impl IntoIterator<Item = (F, D)>) -> Self {
        let mut violations = violations.into_iter();
        let mut named: Vec<(String, String)> = violations
            .by_ref()
            .take(NAMED)
            .map(|(field, text)| (cut(field, LONGEST_FIELD), cut(text, LONGEST_TEXT)))
            .collect();
        let more = violations.count();
        if let (true, Some(last)) = (more > 0, named.last_mut()) {
            last.1.push_str(&format!(" (and {more} more fields)"));
        }
        let violations: Vec<_> =
            named.into_iter().map(|(field, text)| FieldViolation::new(field, text)).collect();
        let named = violations.iter().map(|v| format!("{}: {}", v.field, v.description)).collect::<Vec<_>>();
        let mut problem = Self::new(Code::InvalidArgument, "INVALID_FIELD", named.join("; "));
        problem.details.set_bad_request(violations);
        problem
    }

    /// Several refusals as one that names the fields of all; the first refusal that names none stands for itself.
    pub fn together(problems: Vec<Problem>) -> Self {
        let mut violations = Vec::new();
        for problem in problems {
            let fields = problem.fields();
            if fields.is_empty() {
                return problem;
            }
            violations.extend(fields);
        }
        Self::invalid(violations)
    }

    /// One field that cannot be taken.
    pub fn invalid_field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::invalid([(field, description)])
    }

    /// Missing, or not the caller's to know of. `kind` such as `survey`.
    pub fn not_found(kind: &str, name: &str) -> Self {
        let name = &cut(name, LONGEST_FIELD);
        let mut problem = Self::new(Code::NotFound, "NOT_FOUND", format!("there is no {kind} {name:?}"));
        problem.details.set_resource_info(kind, name, "", "");
        problem
    }

    /// A resource of that name with other content, or a reused request id.
    pub fn already_exists(kind: &str, name: &str, message: impl Into<String>) -> Self {
        let mut problem = Self::new(Code::AlreadyExists, "ALREADY_EXISTS", message);
        problem.details.set_resource_info(kind, name, "", "");
        problem
    }

    /// A request id that was used before with another body.
    pub fn request_id_reused(request_id: &str) -> Self {
        let message = "this request_id was used with another body: use a new UUID for a new request";
        Self::already_exists("request", request_id, message)
    }

    /// The state does not allow it. `reason` in UPPER_SNAKE_CASE.
    pub fn failed_precondition(reason: &str, subject: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut problem = Self::new(Code::FailedPrecondition, reason, message.clone());
        problem.details.add_precondition_failure_violation(reason, subject, message);
        problem
    }

    /// Somebody else changed it meanwhile: read it again and decide.
    pub fn aborted(reason: &str, message: impl Into<String>) -> Self {
        Self::new(Code::Aborted, reason, message)
    }

    /// No token, or none that holds.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(Code::Unauthenticated, "UNAUTHENTICATED", message)
    }

    /// The caller's roles do not allow it.
    pub fn permission_denied(message: impl Into<String>) -> Self {
        Self::new(Code::PermissionDenied, "PERMISSION_DENIED", message)
    }

    /// Too large, or too much at once.
    pub fn resource_exhausted(subject: &str, message: impl Into<String>) -> Self {
        let message = message.into();
        let mut problem = Self::new(Code::ResourceExhausted, "LIMIT_EXCEEDED", message.clone());
        problem.details.add_quota_failure_violation(subject, message);
        problem
    }

    /// Not now; nothing was done, and trying again after the delay is right.
    pub fn unavailable(message: impl Into<String>, retry_after: Duration) -> Self {
        let mut problem = Self::new(Code::Unavailable, "UNAVAILABLE", message);
        problem.details.set_retry_info(Some(retry_after));
        problem
    }

    /// The caller's time ran out.
    pub fn deadline_exceeded() -> Self {
        Self::new(Code::DeadlineExceeded, "DEADLINE_EXCEEDED", "the request took longer than its deadline")
    }

    /// A bug. The cause goes to the log under an id; the caller sees the id alone.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        let id = SystemIds.next().to_string();
        tracing::error!(request = id, cause = %cause, "internal error");
        let mut problem = Self::new(
            Code::Internal,
            "INTERNAL",
            format!("something went wrong here; report it with the id {id}"),
        );
        problem.details.set_request_info(id, "");
        problem
    }

    /// The fields that it names, each with what is wrong; none when it is about something else.
    pub fn fields(&self) -> Vec<(String, String)> {
        let bad = self.details.bad_request().map(|bad| bad.field_violations.as_slice());
        bad.unwrap_or_default().iter().map(|v| (v.field.clone(), v.description.clone())).collect()
    }

    /// Its gRPC code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Its message.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl From<Problem> for Status {
    fn from(problem: Problem) -> Status {
        Status::with_error_details(problem.code, problem.message, *problem.details)
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_field_is_named_in_the_details() {
        let status: Status = Problem::invalid([("a", "is empty"), ("b[1]", "is too long")]).into();
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        let fields: Vec<_> =
            details.bad_request().unwrap().field_violations.iter().map(|v| v.field.as_str()).collect();
        assert_eq!(fields, ["a", "b[1]"]);
        assert_eq!(details.error_info().unwrap().domain, "soundings");
    }

    #[test]
    fn a_refusal_of_a_thousand_long_fields_still_fits_into_headers() {
        let many = (0..1_000).map(|n| (format!("items[{n}].{}", "x".repeat(500)), "é".repeat(5_000)));
        let status: Status = Problem::invalid(many).into();
        let details = status.get_error_details();
        let violations = &details.bad_request().unwrap().field_violations;
        assert_eq!(violations.len(), 20);
        assert!(violations[19].description.ends_with("(and 980 more fields)"));
        let headers = status.into_http::<()>().headers().clone();
        let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
        assert!(size < 16 * 1024, "{size}");
        let long = Problem::not_found("survey", &"y".repeat(9_000));
        assert!(long.message().len() < 200, "{}", long.message());
    }

    #[test]
    fn an_internal_error_hides_its_cause_and_shows_its_id() {
        let status: Status = Problem::internal("table x is gone").into();
        assert!(!status.message().contains("table"));
        let details = status.get_error_details();
        assert!(status.message().contains(&details.request_info().unwrap().request_id));
    }
}
