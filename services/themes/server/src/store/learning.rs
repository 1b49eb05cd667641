//! Learned assigners, each kept as it was trained, and how far people's decisions have been learned from.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ConnectionTrait, QueryResult};
use serde::{Deserialize, Serialize};
use soundings_mailbox::Error;
use soundings_themes_domain::StatementKey;

use super::sql::{self, column};

/// How a theme fared in training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThemeRecord {
    /// The theme's id.
    pub theme: String,
    /// Labelled statements of it.
    pub labels: i64,
    /// F1 of the learned assigner by cross-validation, 0 to 1.
    pub learned_f1: f64,
    /// F1 of the prototypes on the same labels, 0 to 1.
    pub prototype_f1: f64,
    /// Whether the learned one decides this theme.
    pub takes_over: bool,
}

/// A learned assigner without its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Training {
    /// Its number in its codebook, from 1.
    pub number: i64,
    /// Its version, which names its content.
    pub version: String,
    /// The model of embeddings that it must be applied with.
    pub encoder: String,
    /// How each theme fared, in order of id.
    pub record: Vec<ThemeRecord>,
    /// Labelled statements that it was trained on.
    pub labels: i64,
    /// When, in microseconds since 1970.
    pub time: i64,
}

/// Adds one, of the number after the last.
pub async fn append<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    training: &Training,
    artefact: &str,
) -> Result<(), Error> {
    let insert = "INSERT INTO learned_assigners (codebook, number, version, encoder, artefact, record, labels, at) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = vec![
        codebook.into(),
        training.number.into(),
        training.version.as_str().into(),
        training.encoder.as_str().into(),
        artefact.into(),
        sql::to_json(&training.record)?.into(),
        training.labels.into(),
        training.time.into(),
    ];
    sql::execute(tx, insert, values).await?;
    Ok(())
}

/// The last one trained; none: there is none.
pub async fn last<C: ConnectionTrait>(conn: &C, codebook: &str) -> Result<Option<Training>, Error> {
    let select = "SELECT number, version, encoder, record, labels, at FROM learned_assigners WHERE codebook = $1 \
                  ORDER BY number DESC LIMIT 1";
    sql::query_one(conn, select, vec![codebook.into()]).await?.map(|row| from_row(&row)).transpose()
}

/// The number that new responses are assigned by, by codebook; none: by no learned assigner, or by one of another model
/// of embeddings than this.
pub async fn numbers<C: ConnectionTrait>(conn: &C, encoder: &str) -> Result<BTreeMap<String, i64>, Error> {
    let select = "SELECT t.codebook, t.number FROM training t JOIN learned_assigners l ON l.codebook = t.codebook AND \
                  l.number = t.number WHERE l.encoder = $1";
    let rows = sql::query(conn, select, vec![encoder.into()]).await?;
    rows.iter().map(|row| Ok((column(row, "codebook")?, column(row, "number")?))).collect()
}

/// The weights of one, by its number; none: there is no such.
pub async fn artefact<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    number: i64,
) -> Result<Option<String>, Error> {
    let select = "SELECT artefact FROM learned_assigners WHERE codebook = $1 AND number = $2";
    let row = sql::query_one(conn, select, vec![codebook.into(), number.into()]).await?;
    row.map(|row| column(&row, "artefact")).transpose()
}

/// The number of a version; none: there is no such.
pub async fn number_of<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    version: &str,
) -> Result<Option<i64>, Error> {
    let select = "SELECT number FROM learned_assigners WHERE codebook = $1 AND version = $2 ORDER BY number DESC LIMIT 1";
    let row = sql::query_one(conn, select, vec![codebook.into(), version.into()]).await?;
    row.map(|row| column(&row, "number")).transpose()
}

/// Notes that decisions up to this place were learned from, and which assigner new responses are assigned by.
pub async fn note<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    decision: i64,
    number: i64,
) -> Result<(), Error> {
    let upsert = "INSERT INTO training (codebook, decision, number) VALUES ($1, $2, $3) ON CONFLICT (codebook) DO \
                  UPDATE SET decision = excluded.decision, number = excluded.number";
    sql::execute(tx, upsert, vec![codebook.into(), decision.into(), number.into()]).await?;
    Ok(())
}

/// Decisions that are labels: not those on statements drawn at random, which gauge what was learned.
const LABELS: &str = "FROM mention_decisions d WHERE d.codebook = $1 AND NOT EXISTS (SELECT 1 FROM mention_decisions r \
    WHERE r.codebook = d.codebook AND r.response = d.response AND r.question = d.question AND r.digest = d.digest AND \
    r.drawn <> 0)";

/// How many labels there are that were not learned from yet, and the place of the last decision of all.
pub async fn new_labels<C: ConnectionTrait>(conn: &C, codebook: &str) -> Result<(i64, i64), Error> {
    let since = "SELECT COALESCE(MAX(decision), 0) AS decision FROM training WHERE codebook = $1";
    let since = sql::query_one(conn, since, vec![codebook.into()]).await?;
    let since: i64 = since.map_or(Ok(0), |row| column(&row, "decision"))?;
    let select = format!("SELECT COUNT(*) AS labels {LABELS} AND d.position > $2");
    let row = sql::query_one(conn, &select, vec![codebook.into(), since.into()]).await?;
    let labels = row.map_or(Ok(0), |row| column(&row, "labels"))?;
    let last = "SELECT COALESCE(MAX(position), 0) AS position FROM mention_decisions WHERE codebook = $1";
    let row = sql::query_one(conn, last, vec![codebook.into()]).await?;
    Ok((labels, row.map_or(Ok(since), |row| column(&row, "position"))?))
}

/// The responses with a label.
pub async fn labelled_responses<C: ConnectionTrait>(conn: &C, codebook: &str) -> Result<Vec<String>, Error> {
    let select = format!("SELECT DISTINCT d.response {LABELS} ORDER BY d.response");
    let rows = sql::query(conn, &select, vec![codebook.into()]).await?;
    rows.iter().map(|row| column(row, "response")).collect()
}

/// The statements of a codebook that were drawn at random for a review.
pub async fn drawn<C: ConnectionTrait>(conn: &C, codebook: &str) -> Result<BTreeSet<StatementKey>, Error> {
    let select = "SELECT DISTINCT response, question, digest FROM mention_decisions WHERE codebook = $1 AND drawn <> 0 \
                  UNION SELECT DISTINCT response, question, digest FROM audit_draws WHERE codebook = $1";
    let rows = sql::query(conn, select, vec![codebook.into()]).await?;
    let key = |row: &QueryResult| {
        Ok(StatementKey {
            response: column(row, "response")?,
            question: column(row, "question")?,
            digest: column(row, "digest")?,
        })
    };
    rows.iter().map(key).collect()
}

fn from_row(row: &QueryResult) -> Result<Training, Error> {
    Ok(Training {
        number: column(row, "number")?,
        version: column(row, "version")?,
        encoder: column(row, "encoder")?,
        record: sql::from_json(&column::<String>(row, "record")?)?,
        labels: column(row, "labels")?,
        time: column(row, "at")?,
    })
}
