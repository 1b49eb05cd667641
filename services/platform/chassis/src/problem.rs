//! What goes wrong, as callers are told: one mapping to gRPC statuses with details.
use std::{collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use crate::ids::{Ids, SystemIds};

const DOMAIN: &str = "soundings";

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
        Problem { code, message: message.into(), details: Box::new(details) }
    }

    /// Fields that cannot be taken: each with what is wrong and how to mend it.
    pub fn invalid<F: Into<String>, D: Into<String>>(violations: impl IntoIterator<Item = (F, D)>) -> Self {
        let violations: Vec<_> =
            violations.into_iter().map(|(field, text)| FieldViolation::new(field, text)).collect();
        let named = violations.iter().map(|v| format!("{}: {}", v.field, v.description)).collect::<Vec<_>>();
        let mut problem = Self::new(Code::InvalidArgument, "INVALID_FIELD", named.join("; "));
        problem.details.set_bad_request(violations);
        problem
    }

    /// One field that cannot be taken.
    pub fn invalid_field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::invalid([(field, description)])
    }

    /// Missing, or not the caller's to know of. `kind` such as `survey`.
    pub fn not_found(kind: &str, name: &str) -> Self {
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
    fn an_internal_error_hides_its_cause_and_shows_its_id() {
        let status: Status = Problem::internal("table x is gone").into();
        assert!(!status.message().contains("table"));
        let details = status.get_error_details();
        assert!(status.message().contains(&details.request_info().unwrap().request_id));
    }
}
