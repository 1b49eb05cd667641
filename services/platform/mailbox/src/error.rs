//! What can go wrong with a database, sorted by what the caller should do.

use std::time::Duration;

use sea_orm::{DbErr, RuntimeErr, SqlxError};
use soundings_chassis::Problem;

/// A database's failure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database is locked, full, restarting or out of reach: nothing was committed, try again later.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// Two transactions stood in each other's way and this one was rolled back: try again at once.
    #[error("the transaction met a concurrent one: {0}")]
    Conflict(String),
    /// A row with the same key exists.
    #[error("a row with this key exists: {0}")]
    UniqueViolation(String),
    /// A newer release has migrated this database.
    #[error("the database was written by a newer version of this program (it has the unknown migration {0})")]
    NewerSchema(String),
    /// The URL or the file cannot be used.
    #[error("{0}")]
    Unusable(String),
    /// The file or its pages are damaged.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// The lease was lost to another holder: nothing may be written in its name.
    #[error("the lease {0} belongs to someone else by now")]
    Fenced(String),
    /// Anything else; a bug.
    #[error("database: {0}")]
    Database(DbErr),
}

impl Error {
    /// Whether trying again may succeed.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict(_))
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let sqlx = match &error {
            DbErr::ConnectionAcquire(_) => return Self::Unavailable(error.to_string()),
            DbErr::Conn(RuntimeErr::SqlxError(e))
            | DbErr::Exec(RuntimeErr::SqlxError(e))
            | DbErr::Query(RuntimeErr::SqlxError(e)) => e,
            _ => return Self::Database(error),
        };
        match sqlx.as_ref() {
            SqlxError::Io(_)
            | SqlxError::Tls(_)
            | SqlxError::PoolTimedOut
            | SqlxError::PoolClosed
            | SqlxError::WorkerCrashed => Self::Unavailable(error.to_string()),
            SqlxError::Database(reported) => {
                let code = reported.code().unwrap_or_default().into_owned();
                let message = reported.message().to_owned();
                match code.parse::<u32>() {
                    Ok(number) if code.len() < 5 => from_sqlite(number, message, error),
                    _ => from_postgres(&code, message, error),
                }
            }
            _ => Self::Database(error),
        }
    }
}

/// As callers are told it.
impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Conflict(_) => {
                Problem::aborted("CONCURRENT_CHANGE", "somebody else changed it just now; try again")
            }
            Error::Unavailable(_) => {
                tracing::warn!(%error, "the database is unavailable");
                Problem::unavailable("the database is unavailable; try again", Duration::from_millis(500))
            }
            _ => Problem::internal(error),
        }
    }
}

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        Problem::from(error).into()
    }
}

/// SQLite's extended result codes; the low byte is the kind of failure.
fn from_sqlite(code: u32, message: String, error: DbErr) -> Error {
    match (code, code & 0xff) {
        (1555 | 2067, _) => Error::UniqueViolation(message),
        // busy, locked, read-only, input/output, full, cannot open
        (_, 5 | 6 | 8 | 10 | 13 | 14) => Error::Unavailable(message),
        (_, 11 | 26) => Error::Corrupt(message),
        _ => Error::Database(error),
    }
}

fn from_postgres(code: &str, message: String, error: DbErr) -> Error {
    match (code, code.get(..2)) {
        ("23505", _) => Error::UniqueViolation(message),
        ("40001" | "40P01", _) => Error::Conflict(message),
        // connection, resources, operator's intervention, system error, lock or read-only
        ("55P03" | "25006" | "57014", _) | (_, Some("08" | "53" | "58")) => Error::Unavailable(message),
        // not let in: the password, the role, the database
        ("3D000", _) | (_, Some("28")) => Error::Unusable(format!("the server refuses: {message}")),
        (_, Some("57")) => Error::Unavailable(message),
        (_, Some("XX")) => Error::Corrupt(message),
        _ => Error::Database(error),
    }
}
