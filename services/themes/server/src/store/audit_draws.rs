//! Statements drawn at random for people to review.

use sea_orm::{ConnectionTrait, QueryResult};
use soundings_mailbox::Error;
use soundings_themes_domain::StatementKey;

use super::sql::{self, column};

/// A draw, with what it was drawn by: the same seed, number and candidates draw the same place again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// Its number in the codebook, from 1.
    pub number: i64,
    /// The statement.
    pub statement: StatementKey,
    /// Who is to review it.
    pub reviewer: String,
    /// The seed.
    pub seed: i64,
    /// How many statements it was drawn from.
    pub candidates: i64,
}

const STATEMENTS: &str = "FROM mentions m WHERE m.codebook = $1 AND m.ordinal = 0";
const UNREVIEWED: &str = " AND NOT EXISTS (SELECT 1 FROM mention_decisions d WHERE d.codebook = m.codebook AND d.response = m.response AND \
    d.question = m.question AND d.digest = m.digest AND d.action = 'review') AND \
    NOT EXISTS (SELECT 1 FROM audit_draws a WHERE a.codebook = m.codebook AND a.response = m.response AND \
    a.question = m.question AND a.digest = m.digest AND a.state IN ('open', 'skipped'))";

/// The statement that the reviewer was given and has not reviewed yet.
pub async fn open<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    reviewer: &str,
) -> Result<Option<Draw>, Error> {
    let select = "SELECT * FROM audit_draws WHERE codebook = $1 AND reviewer = $2 AND state = 'open' \
                  ORDER BY draw LIMIT 1";
    let row = sql::query_one(conn, select, vec![codebook.into(), reviewer.into()]).await?;
    row.as_ref().map(from_row).transpose()
}

/// Which statements are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// All of them.
    All,
    /// Those that nobody has reviewed and nobody was given to review.
    Unreviewed,
}

/// How many there are; with an organisation, of its own alone.
pub async fn count<C: ConnectionTrait>(
    conn: &C,
    among: Among,
    codebook: &str,
    organisation: Option<&str>,
) -> Result<i64, Error> {
    let (own, values) = own(codebook, organisation);
    let select = format!("SELECT COUNT(*) AS statements {}{own}", from(among));
    sql::query_one(conn, &select, values).await?.map_or(Ok(0), |row| column(&row, "statements"))
}

/// The statement at that place among them, in the order of arrival.
pub async fn at<C: ConnectionTrait>(
    conn: &C,
    among: Among,
    codebook: &str,
    organisation: Option<&str>,
    place: i64,
) -> Result<Option<StatementKey>, Error> {
    let (own, mut values) = own(codebook, organisation);
    values.push(place.into());
    let select = format!(
        "SELECT m.response, m.question, m.digest {}{own} ORDER BY m.position LIMIT 1 OFFSET ${}",
        from(among),
        values.len()
    );
    let row = sql::query_one(conn, &select, values).await?;
    row.map(|row| key(&row)).transpose()
}

/// Whether somebody has reviewed the statement or was given it to review.
pub async fn is_taken<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    statement: &StatementKey,
) -> Result<bool, Error> {
    let of = "codebook = $1 AND response = $2 AND question = $3 AND digest = $4";
    let select = format!(
        "SELECT 1 AS taken FROM mention_decisions WHERE {of} AND action = 'review' \
         UNION ALL SELECT 1 AS taken FROM audit_draws WHERE {of} AND state IN ('open', 'skipped') LIMIT 1"
    );
    let values = vec![
        codebook.into(),
        statement.response.as_str().into(),
        statement.question.as_str().into(),
        statement.digest.as_str().into(),
    ];
    Ok(sql::query_one(conn, &select, values).await?.is_some())
}

/// The number of the next draw. The caller has locked the codebook.
pub async fn next_number<C: ConnectionTrait>(conn: &C, codebook: &str) -> Result<i64, Error> {
    let select = "SELECT COALESCE(MAX(draw), 0) + 1 AS next FROM audit_draws WHERE codebook = $1";
    let row = sql::query_one(conn, select, vec![codebook.into()]).await?;
    row.map_or(Ok(1), |row| column(&row, "next"))
}

/// Keeps a draw.
pub async fn append<C: ConnectionTrait>(tx: &C, codebook: &str, draw: &Draw, at: i64) -> Result<(), Error> {
    let insert = "INSERT INTO audit_draws (codebook, draw, response, question, digest, reviewer, seed, candidates, \
                  state, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9)";
    let values = vec![
        codebook.into(),
        draw.number.into(),
        draw.statement.response.as_str().into(),
        draw.statement.question.as_str().into(),
        draw.statement.digest.as_str().into(),
        draw.reviewer.as_str().into(),
        draw.seed.into(),
        draw.candidates.into(),
        at.into(),
    ];
    sql::execute(tx, insert, values).await?;
    Ok(())
}

/// Closes a draw as `skipped`, or as `lapsed` where the response has moved on.
pub async fn close<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    number: i64,
    state: &str,
) -> Result<(), Error> {
    let update = "UPDATE audit_draws SET state = $3 WHERE codebook = $1 AND draw = $2 AND state = 'open'";
    sql::execute(tx, update, vec![codebook.into(), number.into(), state.into()]).await?;
    Ok(())
}

/// Closes the draw by which the reviewer was given the statement. False: there is none; the reviewer chose it.
pub async fn reviewed<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    statement: &StatementKey,
    reviewer: &str,
) -> Result<bool, Error> {
    let update = "UPDATE audit_draws SET state = 'reviewed' WHERE codebook = $1 AND response = $2 AND question = $3 \
                  AND digest = $4 AND reviewer = $5 AND state = 'open'";
    let values = vec![
        codebook.into(),
        statement.response.as_str().into(),
        statement.question.as_str().into(),
        statement.digest.as_str().into(),
        reviewer.into(),
    ];
    Ok(sql::execute(tx, update, values).await? > 0)
}

fn from(among: Among) -> String {
    match among {
        Among::All => STATEMENTS.to_owned(),
        Among::Unreviewed => format!("{STATEMENTS}{UNREVIEWED}"),
    }
}

fn own(codebook: &str, organisation: Option<&str>) -> (&'static str, Vec<sea_orm::Value>) {
    match organisation {
        Some(organisation) => (" AND m.organisation = $2", vec![codebook.into(), organisation.into()]),
        None => ("", vec![codebook.into()]),
    }
}

fn key(row: &QueryResult) -> Result<StatementKey, Error> {
    Ok(StatementKey {
        response: column(row, "response")?,
        question: column(row, "question")?,
        digest: column(row, "digest")?,
    })
}

fn from_row(row: &QueryResult) -> Result<Draw, Error> {
    Ok(Draw {
        number: column(row, "draw")?,
        statement: key(row)?,
        reviewer: column(row, "reviewer")?,
        seed: column(row, "seed")?,
        candidates: column(row, "candidates")?,
    })
}
