//! What discovery remembers: who runs it, how far it is, what the last run found, and the candidates that it follows.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait, QueryResult, Value};
use soundings_mailbox::Error;
use soundings_themes_engine::emerging::{Candidate, Standing};

use super::mentions::{StoredMention, from_row};
use super::sql::{self, column, list, places};

/// How discovery stands in a codebook. Times are microseconds since 1970; 0: never.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Discovery {
    /// Until when the run that is under way may be believed alive; in the past: none is.
    pub lease_until: i64,
    /// Whether somebody cancelled the run that is under way.
    pub cancelled: bool,
    /// What it is busy with.
    pub step: String,
    /// How much of that is done, in millionths.
    pub progress: i64,
    /// When the last run began.
    pub started: i64,
    /// When the last run ended.
    pub ended: i64,
    /// How: completed, cancelled or failed; empty: there was none.
    pub outcome: String,
    /// What the completed runs left.
    pub last: LastRun,
}

/// The last completed run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LastRun {
    /// Its number, from 1; 0: there was none.
    pub runs: i64,
    /// Statements that it looked through.
    pub statements: i64,
    /// Groups that it found.
    pub found: i64,
    /// How many statements there were, looked through or not.
    pub pool: i64,
    /// When the newest of their responses was accepted.
    pub newest: i64,
    /// Candidates that one more run may propose.
    pub forming: i64,
    /// Where similarities were taken from.
    pub centre: Vec<f32>,
}

/// A statement that fits no theme for good, with who says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolStatement {
    /// Its mention.
    pub mention: StoredMention,
    /// The voice that its response speaks with in its organisation.
    pub voice: String,
}

/// How discovery stands in a codebook; as never run, if it never was.
pub async fn find<C: ConnectionTrait>(conn: &C, codebook: &str) -> Result<Discovery, Error> {
    let select = "SELECT * FROM discoveries WHERE codebook = $1";
    let row = sql::query_one(conn, select, vec![codebook.into()]).await?;
    row.as_ref().map_or(Ok(Discovery::default()), discovery)
}

fn discovery(row: &QueryResult) -> Result<Discovery, Error> {
    Ok(Discovery {
        lease_until: column(row, "lease_until")?,
        cancelled: column::<i64>(row, "cancelled")? != 0,
        step: column(row, "step")?,
        progress: column(row, "progress")?,
        started: column(row, "started_at")?,
        ended: column(row, "ended_at")?,
        outcome: column(row, "outcome")?,
        last: LastRun {
            runs: column(row, "runs")?,
            statements: column(row, "statements")?,
            found: column(row, "found")?,
            pool: column(row, "pool")?,
            newest: column(row, "newest")?,
            forming: column(row, "forming")?,
            centre: sql::from_json(&column::<String>(row, "centre")?)?,
        },
    })
}

/// Begins a run for this holder, unless another one's lease lasts. True: it did.
pub async fn claim<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    holder: &str,
    (now, until): (i64, i64),
) -> Result<bool, Error> {
    let upsert = "INSERT INTO discoveries (codebook, holder, lease_until, cancelled, step, progress, started_at, ended_at, \
                  outcome, runs, statements, found, pool, newest, forming, centre) \
                  VALUES ($1, $2, $3, 0, '', 0, $4, 0, '', 0, 0, 0, 0, 0, 0, '[]') \
                  ON CONFLICT (codebook) DO UPDATE SET holder = excluded.holder, lease_until = excluded.lease_until, \
                  cancelled = 0, step = '', progress = 0, started_at = excluded.started_at, ended_at = 0 \
                  WHERE discoveries.lease_until <= $4";
    let values = vec![codebook.into(), holder.into(), until.into(), now.into()];
    Ok(sql::execute(tx, upsert, values).await? > 0)
}

/// Tells how far this holder's run is and prolongs its lease. False: it was cancelled, or is no longer its own.
pub async fn tell<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    holder: &str,
    until: i64,
    (step, progress): (&str, i64),
) -> Result<bool, Error> {
    let update = "UPDATE discoveries SET lease_until = $3, step = $4, progress = $5 \
                  WHERE codebook = $1 AND holder = $2 AND cancelled = 0 AND lease_until > 0";
    let values = vec![codebook.into(), holder.into(), until.into(), step.into(), progress.into()];
    Ok(sql::execute(tx, update, values).await? > 0)
}

/// Asks the run that is under way to end.
pub async fn cancel<C: ConnectionTrait>(tx: &C, codebook: &str, now: i64) -> Result<(), Error> {
    let update = "UPDATE discoveries SET cancelled = 1 WHERE codebook = $1 AND lease_until > $2";
    sql::execute(tx, update, vec![codebook.into(), now.into()]).await?;
    Ok(())
}

/// Ends this holder's run without a result. False: it is no longer its own.
pub async fn end<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    holder: &str,
    now: i64,
    outcome: &str,
) -> Result<bool, Error> {
    let update = "UPDATE discoveries SET lease_until = 0, step = '', progress = 0, ended_at = $3, outcome = $4 \
                  WHERE codebook = $1 AND holder = $2 AND lease_until > 0";
    let values = vec![codebook.into(), holder.into(), now.into(), outcome.into()];
    Ok(sql::execute(tx, update, values).await? > 0)
}

/// Ends this holder's run with what it found, unless it was cancelled. False: it was, or is no longer its own.
pub async fn complete<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    holder: &str,
    now: i64,
    last: &LastRun,
) -> Result<bool, Error> {
    let update = "UPDATE discoveries SET lease_until = 0, step = '', progress = 0, ended_at = $3, outcome = 'completed', \
                  runs = $4, statements = $5, found = $6, pool = $7, newest = $8, forming = $9, centre = $10 \
                  WHERE codebook = $1 AND holder = $2 AND cancelled = 0 AND lease_until > 0";
    let values = vec![
        codebook.into(),
        holder.into(),
        now.into(),
        last.runs.into(),
        last.statements.into(),
        last.found.into(),
        last.pool.into(),
        last.newest.into(),
        last.forming.into(),
        sql::to_json(&last.centre)?.into(),
    ];
    Ok(sql::execute(tx, update, values).await? > 0)
}

