//! Gaps that others were told of and that are not closed again.
use std::collections::BTreeMap;

use sea_orm::ConnectionTrait;
use soundings_mailbox::{
    Error,
    sql::{column, execute, query},
};
use soundings_portfolio_domain::{Kind, gaps::Gap};

/// By ranking and key, as they were told.
pub type Told = BTreeMap<(Kind, String), Gap>;

/// What tells gaps of one ranking apart.
pub fn key(gap: &Gap) -> String {
    format!("{}/{}", gap.missing.name(), gap.of)
}

/// Every gap that was told and is open.
pub async fn read<C: ConnectionTrait>(conn: &C) -> Result<Told, Error> {
    let rows = query(conn, "SELECT ranking, gap, content FROM told_gaps", Vec::new()).await?;
    let mut told = Told::new();
    for row in &rows {
        let (ranking, gap): (String, String) = (column(row, "ranking")?, column(row, "gap")?);
        let content: String = column(row, "content")?;
        let content =
            serde_json::from_str(&content).map_err(|error| Error::Corrupt(format!("a gap: {error}")))?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == ranking);
        let kind = kind.ok_or_else(|| Error::Corrupt(format!("a gap of the ranking {ranking:?}")))?;
        told.insert((kind, gap), content);
    }
    Ok(told)
}

/// Keeps that a gap was told.
pub async fn open<C: ConnectionTrait>(tx: &C, kind: Kind, gap: &Gap) -> Result<(), Error> {
    let sql = "INSERT INTO told_gaps (ranking, gap, content) VALUES ($1, $2, $3)";
    let content = serde_json::to_string(gap).map_err(|error| Error::Corrupt(error.to_string()))?;
    execute(tx, sql, vec![kind.name().into(), key(gap).into(), content.into()]).await.map(drop)
}

/// Keeps that it was told to be closed.
pub async fn close<C: ConnectionTrait>(tx: &C, kind: Kind, gap: &Gap) -> Result<(), Error> {
    let sql = "DELETE FROM told_gaps WHERE ranking = $1 AND gap = $2";
    execute(tx, sql, vec![kind.name().into(), key(gap).into()]).await.map(drop)
}
