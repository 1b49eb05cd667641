//! Which statements show a theme best, and which least. Those that only a person put under it are passed over: their
//! score says nothing about their words.

use sea_orm::{ConnectionTrait, Value};
use soundings_mailbox::Error;

use super::Seen;
use crate::store::mentions::{StoredMention, from_row};
use crate::store::sql::{self, list};

/// What the model scored.
const SCORED: &str = "NOT (decided_by <> '' AND score = 1000000)";

/// The highest scores of a theme, the same words once.
pub async fn typical<C: ConnectionTrait>(
    conn: &C,
    seen: &Seen,
    limit: i64,
) -> Result<Vec<StoredMention>, Error> {
    let (condition, mut values) = seen.condition_of_theme();
    values.push(limit.into());
    let select = format!(
        "SELECT * FROM (SELECT m.*, ROW_NUMBER() OVER (PARTITION BY digest ORDER BY score DESC, position) AS repeat_no \
         FROM mentions m WHERE {condition} AND {SCORED}) said WHERE repeat_no = 1 ORDER BY score DESC, position LIMIT ${}",
        values.len()
    );
    sql::query(conn, &select, values).await?.iter().map(from_row).collect()
}

/// The lowest score of each organisation, lowest first, then each one's next lowest, and so on: without the words of
/// these statements, and the same words once.
pub async fn different<C: ConnectionTrait>(
    conn: &C,
    seen: &Seen,
    without: &[StoredMention],
    limit: i64,
) -> Result<Vec<StoredMention>, Error> {
    let (mut condition, mut values) = seen.condition_of_theme();
    if !without.is_empty() {
        condition += &format!(" AND digest NOT IN ({})", list(values.len() + 1, without.len()));
        values.extend(without.iter().map(|m| Value::from(m.digest.as_str())));
    }
    values.push(limit.into());
    let select = format!(
        "SELECT * FROM (SELECT said.*, ROW_NUMBER() OVER (PARTITION BY organisation ORDER BY score, position) AS turn \
         FROM (SELECT m.*, ROW_NUMBER() OVER (PARTITION BY digest ORDER BY score, position) AS repeat_no \
         FROM mentions m WHERE {condition} AND {SCORED}) said WHERE repeat_no = 1) turns \
         ORDER BY turn, score, position LIMIT ${}",
        values.len()
    );
    sql::query(conn, &select, values).await?.iter().map(from_row).collect()
}
