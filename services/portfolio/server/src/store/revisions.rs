//! Ranking revisions: immutable, numbered from 1 without gaps.
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, QueryResult};
use soundings_chassis::micros;
use soundings_mailbox::{
    Error,
    sql::{column, execute, query, query_one},
};
use soundings_portfolio_domain::Kind;

use super::heard::{self, Heard};

/// A revision as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Its number.
    pub revision: i64,
    /// SHA-256 of the ordering, in hex.
    pub digest: String,
    /// Last input that it counts.
    pub position: i64,
    /// The `Ranking` message without items and portfolios.
    pub header: Vec<u8>,
    /// The `Ranking` message.
    pub result: Vec<u8>,
    /// The `RankingChange` message.
    pub change: Vec<u8>,
}

const COLUMNS: &str = "revision, digest, position, header, result, change";

fn read(row: &QueryResult) -> Result<Revision, Error> {
    Ok(Revision {
        revision: column(row, "revision")?,
        digest: column(row, "digest")?,
        position: column(row, "position")?,
        header: column(row, "header")?,
        result: column(row, "result")?,
        change: column(row, "change")?,
    })
}

/// Writes a revision. [`Error::UniqueViolation`] when a stale worker's number is taken.
pub async fn insert<C: ConnectionTrait>(
    tx: &C,
    kind: Kind,
    revision: &Revision,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let sql = "INSERT INTO revisions (ranking, revision, digest, position, made_at, header, result, change) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = vec![
        kind.name().into(),
        revision.revision.into(),
        revision.digest.as_str().into(),
        revision.position.into(),
        micros(now).into(),
        revision.header.clone().into(),
        revision.result.clone().into(),
        revision.change.clone().into(),
    ];
    execute(tx, sql, values).await.map(drop)
}

/// The newest revision.
pub async fn newest<C: ConnectionTrait>(conn: &C, kind: Kind) -> Result<Option<Revision>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM revisions WHERE ranking = $1 ORDER BY revision DESC LIMIT 1");
    query_one(conn, &sql, vec![kind.name().into()]).await?.as_ref().map(read).transpose()
}

/// The newest revision, and who was heard up to the last input that was ranked, read as one: what is ranked meanwhile is
/// in both or in neither.
pub async fn newest_heard<C: ConnectionTrait>(
    conn: &C,
    kind: Kind,
) -> Result<Option<(Revision, Option<Heard>)>, Error> {
    let sql = format!(
        "SELECT {COLUMNS}, {} FROM revisions LEFT JOIN heard ON heard.id = 1 WHERE ranking = $1 \
         ORDER BY revision DESC LIMIT 1",
        heard::COLUMNS
    );
    let row = query_one(conn, &sql, vec![kind.name().into()]).await?;
    row.map(|row| Ok((read(&row)?, heard::read_row(&row)?))).transpose()
}

/// One revision.
pub async fn find<C: ConnectionTrait>(
    conn: &C,
    kind: Kind,
    revision: i64,
) -> Result<Option<Revision>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM revisions WHERE ranking = $1 AND revision = $2");
    query_one(conn, &sql, vec![kind.name().into(), revision.into()]).await?.as_ref().map(read).transpose()
}

/// The newest revision at a time.
pub async fn at_time<C: ConnectionTrait>(
    conn: &C,
    kind: Kind,
    time: DateTime<Utc>,
) -> Result<Option<Revision>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM revisions WHERE ranking = $1 AND made_at <= $2 ORDER BY revision DESC LIMIT 1"
    );
    query_one(conn, &sql, vec![kind.name().into(), micros(time).into()]).await?.as_ref().map(read).transpose()
}

/// The number of the newest revision; 0: there is none.
pub async fn newest_number<C: ConnectionTrait>(conn: &C, kind: Kind) -> Result<i64, Error> {
    let sql = "SELECT revision FROM revisions WHERE ranking = $1 ORDER BY revision DESC LIMIT 1";
    let row = query_one(conn, sql, vec![kind.name().into()]).await?;
    row.map_or(Ok(0), |row| column(&row, "revision"))
}

/// Numbers and `RankingChange` messages of those after a revision, oldest first.
pub async fn changes_after<C: ConnectionTrait>(
    conn: &C,
    kind: Kind,
    revision: i64,
    limit: u32,
) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    let sql = "SELECT revision, change FROM revisions WHERE ranking = $1 AND revision > $2 \
               ORDER BY revision LIMIT $3";
    let values = vec![kind.name().into(), revision.into(), i64::from(limit).into()];
    let rows = query(conn, sql, values).await?;
    rows.iter().map(|row| Ok((column(row, "revision")?, column(row, "change")?))).collect()
}

/// Numbers and headers of those before a revision, newest first.
pub async fn headers_before<C: ConnectionTrait>(
    conn: &C,
    kind: Kind,
    revision: i64,
    limit: u32,
) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    let sql = "SELECT revision, header FROM revisions WHERE ranking = $1 AND revision < $2 \
               ORDER BY revision DESC LIMIT $3";
    let values = vec![kind.name().into(), revision.into(), i64::from(limit).into()];
    let rows = query(conn, sql, values).await?;
    rows.iter().map(|row| Ok((column(row, "revision")?, column(row, "header")?))).collect()
}
