//! Who raises each theme, by organisation.

use std::collections::HashMap;

use sea_orm::ConnectionTrait;
use soundings_mailbox::Error;

use super::Seen;
use crate::store::sql::{self, column, list};

/// A tally of one organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The organisation's id.
    pub organisation: String,
    /// The theme's id; empty: answered at all.
    pub theme: String,
    /// Distinct voices.
    pub respondents: i64,
    /// Responses, identical ones included.
    pub responses: i64,
}

/// (respondents, responses) by theme over all organisations seen; under the empty id, of those who answered.
pub async fn totals<C: ConnectionTrait>(conn: &C, seen: &Seen) -> Result<HashMap<String, (i64, i64)>, Error> {
    let (condition, values) = seen.condition();
    let select = format!(
        "SELECT theme, CAST(SUM(respondents) AS BIGINT) AS respondents, CAST(SUM(responses) AS BIGINT) AS responses \
         FROM tallies WHERE {condition} GROUP BY theme"
    );
    let rows = sql::query(conn, &select, values).await?;
    rows.iter()
        .map(|row| Ok((column(row, "theme")?, (column(row, "respondents")?, column(row, "responses")?))))
        .collect()
}

/// How many answered in each organisation, a page of at most `limit` after this one, by id.
pub async fn organisations<C: ConnectionTrait>(
    conn: &C,
    seen: &Seen,
    after: &str,
    limit: i64,
) -> Result<Vec<Tally>, Error> {
    let (condition, mut values) = seen.condition();
    let next = values.len() + 1;
    values.extend([after.into(), limit.into()]);
    let select = format!(
        "SELECT * FROM tallies WHERE {condition} AND theme = '' AND responses > 0 AND organisation > ${next} \
         ORDER BY organisation LIMIT ${}",
        next + 1
    );
    sql::query(conn, &select, values).await?.iter().map(tally).collect()
}

/// How often each of these organisations raises each theme, by organisation, then by theme.
pub async fn cells<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    organisations: &[&str],
) -> Result<Vec<Tally>, Error> {
    if organisations.is_empty() {
        return Ok(Vec::new());
    }
    let select = format!(
        "SELECT * FROM tallies WHERE codebook = $1 AND theme <> '' AND responses > 0 AND organisation IN ({}) \
         ORDER BY organisation, theme",
        list(2, organisations.len())
    );
    let mut values = vec![codebook.into()];
    values.extend(organisations.iter().map(|organisation| (*organisation).into()));
    sql::query(conn, &select, values).await?.iter().map(tally).collect()
}

/// How often each organisation raises the theme that is seen, by organisation.
pub async fn of_theme<C: ConnectionTrait>(conn: &C, seen: &Seen) -> Result<Vec<Tally>, Error> {
    let (condition, values) = seen.condition_of_theme();
    let select =
        format!("SELECT * FROM tallies WHERE {condition} AND responses > 0 ORDER BY organisation, theme");
    sql::query(conn, &select, values).await?.iter().map(tally).collect()
}

/// The statements under the theme that is seen.
pub async fn mentions_of_theme<C: ConnectionTrait>(conn: &C, seen: &Seen) -> Result<i64, Error> {
    let (condition, values) = seen.condition_of_theme();
    let select = format!("SELECT COUNT(*) AS mentions FROM mentions WHERE {condition}");
    sql::query_one(conn, &select, values).await?.map_or(Ok(0), |row| column(&row, "mentions"))
}

fn tally(row: &sea_orm::QueryResult) -> Result<Tally, Error> {
    Ok(Tally {
        organisation: column(row, "organisation")?,
        theme: column(row, "theme")?,
        respondents: column(row, "respondents")?,
        responses: column(row, "responses")?,
    })
}
