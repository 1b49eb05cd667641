//! Splitting a theme: some of its statements make a new one.

use std::collections::BTreeSet;

use super::{Decided, Rejection, wrong};
use crate::codebook::Codebook;
use crate::codebook_event::{Action, Split};
use crate::codebook_file::ThemeEntry;
use crate::statement_key::StatementKey;
use crate::theme::ThemeState;

/// Statements that one decision may take out of a theme.
pub const MOST: usize = 1_000;

/// Makes the theme. That the statements belong to it is a person's decision on each of them, which the event names:
/// they move at once, while the new theme's words draw others only once they are confirmed.
pub(super) fn split(
    book: &Codebook,
    from: &str,
    etag: &str,
    into: &ThemeEntry,
    statements: &[StatementKey],
) -> Result<Decided, Rejection> {
    book.standing_at(from, etag)?;
    if statements.is_empty() || statements.len() > MOST {
        return Err(wrong("statements", format!("must name 1 to {MOST} statements")));
    }
    let distinct: BTreeSet<&StatementKey> = statements.iter().collect();
    let mut draft = book.clone();
    draft.add_theme(into, "theme.", ThemeState::Proposed)?;
    Ok(book.become_(draft, Action::Split, &into.id).map(|(book, mut event)| {
        let statements = distinct.into_iter().cloned().collect();
        event.split = Some(Split { from: from.to_owned(), statements });
        (book, event)
    }))
}
