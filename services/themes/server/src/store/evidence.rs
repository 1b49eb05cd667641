//! Evidence on themes. A removed piece stays, with who removed it and why.

use sea_orm::{ConnectionTrait, QueryResult};
use soundings_mailbox::Error;
use soundings_themes_domain::Evidence;

use super::sql::{self, column};

/// A piece of evidence as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptEvidence {
    /// Its place in the order of arrival; 0 before it has one.
    pub position: i64,
    /// Its id, unique in the codebook.
    pub id: String,
    /// The evidence.
    pub evidence: Evidence,
    /// Who added it.
    pub actor: String,
    /// When, in microseconds since 1970.
    pub time: i64,
    /// Who removed it, when and why; none: nobody.
    pub removed: Option<(String, i64, String)>,
}

/// Adds a piece.
pub async fn append<C: ConnectionTrait>(tx: &C, codebook: &str, kept: &KeptEvidence) -> Result<(), Error> {
    let insert = "INSERT INTO theme_evidence (codebook, id, themes, source, citation, said_on, quote, strength, actor, \
                  at, removed_by, removed_at, remove_reason) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, '', 0, '')";
    let Evidence { themes, source, citation, date, quote, strength } = &kept.evidence;
    let values = vec![
        codebook.into(),
        kept.id.as_str().into(),
        themes.iter().cloned().collect::<Vec<_>>().join(" ").into(),
        source.as_str().into(),
        citation.as_str().into(),
        date.as_str().into(),
        quote.as_str().into(),
        i64::from(*strength).into(),
        kept.actor.as_str().into(),
        kept.time.into(),
    ];
    sql::execute(tx, insert, values).await?;
    Ok(())
}

/// One piece.
pub async fn find<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    id: &str,
) -> Result<Option<KeptEvidence>, Error> {
    let select = "SELECT * FROM theme_evidence WHERE codebook = $1 AND id = $2";
    let row = sql::query_one(conn, select, vec![codebook.into(), id.into()]).await?;
    row.as_ref().map(from_row).transpose()
}

/// Marks a piece as removed, unless it is already; tells whether it was not.
pub async fn remove<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    id: &str,
    (actor, time, reason): (&str, i64, &str),
) -> Result<bool, Error> {
    let update = "UPDATE theme_evidence SET removed_by = $3, removed_at = $4, remove_reason = $5 \
                  WHERE codebook = $1 AND id = $2 AND removed_at = 0";
    let values = vec![codebook.into(), id.into(), actor.into(), time.into(), reason.into()];
    Ok(sql::execute(tx, update, values).await? > 0)
}

/// Every piece of a codebook, newest first.
pub async fn all<C: ConnectionTrait>(conn: &C, codebook: &str) -> Result<Vec<KeptEvidence>, Error> {
    let select = "SELECT * FROM theme_evidence WHERE codebook = $1 ORDER BY position DESC";
    sql::query(conn, select, vec![codebook.into()]).await?.iter().map(from_row).collect()
}

fn from_row(row: &QueryResult) -> Result<KeptEvidence, Error> {
    let themes: String = column(row, "themes")?;
    let strength: i64 = column(row, "strength")?;
    let removed_at: i64 = column(row, "removed_at")?;
    let removed = (column(row, "removed_by")?, removed_at, column(row, "remove_reason")?);
    Ok(KeptEvidence {
        position: column(row, "position")?,
        id: column(row, "id")?,
        evidence: Evidence {
            themes: themes.split_whitespace().map(str::to_owned).collect(),
            source: column(row, "source")?,
            citation: column(row, "citation")?,
            date: column(row, "said_on")?,
            quote: column(row, "quote")?,
            strength: u8::try_from(strength).unwrap_or_default(),
        },
        actor: column(row, "actor")?,
        time: column(row, "at")?,
        removed: (removed_at != 0).then_some(removed),
    })
}
