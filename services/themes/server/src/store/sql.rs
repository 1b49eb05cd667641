//! Statements that SQLite and PostgreSQL both understand.

use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, TryGetable, Value};
use soundings_mailbox::Error;

/// Rows of one multi-row statement.
pub(crate) const CHUNK: usize = 400;

pub(crate) async fn execute<C: ConnectionTrait>(
    conn: &C,
    sql: &str,
    values: Vec<Value>,
) -> Result<u64, Error> {
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(conn.execute_raw(statement).await?.rows_affected())
}

pub(crate) async fn query<C: ConnectionTrait>(
    conn: &C,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, Error> {
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(conn.query_all_raw(statement).await?)
}

pub(crate) async fn query_one<C: ConnectionTrait>(
    conn: &C,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<QueryResult>, Error> {
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(conn.query_one_raw(statement).await?)
}

pub(crate) fn column<T: TryGetable>(row: &QueryResult, name: &str) -> Result<T, Error> {
    Ok(row.try_get("", name)?)
}

/// `($1, $2), ($3, $4)`: places for `rows` rows of `columns` values.
pub(crate) fn places(rows: usize, columns: usize) -> String {
    let row = |r: usize| format!("({})", list(r * columns + 1, columns));
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// `$3, $4`: `count` places from `first` on.
pub(crate) fn list(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// A list of words as one column.
pub(crate) fn words_to_json(words: &[String]) -> Result<String, Error> {
    serde_json::to_string(words).map_err(|error| Error::Database(DbErr::Json(error.to_string())))
}

/// The list that [`words_to_json`] wrote.
pub(crate) fn words_from_json(json: &str) -> Result<Vec<String>, Error> {
    serde_json::from_str(json).map_err(|error| Error::Corrupt(format!("a list of words: {error}")))
}
