//! The register of benefits, append-only: each entry is a benefit's newest content, or that it is gone, under the next
//! version of the register.
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use soundings_chassis::{from_micros, micros};
use soundings_mailbox::{
    Error, outbox,
    sql::{column, execute, query},
};
use soundings_portfolio_domain::benefits::Benefit;

/// Numbers versions; who writes the register holds it.
pub const COUNTER: &str = "//soundings/portfolio/benefits";

/// The register at a version.
#[derive(Debug, Clone, Default)]
pub struct Register {
    /// Benefits by id.
    pub benefits: BTreeMap<String, Benefit>,
    /// The version of each one's newest entry: its etag.
    pub etags: BTreeMap<String, i64>,
    /// The version of the newest entry; 0: there is none.
    pub version: i64,
    /// When that was written.
    pub time: Option<DateTime<Utc>>,
}

impl Register {
    /// A benefit's etag; 0: there is no such benefit.
    pub fn etag(&self, id: &str) -> i64 {
        self.etags.get(id).copied().unwrap_or(0)
    }
}

/// The register as it stood at a version.
pub async fn at<C: ConnectionTrait>(conn: &C, version: i64) -> Result<Register, Error> {
    let sql = "SELECT version, id, content, recorded_at FROM benefits_log WHERE version IN \
               (SELECT MAX(version) FROM benefits_log WHERE version <= $1 GROUP BY id)";
    let mut register = Register::default();
    for row in query(conn, sql, vec![version.into()]).await? {
        let (version, id): (i64, String) = (column(&row, "version")?, column(&row, "id")?);
        if version > register.version {
            register.version = version;
            register.time = Some(from_micros(column(&row, "recorded_at")?));
        }
        if let Some(content) = column::<Option<String>>(&row, "content")? {
            let benefit = serde_json::from_str(&content);
            let benefit = benefit.map_err(|error| Error::Corrupt(format!("a benefit: {error}")))?;
            register.etags.insert(id.clone(), version);
            register.benefits.insert(id, benefit);
        }
    }
    Ok(register)
}

/// Appends a benefit's content, or that it is gone; returns the version.
pub async fn append<C: ConnectionTrait>(
    tx: &C,
    id: &str,
    benefit: Option<&Benefit>,
    actor: &str,
    now: DateTime<Utc>,
) -> Result<i64, Error> {
    let content = benefit.map(serde_json::to_string).transpose();
    let content = content.map_err(|error| Error::Corrupt(error.to_string()))?;
    let version = outbox::allocate(tx, COUNTER).await?;
    let sql =
        "INSERT INTO benefits_log (version, id, content, actor, recorded_at) VALUES ($1, $2, $3, $4, $5)";
    let values = vec![version.into(), id.into(), content.into(), actor.into(), micros(now).into()];
    execute(tx, sql, values).await?;
    Ok(version)
}
