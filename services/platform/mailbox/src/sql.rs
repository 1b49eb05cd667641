//! Statements that SQLite and PostgreSQL both understand: `$1` placeholders, `ON CONFLICT`, `RETURNING`.

use std::iter;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, TryGetable, Value};

use crate::Result;

/// Rows of one multi-row statement, far below SQLite's 32,766 and PostgreSQL's 65,535 parameters.
pub const CHUNK: usize = 500;

/// Runs a statement and tells how many rows it changed.
pub async fn execute<C: ConnectionTrait>(conn: &C, sql: &str, values: Vec<Value>) -> Result<u64> {
    let statement = statement(conn.get_database_backend(), sql, values);
    Ok(conn.execute_raw(statement).await?.rows_affected())
}

/// Runs a query.
pub async fn query<C: ConnectionTrait>(conn: &C, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>> {
    let statement = statement(conn.get_database_backend(), sql, values);
    Ok(conn.query_all_raw(statement).await?)
}

/// Runs a query for at most one row.
pub async fn query_one<C: ConnectionTrait>(
    conn: &C,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<QueryResult>> {
    let statement = statement(conn.get_database_backend(), sql, values);
    Ok(conn.query_one_raw(statement).await?)
}

/// A statement in the engine's dialect.
fn statement(backend: DbBackend, sql: &str, values: Vec<Value>) -> Statement {
    let (sql, values) =
        if backend == DbBackend::Sqlite { unnumbered(sql, values) } else { (sql.to_owned(), values) };
    Statement::from_sql_and_values(backend, sql, values)
}

/// The statement with a bare `?` for every `$n`, and the values in the order of the text. SQLite finds a numbered place
/// by comparing its name with all before it, when it prepares and whenever values are bound: with thousands of them
/// that takes many times as long as the writing.
fn unnumbered(sql: &str, values: Vec<Value>) -> (String, Vec<Value>) {
    let (mut text, mut rest) = (String::with_capacity(sql.len()), sql);
    let mut order = Vec::with_capacity(values.len());
    while let Some(at) = rest.find(['$', '\'']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let length = match from.strip_prefix('\'') {
            Some(quoted) => quoted.find('\'').map_or(from.len(), |end| end + 2),
            None => 1 + from[1..].bytes().take_while(u8::is_ascii_digit).count(),
        };
        let (token, after) = from.split_at(length);
        let place = token.strip_prefix('$').and_then(|number| number.parse::<usize>().ok());
        match place.and_then(|number| number.checked_sub(1)).filter(|at| *at < values.len()) {
            Some(value) => {
                text.push('?');
                order.push(value);
            }
            None => text.push_str(token),
        }
        rest = after;
    }
    text.push_str(rest);
    if order.iter().copied().eq(0..values.len()) {
        return (text, values);
    }
    let values = order.into_iter().map(|at| values[at].clone()).collect();
    (text, values)
}

/// The parts of rows that a statement each takes: [`CHUNK`] rows at most, and always a power of two, so that a handful
/// of statements, each prepared once, serves any number of rows.
pub fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    iter::from_fn(move || {
        let size = 1 << rows.len().min(CHUNK).checked_ilog2()?;
        let (chunk, rest) = rows.split_at(size);
        rows = rest;
        Some(chunk)
    })
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

#[cfg(test)]
mod tests;