/// The candidates that are followed in a codebook, in the order they were kept.
pub async fn candidates<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
) -> Result<Vec<Candidate<String>>, Error> {
    let select = "SELECT * FROM emerging_candidates WHERE codebook = $1 ORDER BY ordinal";
    let rows = sql::query(conn, select, vec![codebook.into()]).await?;
    rows.iter()
        .map(|row| {
            let (standing, theme): (String, String) = (column(row, "standing")?, column(row, "theme")?);
            let count = u32::try_from(column::<i64>(row, "count")?).unwrap_or_default();
            let members: String = column(row, "members")?;
            Ok(Candidate {
                standing: match standing.as_str() {
                    "forming" => Standing::Forming(count),
                    "proposed" => Standing::Proposed(theme, count),
                    "dismissed" => Standing::Dismissed,
                    other => return Err(Error::Corrupt(format!("a candidate's standing is {other}"))),
                },
                members: members.split_whitespace().map(str::to_owned).collect(),
            })
        })
        .collect()
}

/// Replaces the candidates that are followed in a codebook.
pub async fn keep_candidates<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    candidates: &[Candidate<String>],
) -> Result<(), Error> {
    sql::execute(tx, "DELETE FROM emerging_candidates WHERE codebook = $1", vec![codebook.into()]).await?;
    let numbered: Vec<(usize, &Candidate<String>)> = candidates.iter().enumerate().collect();
    for chunk in sql::chunks(&numbered) {
        let insert = format!(
            "INSERT INTO emerging_candidates (codebook, ordinal, standing, theme, count, members) VALUES {}",
            places(chunk.len(), 6)
        );
        let mut values: Vec<Value> = Vec::with_capacity(chunk.len() * 6);
        for (ordinal, candidate) in chunk {
            let (standing, theme, count) = match &candidate.standing {
                Standing::Forming(runs) => ("forming", "", *runs),
                Standing::Proposed(theme, missed) => ("proposed", theme.as_str(), *missed),
                Standing::Dismissed => ("dismissed", "", 0),
            };
            values.extend([
                codebook.into(),
                (*ordinal as i64).into(),
                standing.into(),
                theme.into(),
                i64::from(count).into(),
                candidate.members.iter().cloned().collect::<Vec<_>>().join(" ").into(),
            ]);
        }
        sql::execute(tx, &insert, values).await?;
    }
    Ok(())
}

/// What statements stand under.
#[derive(Debug, Clone, Copy)]
pub enum Under<'a> {
    /// Under no theme or under one of these, by the model alone.
    NothingOr(&'a BTreeSet<String>),
    /// Under whatever theme, or none.
    Anything,
    /// Under this theme, whoever put them there.
    Theme(&'a str),
}

/// The condition on such mentions of a codebook. Its values are numbered from 1.
fn condition(codebook: &str, under: Under<'_>) -> (String, Vec<Value>) {
    let mut condition = "m.codebook = $1 AND m.language = ''".to_owned();
    let mut values: Vec<Value> = vec![codebook.into()];
    match under {
        Under::NothingOr(emerging) => {
            condition += &format!(
                " AND m.ordinal = 0 AND m.decided_by = '' AND m.theme IN ({})",
                list(2, emerging.len() + 1)
            );
            values.push("".into());
            values.extend(emerging.iter().map(|theme| Value::from(theme.as_str())));
        }
        Under::Anything => condition += " AND m.ordinal = 0",
        Under::Theme(theme) => {
            condition += " AND m.theme = $2";
            values.push(theme.into());
        }
    }
    (condition, values)
}

/// How many statements there are under no theme or under one of these, how many of them in responses accepted after
/// this time, and when the newest was.
pub async fn pool_size<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    emerging: &BTreeSet<String>,
    after: i64,
) -> Result<(i64, i64, i64), Error> {
    let (condition, mut values) = condition(codebook, Under::NothingOr(emerging));
    values.push(after.into());
    let select = format!(
        "SELECT COUNT(*) AS pool, COUNT(CASE WHEN m.response_time > ${} THEN 1 END) AS newer, \
         COALESCE(MAX(m.response_time), 0) AS newest FROM mentions m WHERE {condition}",
        values.len()
    );
    let row = sql::query_one(conn, &select, values).await?;
    row.map_or(Ok((0, 0, 0)), |row| {
        Ok((column(&row, "pool")?, column(&row, "newer")?, column(&row, "newest")?))
    })
}

/// The newest `limit` statements of those, in the order of arrival.
pub async fn pool<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    under: Under<'_>,
    limit: i64,
) -> Result<Vec<PoolStatement>, Error> {
    let (condition, mut values) = condition(codebook, under);
    values.push(limit.into());
    let select = format!(
        "SELECT m.*, r.voice AS voice FROM mentions m JOIN responses r ON r.codebook = m.codebook AND \
         r.response = m.response WHERE {condition} AND r.voice IS NOT NULL \
         ORDER BY m.response_time DESC, m.response DESC, m.question, m.start_at LIMIT ${}",
        values.len()
    );
    let rows = sql::query(conn, &select, values).await?;
    let mut found: Vec<PoolStatement> = rows
        .iter()
        .map(|row| Ok(PoolStatement { mention: from_row(row)?, voice: column(row, "voice")? }))
        .collect::<Result<_, Error>>()?;
    found.reverse();
    Ok(found)
}
