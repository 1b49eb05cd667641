//! Statements that SQLite and PostgreSQL both understand.

use sea_orm::DbErr;
use soundings_mailbox::Error;
pub(crate) use soundings_mailbox::sql::{column, execute, list, places, query, query_one};

/// Rows of one multi-row statement.
pub(crate) const CHUNK: usize = 400;

/// A list of words as one column.
pub(crate) fn words_to_json(words: &[String]) -> Result<String, Error> {
    serde_json::to_string(words).map_err(|error| Error::Database(DbErr::Json(error.to_string())))
}

/// The list that [`words_to_json`] wrote.
pub(crate) fn words_from_json(json: &str) -> Result<Vec<String>, Error> {
    serde_json::from_str(json).map_err(|error| Error::Corrupt(format!("a list of words: {error}")))
}
