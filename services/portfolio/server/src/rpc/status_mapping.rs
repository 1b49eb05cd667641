//! Failures as callers are told them.
use std::time::Duration;

use soundings_chassis::Problem;
use soundings_mailbox::Error;

/// A failure of the database.
pub fn database(error: Error) -> Problem {
    if error.is_transient() {
        tracing::warn!(%error, "the database is unavailable");
        return Problem::unavailable("the database is unavailable; try again", Duration::from_millis(500));
    }
    Problem::internal(error)
}
