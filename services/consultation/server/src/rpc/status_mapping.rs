//! Failures as callers are told them.
use soundings_chassis::Problem;
use soundings_consultation_domain::Rejection;

/// Most fields named in one answer: it travels in headers, which are small.
const NAMED: usize = 20;

/// A survey that takes no responses.
pub fn survey_not_open(survey: &str, state: &'static str) -> Problem {
    rejection(Rejection::SurveyNotOpen(state), "survey", survey)
}

/// A command that is not carried out on the resource of this kind and name.
pub fn rejection(rejection: Rejection, kind: &str, name: &str) -> Problem {
    let message = rejection.to_string();
    let subject = format!("{kind} {name}");
    match rejection {
        Rejection::Invalid(mut violations) => {
            let more = violations.0.len().saturating_sub(NAMED);
            violations.0.truncate(NAMED);
            if let (true, Some(last)) = (more > 0, violations.0.last_mut()) {
                last.1.push_str(&format!(" (and {more} more fields)"));
            }
            Problem::invalid(violations.0)
        }
        Rejection::SurveyNotOpen(_) => Problem::failed_precondition("SURVEY_NOT_OPEN", &subject, message),
        Rejection::SurveyState { .. } => Problem::failed_precondition("SURVEY_STATE", &subject, message),
        Rejection::Withdrawn => Problem::failed_precondition("RESPONSE_WITHDRAWN", &subject, message),
        Rejection::Stale { .. } => Problem::aborted("STALE_REVISION", message),
    }
}
