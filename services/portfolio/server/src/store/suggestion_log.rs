//! What people decided on suggested links: an append-only log of dismissals and of dismissals taken back.
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use soundings_chassis::{from_micros, micros};
use soundings_mailbox::{
    Error, outbox,
    sql::{column, execute, query},
};

/// Numbers the log's entries, and is held while one is decided.
pub const COUNTER: &str = "//soundings/portfolio/suggestions";

/// A link that is not suggested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dismissed {
    /// The work item's id.
    pub item: String,
    /// The theme's full name.
    pub theme: String,
    /// Who dismissed it.
    pub actor: String,
    /// Why; may be empty.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What is dismissed now, of one item or of all, in order of item, then of theme.
pub async fn dismissed<C: ConnectionTrait>(conn: &C, item: Option<&str>) -> Result<Vec<Dismissed>, Error> {
    let (of, values) = match item {
        Some(item) => ("WHERE item = $1 ", vec![item.into()]),
        None => ("", Vec::new()),
    };
    let sql = format!(
        "SELECT item, theme, actor, reason, recorded_at FROM suggestion_log WHERE dismissed = 1 AND position IN \
         (SELECT MAX(position) FROM suggestion_log {of}GROUP BY item, theme)"
    );
    let rows = query(conn, &sql, values).await?;
    let read = rows.iter().map(|row| {
        Ok(Dismissed {
            item: column(row, "item")?,
            theme: column(row, "theme")?,
            actor: column(row, "actor")?,
            reason: column(row, "reason")?,
            at: from_micros(column(row, "recorded_at")?),
        })
    });
    // The engines sort text differently.
    let mut all = read.collect::<Result<Vec<_>, Error>>()?;
    all.sort_by(|a, b| (&a.item, &a.theme).cmp(&(&b.item, &b.theme)));
    Ok(all)
}

/// Appends that a link is dismissed, or that its dismissal is taken back.
pub async fn append<C: ConnectionTrait>(tx: &C, of: &Dismissed, dismissed: bool) -> Result<(), Error> {
    let position = outbox::allocate(tx, COUNTER).await?;
    let sql = "INSERT INTO suggestion_log (position, item, theme, dismissed, actor, reason, recorded_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = vec![
        position.into(),
        of.item.as_str().into(),
        of.theme.as_str().into(),
        i64::from(dismissed).into(),
        of.actor.as_str().into(),
        of.reason.as_str().into(),
        micros(of.at).into(),
    ];
    execute(tx, sql, values).await.map(drop)
}
