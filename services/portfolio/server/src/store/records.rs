//! Numbered things that people work on step by step: plans and scoring rounds. Each is kept whole, with its version.
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, QueryResult};
use serde::{Serialize, de::DeserializeOwned};
use soundings_chassis::{from_micros, micros};
use soundings_mailbox::{
    Error, outbox,
    sql::{column, execute, query, query_one},
};

/// What kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A plan.
    Plan,
    /// A scoring round.
    Round,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Plan => "plan",
            Kind::Round => "round",
        }
    }

    /// What to hold while one of these is changed, and what numbers them.
    pub fn counter(self) -> &'static str {
        match self {
            Kind::Plan => "//soundings/portfolio/plans",
            Kind::Round => "//soundings/portfolio/rounds",
        }
    }
}

/// A thing as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept<T> {
    /// Its number, from 1.
    pub number: i64,
    /// Grows by one with each change, from 1: its etag.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// What it is.
    pub content: T,
}

const COLUMNS: &str = "number, version, created_at, content";

fn read<T: DeserializeOwned>(row: &QueryResult) -> Result<Kept<T>, Error> {
    let content: String = column(row, "content")?;
    let content =
        serde_json::from_str(&content).map_err(|error| Error::Corrupt(format!("a record: {error}")))?;
    let created_at = from_micros(column(row, "created_at")?);
    Ok(Kept { number: column(row, "number")?, version: column(row, "version")?, created_at, content })
}

fn json(content: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(content).map_err(|error| Error::Corrupt(error.to_string()))
}

/// Keeps a new thing under the next number.
pub async fn insert<C: ConnectionTrait, T: Serialize>(
    tx: &C,
    kind: Kind,
    state: &str,
    content: T,
    now: DateTime<Utc>,
) -> Result<Kept<T>, Error> {
    let number = outbox::allocate(tx, kind.counter()).await?;
    let sql = "INSERT INTO records (kind, number, version, state, content, created_at) VALUES ($1, $2, 1, $3, $4, $5)";
    let values =
        vec![kind.name().into(), number.into(), state.into(), json(&content)?.into(), micros(now).into()];
    execute(tx, sql, values).await?;
    Ok(Kept { number, version: 1, created_at: now, content })
}

/// Keeps what a thing has become.
pub async fn replace<C: ConnectionTrait, T: Serialize>(
    tx: &C,
    kind: Kind,
    state: &str,
    kept: Kept<T>,
) -> Result<Kept<T>, Error> {
    let version = kept.version + 1;
    let sql = "UPDATE records SET version = $1, state = $2, content = $3 WHERE kind = $4 AND number = $5";
    let content = json(&kept.content)?;
    let values = vec![version.into(), state.into(), content.into(), kind.name().into(), kept.number.into()];
    execute(tx, sql, values).await?;
    Ok(Kept { version, ..kept })
}

/// One thing.
pub async fn find<C: ConnectionTrait, T: DeserializeOwned>(
    conn: &C,
    kind: Kind,
    number: i64,
) -> Result<Option<Kept<T>>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM records WHERE kind = $1 AND number = $2");
    query_one(conn, &sql, vec![kind.name().into(), number.into()]).await?.as_ref().map(read).transpose()
}

/// The newest thing in a state.
pub async fn newest_in<C: ConnectionTrait, T: DeserializeOwned>(
    conn: &C,
    kind: Kind,
    state: &str,
) -> Result<Option<Kept<T>>, Error> {
    let sql =
        format!("SELECT {COLUMNS} FROM records WHERE kind = $1 AND state = $2 ORDER BY number DESC LIMIT 1");
    query_one(conn, &sql, vec![kind.name().into(), state.into()]).await?.as_ref().map(read).transpose()
}

/// Those before a number, newest first.
pub async fn before<C: ConnectionTrait, T: DeserializeOwned>(
    conn: &C,
    kind: Kind,
    number: i64,
    limit: u32,
) -> Result<Vec<Kept<T>>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM records WHERE kind = $1 AND number < $2 ORDER BY number DESC LIMIT $3"
    );
    let rows = query(conn, &sql, vec![kind.name().into(), number.into(), i64::from(limit).into()]).await?;
    rows.iter().map(read).collect()
}
