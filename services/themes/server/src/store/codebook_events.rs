//! The decisions on codebooks, in the order they were taken. Nothing is ever changed or removed here, but words that
//! their author took back.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult};
use soundings_mailbox::Error;
use soundings_themes_domain::{Action, CodebookEvent, decision, withdrawal};

use super::codebooks;
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

/// Takes the words of responses that are withdrawn or erased out of the codebook and its events, where a split or an
/// emerging theme made exemplars of them.
pub async fn withdraw<C: ConnectionTrait>(tx: &C, codebook: &str, responses: &[&str]) -> Result<(), Error> {
    if responses.is_empty() {
        return Ok(());
    }
    let responses: BTreeSet<&str> = responses.iter().copied().collect();
    // Of two withdrawals at once the later one reads what the earlier one left.
    let lock = if tx.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" };
    let select = "SELECT actor, reason, at, body FROM codebook_events WHERE codebook = $1 AND version >= $2 AND \
                  ($3 = '' OR action = $3) ORDER BY version";
    let values = |from: i64, action: &str| vec![codebook.into(), from.into(), action.into()];
    let mut made: Vec<KeptEvent> = Vec::new();
    for action in [Action::Split, Action::Emerge] {
        for row in sql::query(tx, select, values(0, action.as_str())).await? {
            made.push(from_row(&row)?);
        }
    }
    made.sort_by_key(|kept| kept.event.version);
    let found = withdrawal::exemplars_of(made.iter().map(|kept| &kept.event), &responses);
    let Some(first) = made.first().filter(|_| !found.is_empty()) else { return Ok(()) };
    let digests: BTreeSet<String> = found.into_values().flatten().collect();
    let rows = sql::query(tx, &format!("{select}{lock}"), values(first.event.version, "")).await?;
    for row in &rows {
        let mut kept = from_row(row)?;
        if kept.event.withdraw(&digests, &responses) {
            let update = "UPDATE codebook_events SET body = $3 WHERE codebook = $1 AND version = $2";
            let body = sql::to_json(&kept.event)?;
            sql::execute(tx, update, vec![codebook.into(), kept.event.version.into(), body.into()]).await?;
        }
    }
    let Some(mut book) = codebooks::find(tx, codebook, false).await? else { return Ok(()) };
    for id in book.withdraw(&digests) {
        let Some(theme) = book.theme(&id) else { continue };
        let update = "UPDATE themes SET exemplars = $3, assigned = $4 WHERE codebook = $1 AND id = $2";
        let (exemplars, assigned) = (sql::to_json(&theme.exemplars)?, sql::to_json(&theme.assigned)?);
        sql::execute(tx, update, vec![codebook.into(), id.into(), exemplars.into(), assigned.into()]).await?;
    }
    Ok(())
}

fn from_row(row: &QueryResult) -> Result<KeptEvent, Error> {
    Ok(KeptEvent {
        event: sql::from_json(&column::<String>(row, "body")?)?,
        actor: column(row, "actor")?,
        reason: column(row, "reason")?,
        time: column(row, "at")?,
    })
}
