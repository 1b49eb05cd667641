//! Which opportunities were told of.
use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, Value};
use soundings_chassis::micros;
use soundings_mailbox::{
    Error,
    sql::{CHUNK, column, execute, list, places, query},
};

/// Names the lock of those who tell of opportunities.
pub const LOCK: &str = "//soundings/portfolio/opportunities";

/// Those of these ids that were told of.
pub async fn known<C: ConnectionTrait>(conn: &C, ids: &[&str]) -> Result<HashSet<String>, Error> {
    let mut known = HashSet::new();
    for chunk in ids.chunks(CHUNK) {
        let sql = format!("SELECT id FROM opportunities_found WHERE id IN ({})", list(1, chunk.len()));
        for row in query(conn, &sql, chunk.iter().map(|id| (*id).into()).collect()).await? {
            known.insert(column(&row, "id")?);
        }
    }
    Ok(known)
}

/// They are told of, in this transaction.
pub async fn record<C: ConnectionTrait>(tx: &C, ids: &[&str], now: DateTime<Utc>) -> Result<(), Error> {
    for chunk in ids.chunks(CHUNK) {
        let sql = format!("INSERT INTO opportunities_found (id, found_at) VALUES {}", places(chunk.len(), 2));
        let values: Vec<Value> = chunk.iter().flat_map(|id| [(*id).into(), micros(now).into()]).collect();
        execute(tx, &sql, values).await?;
    }
    Ok(())
}
