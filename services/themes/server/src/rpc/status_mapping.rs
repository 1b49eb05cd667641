//! Failures as callers are told them.

use std::time::Duration;

use soundings_chassis::Problem;
use soundings_themes_domain::{MentionRejection, Rejection};

use crate::application::{SourceError, change_codebook, decide_mention};

/// A failure to read from consultation.
#[must_use]
pub fn source(error: SourceError) -> Problem {
    tracing::warn!(%error, "words cannot be fetched");
    Problem::unavailable(
        "the words cannot be fetched from consultation now; try again",
        Duration::from_secs(1),
    )
}

/// A decision on the codebook or theme of this name that was not taken.
#[must_use]
pub fn refusal(refusal: change_codebook::Refusal, name: &str, request_id: &str) -> Problem {
    use change_codebook::Refusal;
    let message = refusal.to_string();
    match refusal {
        Refusal::Rejected(rejection) => rejected(rejection, name),
        Refusal::Stale { .. } => Problem::aborted("STALE_ETAG", message),
        Refusal::NotOfTheme(_) => Problem::invalid_field("statements", message),
        Refusal::RequestReused => Problem::request_id_reused(request_id),
        Refusal::Database(error) => Problem::from(error),
    }
}

fn rejected(rejection: Rejection, name: &str) -> Problem {
    let message = rejection.to_string();
    match rejection {
        Rejection::NoSuchCodebook => Problem::not_found("codebook", name),
        Rejection::NoSuchTheme(theme) => Problem::not_found("theme", &theme_of(name, &theme)),
        Rejection::Invalid(violations) => {
            Problem::invalid(violations.into_iter().map(|v| (v.field, v.description)))
        }
        Rejection::CodebookThere => Problem::already_exists("codebook", name, message),
        Rejection::ThemeThere(_) => Problem::already_exists("theme", name, message),
        Rejection::StaleEtag { .. } | Rejection::NotTheLast => Problem::aborted("STALE_ETAG", message),
        Rejection::Retired(theme) => {
            Problem::failed_precondition("THEME_RETIRED", &theme_of(name, &theme), message)
        }
        Rejection::NothingToUndo(_) => Problem::failed_precondition("NOTHING_TO_UNDO", name, message),
    }
}

/// The full name of a theme of the codebook that a request's name stands in.
fn theme_of(name: &str, theme: &str) -> String {
    let codebook = name.split('/').take(2).collect::<Vec<_>>().join("/");
    format!("{codebook}/themes/{theme}")
}

/// A decision on the statement of this name that was not taken.
#[must_use]
pub fn mention_refusal(refusal: decide_mention::Refusal, name: &str, request_id: &str) -> Problem {
    use decide_mention::Refusal;
    let message = refusal.to_string();
    match refusal {
        Refusal::NoSuchStatement => Problem::not_found("statement", name),
        Refusal::Rejected(MentionRejection::NoSuchTheme(theme)) => {
            Problem::not_found("theme", &theme_of(name, &theme))
        }
        Refusal::Rejected(MentionRejection::NotThere(_)) => {
            Problem::failed_precondition("NOT_OF_THEME", name, message)
        }
        Refusal::Rejected(MentionRejection::NothingToUndo) => {
            Problem::failed_precondition("NOTHING_TO_UNDO", name, message)
        }
        Refusal::TooMany => Problem::invalid_field("identical", message),
        Refusal::Stale { .. } => Problem::aborted("STALE_ETAG", message),
        Refusal::RequestReused => Problem::request_id_reused(request_id),
        Refusal::Database(error) => Problem::from(error),
    }
}
