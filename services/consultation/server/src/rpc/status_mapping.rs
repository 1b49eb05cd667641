//! Failures as callers are told them.
use soundings_chassis::Problem;
use soundings_consultation_domain::Rejection;

/// A survey that takes no responses.
pub fn survey_not_open(survey: &str, state: &'static str) -> Problem {
    rejection(Rejection::SurveyNotOpen(state), "survey", survey)
}

/// A command that is not carried out on the resource of this kind and name.
pub fn rejection(rejection: Rejection, kind: &str, name: &str) -> Problem {
    let message = rejection.to_string();
    let subject = format!("{kind} {name}");
    match rejection {
        Rejection::Invalid(violations) => Problem::invalid(violations.0),
        Rejection::SurveyNotOpen(_) => Problem::failed_precondition("SURVEY_NOT_OPEN", &subject, message),
        Rejection::SurveyState { .. } => Problem::failed_precondition("SURVEY_STATE", &subject, message),
        Rejection::Withdrawn => Problem::failed_precondition("RESPONSE_WITHDRAWN", &subject, message),
        Rejection::Stale { .. } => Problem::aborted("STALE_REVISION", message),
    }
}
