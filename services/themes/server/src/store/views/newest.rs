//! The newest responses and their statements.

use sea_orm::ConnectionTrait;
use soundings_mailbox::Error;

use super::Seen;
use crate::store::mentions::{StoredMention, from_row};
use crate::store::sql::{self, column, list};

/// The ids of the newest `limit` responses with a statement, newest first; with one under the theme, if one is seen.
pub async fn responses<C: ConnectionTrait>(conn: &C, seen: &Seen, limit: i64) -> Result<Vec<String>, Error> {
    let (condition, mut values) = seen.condition_of_theme();
    values.push(limit.into());
    let select = format!(
        "SELECT DISTINCT response_time, response FROM mentions WHERE {condition} \
         ORDER BY response_time DESC, response DESC LIMIT ${}",
        values.len()
    );
    let rows = sql::query(conn, &select, values).await?;
    rows.iter().map(|row| column(row, "response")).collect()
}

/// Every mention of these responses, under whatever theme, newest response first; those of a statement side by side.
pub async fn mentions<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    responses: &[String],
) -> Result<Vec<StoredMention>, Error> {
    let select = format!(
        "SELECT * FROM mentions WHERE codebook = $1 AND response IN ({}) \
         ORDER BY response_time DESC, response DESC, question, start_at, end_at, ordinal",
        list(2, responses.len())
    );
    let mut values = vec![codebook.into()];
    values.extend(responses.iter().map(|response| response.as_str().into()));
    sql::query(conn, &select, values).await?.iter().map(from_row).collect()
}
