//! Statements that SQLite and PostgreSQL both understand.

use sea_orm::DbErr;
use serde::{Serialize, de::DeserializeOwned};
use soundings_mailbox::Error;
pub(crate) use soundings_mailbox::sql::{chunks, column, execute, list, places, query, query_one};

/// A value as one column.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Database(DbErr::Json(error.to_string())))
}

/// The value that [`to_json`] wrote.
pub(crate) fn from_json<T: DeserializeOwned>(json: &str) -> Result<T, Error> {
    serde_json::from_str(json).map_err(|error| Error::Corrupt(format!("a column: {error}")))
}
