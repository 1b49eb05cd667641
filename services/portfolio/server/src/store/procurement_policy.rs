//! How opportunities are looked for and scored, as it was decided last.
use sea_orm::ConnectionTrait;
use soundings_mailbox::{
    Error,
    sql::{column, execute, query_one},
};
use soundings_portfolio_domain::procurement::Policy;

/// Names the policy's lock.
pub const LOCK: &str = "//soundings/portfolio/procurement-policy";

/// The policy and its version; the first one is version 0.
pub async fn read<C: ConnectionTrait>(conn: &C) -> Result<(Policy, i64), Error> {
    let row = query_one(conn, "SELECT version, content FROM procurement_policy", vec![]).await?;
    let Some(row) = row else { return Ok((Policy::default(), 0)) };
    let content: String = column(&row, "content")?;
    let policy = serde_json::from_str(&content).map_err(|e| Error::Corrupt(format!("the policy: {e}")))?;
    Ok((policy, column(&row, "version")?))
}

/// Writes the policy.
pub async fn put<C: ConnectionTrait>(tx: &C, policy: &Policy, version: i64) -> Result<(), Error> {
    let content = serde_json::to_string(policy).map_err(|e| Error::Corrupt(e.to_string()))?;
    let sql = "INSERT INTO procurement_policy (id, version, content) VALUES (1, $1, $2) \
               ON CONFLICT (id) DO UPDATE SET version = excluded.version, content = excluded.content";
    execute(tx, sql, vec![version.into(), content.into()]).await.map(drop)
}
