//! Statements that SQLite and PostgreSQL both understand: `$1` placeholders, `ON CONFLICT`, `RETURNING`.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, QueryResult, Statement, TryGetable, Value};

use crate::Result;

/// Rows of one multi-row statement, far below SQLite's 32,766 and PostgreSQL's 65,535 parameters.
pub const CHUNK: usize = 500;

/// Runs a statement and tells how many rows it changed.
pub async fn execute<C: ConnectionTrait>(conn: &C, sql: &str, values: Vec<Value>) -> Result<u64> {
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(conn.execute_raw(statement).await?.rows_affected())
}

/// Runs a query.
pub async fn query<C: ConnectionTrait>(conn: &C, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>> {
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(conn.query_all_raw(statement).await?)
}

/// Runs a query for at most one row.
pub async fn query_one<C: ConnectionTrait>(
    conn: &C,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<QueryResult>> {
    let statement = Statement::from_sql_and_values(conn.get_database_backend(), sql, values);
    Ok(conn.query_one_raw(statement).await?)
}

/// A column of a row.
pub fn column<T: TryGetable>(row: &QueryResult, name: &str) -> Result<T> {
    Ok(row.try_get("", name)?)
}

/// `($1, $2), ($3, $4)`: places for `rows` rows of `columns` values.
pub fn places(rows: usize, columns: usize) -> String {
    places_from(1, rows, columns)
}

/// As [`places`], numbered from `first` on.
pub fn places_from(first: usize, rows: usize, columns: usize) -> String {
    let mut places = String::with_capacity(rows * columns * 6);
    for row in 0..rows {
        places.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            if column > 0 {
                places.push_str(", ");
            }
            places.push('$');
            places.push_str(&(first + row * columns + column).to_string());
        }
        places.push(')');
    }
    places
}

/// `$1, $2`: places for a list, from `first` on.
pub fn list(first: usize, count: usize) -> String {
    (first..first + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ")
}

/// Microseconds since 1970, as the databases keep time.
pub fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

/// The time that the databases kept as microseconds.
pub fn time(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::UNIX_EPOCH)
}
