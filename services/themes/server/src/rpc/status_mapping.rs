//! Failures as callers are told them.

use std::time::Duration;

use soundings_chassis::Problem;
use soundings_themes_domain::Rejection;

use crate::application::SourceError;
use crate::application::change_codebook::Refusal;

/// A failure to read from consultation.
#[must_use]
pub fn source(error: SourceError) -> Problem {
    tracing::warn!(%error, "quotes cannot be fetched");
    Problem::unavailable(
        "the words cannot be fetched from consultation now; try again",
        Duration::from_secs(1),
    )
}

/// A decision on the resource of this name that was not taken.
#[must_use]
pub fn refusal(refusal: Refusal, name: &str, request_id: &str) -> Problem {
    let message = refusal.to_string();
    match refusal {
        Refusal::NoSuchCodebook => Problem::not_found("codebook", name),
        Refusal::Rejected(Rejection::NoSuchTheme) => Problem::not_found("theme", name),
        Refusal::Rejected(Rejection::Invalid(violations)) => {
            Problem::invalid(violations.into_iter().map(|v| (v.field, v.description)))
        }
        Refusal::Rejected(Rejection::StaleEtag { .. }) => Problem::aborted("STALE_ETAG", message),
        Refusal::Rejected(Rejection::Retired) => Problem::failed_precondition("THEME_RETIRED", name, message),
        Refusal::RequestReused => Problem::request_id_reused(request_id),
        Refusal::Database(error) => Problem::from(error),
    }
}
