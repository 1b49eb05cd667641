//! The decisions on codebooks, in the order they were taken. Nothing is ever changed or removed here.

use sea_orm::{ConnectionTrait, QueryResult};
use soundings_mailbox::Error;
use soundings_themes_domain::{CodebookEvent, decision};

use super::sql::{self, column};

const PAGE: i64 = 50;

/// An event with who decided, why and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptEvent {
    /// What was decided.
    pub event: CodebookEvent,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When, in microseconds since 1970.
    pub time: i64,
}

/// Adds an event.
pub async fn append<C: ConnectionTrait>(tx: &C, kept: &KeptEvent) -> Result<(), Error> {
    let insert = "INSERT INTO codebook_events (codebook, version, action, actor, reason, at, body) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = vec![
        kept.event.codebook.as_str().into(),
        kept.event.version.into(),
        kept.event.action.as_str().into(),
        kept.actor.as_str().into(),
        kept.reason.as_str().into(),
        kept.time.into(),
        sql::to_json(&kept.event)?.into(),
    ];
    sql::execute(tx, insert, values).await?;
    Ok(())
}

/// At most `limit` events before a version, newest first.
pub async fn before<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    version: i64,
    limit: i64,
) -> Result<Vec<KeptEvent>, Error> {
    let select = "SELECT actor, reason, at, body FROM codebook_events WHERE codebook = $1 AND version < $2 \
                  ORDER BY version DESC LIMIT $3";
    let values = vec![codebook.into(), version.into(), limit.into()];
    sql::query(conn, select, values).await?.iter().map(from_row).collect()
}

/// The last `count` decisions that stand, newest first; fewer, where there are fewer.
pub async fn standing<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    count: usize,
) -> Result<Vec<CodebookEvent>, Error> {
    let mut read: Vec<CodebookEvent> = Vec::new();
    loop {
        let from = read.last().map_or(i64::MAX, |event| event.version);
        let page = before(conn, codebook, from, PAGE).await?;
        let last = (page.len() as i64) < PAGE;
        read.extend(page.into_iter().map(|kept| kept.event));
        let found = decision::standing(&read, count);
        if last || found.len() == count {
            return Ok(found.into_iter().cloned().collect());
        }
    }
}

/// The last event that changed a theme; with the empty id, the last of all.
pub async fn last_on<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    theme: &str,
) -> Result<Option<KeptEvent>, Error> {
    let mut from = i64::MAX;
    loop {
        let page = before(conn, codebook, from, PAGE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        from = last.event.version;
        let found = page
            .into_iter()
            .find(|kept| theme.is_empty() || kept.event.themes.iter().any(|change| change.id() == theme));
        if found.is_some() {
            return Ok(found);
        }
    }
}

fn from_row(row: &QueryResult) -> Result<KeptEvent, Error> {
    Ok(KeptEvent {
        event: sql::from_json(&column::<String>(row, "body")?)?,
        actor: column(row, "actor")?,
        reason: column(row, "reason")?,
        time: column(row, "at")?,
    })
}
