//! Permanent keys of imported rows: no row goes in twice, however long ago it came.
use std::collections::HashSet;

use sea_orm::ConnectionTrait;
use soundings_mailbox::{
    Error,
    sql::{self, CHUNK, column, places, query},
};

/// Claims keys for responses; returns the keys that were free.
pub async fn claim<C: ConnectionTrait>(
    tx: &C,
    survey: &str,
    rows: &[(&str, String)],
) -> Result<HashSet<String>, Error> {
    let mut claimed = HashSet::with_capacity(rows.len());
    for chunk in rows.chunks(CHUNK) {
        let mut values = Vec::with_capacity(chunk.len() * 3);
        for (key, response) in chunk {
            values.extend([survey.into(), (*key).into(), response.as_str().into()]);
        }
        let sql = format!(
            "INSERT INTO imported_rows (survey, row_key, response) VALUES {} \
             ON CONFLICT (survey, row_key) DO NOTHING RETURNING row_key",
            places(chunk.len(), 3)
        );
        for row in query(tx, &sql, values).await? {
            claimed.insert(column(&row, "row_key")?);
        }
    }
    Ok(claimed)
}

/// Which of these keys are taken.
pub async fn taken<C: ConnectionTrait>(
    conn: &C,
    survey: &str,
    keys: &[&str],
) -> Result<HashSet<String>, Error> {
    let mut taken = HashSet::new();
    for chunk in keys.chunks(CHUNK) {
        let sql = format!(
            "SELECT row_key FROM imported_rows WHERE survey = $1 AND row_key IN ({})",
            sql::list(2, chunk.len())
        );
        let values = std::iter::once(survey.into()).chain(chunk.iter().map(|key| (*key).into())).collect();
        for row in query(conn, &sql, values).await? {
            taken.insert(column(&row, "row_key")?);
        }
    }
    Ok(taken)
}
