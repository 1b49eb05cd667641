//! Rows of surveys.
use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult};
use soundings_chassis::{from_micros, micros};
use soundings_consultation_domain::{Survey, SurveyState};
use soundings_mailbox::{
    Error,
    sql::{self, column, execute, query, query_one},
};

const COLUMNS: &str = "id, title, questions, state, created_at, opened_at, closed_at, version";

fn state_number(state: SurveyState) -> i64 {
    match state {
        SurveyState::Draft => 1,
        SurveyState::Open => 2,
        SurveyState::Closed => 3,
    }
}

fn read_state(number: i64) -> Result<SurveyState, Error> {
    match number {
        1 => Ok(SurveyState::Draft),
        2 => Ok(SurveyState::Open),
        3 => Ok(SurveyState::Closed),
        other => Err(Error::Corrupt(format!("survey state {other}"))),
    }
}

fn read(row: &QueryResult) -> Result<Survey, Error> {
    let questions: String = column(row, "questions")?;
    Ok(Survey {
        id: column(row, "id")?,
        title: column(row, "title")?,
        questions: serde_json::from_str(&questions).map_err(|e| Error::Corrupt(format!("questions: {e}")))?,
        state: read_state(column(row, "state")?)?,
        created_at: from_micros(column(row, "created_at")?),
        opened_at: column::<Option<i64>>(row, "opened_at")?.map(from_micros),
        closed_at: column::<Option<i64>>(row, "closed_at")?.map(from_micros),
        version: column(row, "version")?,
    })
}

fn values(survey: &Survey) -> Result<Vec<sea_orm::Value>, Error> {
    let questions =
        serde_json::to_string(&survey.questions).map_err(|e| Error::Corrupt(format!("questions: {e}")))?;
    Ok(vec![
        survey.id.as_str().into(),
        survey.title.as_str().into(),
        questions.into(),
        state_number(survey.state).into(),
        micros(survey.created_at).into(),
        survey.opened_at.map(micros).into(),
        survey.closed_at.map(micros).into(),
        survey.version.into(),
    ])
}

/// Writes a survey that is new. [`Error::UniqueViolation`] when its id is taken.
pub async fn insert<C: ConnectionTrait>(tx: &C, survey: &Survey) -> Result<(), Error> {
    let sql = format!("INSERT INTO surveys ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    execute(tx, &sql, values(survey)?).await.map(drop)
}

/// Writes a survey over the version before it; false when that is no longer the current one.
pub async fn replace<C: ConnectionTrait>(tx: &C, survey: &Survey) -> Result<bool, Error> {
    let sql = "UPDATE surveys SET title = $2, questions = $3, state = $4, created_at = $5, opened_at = $6, \
               closed_at = $7, version = $8 WHERE id = $1 AND version = $8 - 1";
    Ok(execute(tx, sql, values(survey)?).await? == 1)
}

/// One survey.
pub async fn find<C: ConnectionTrait>(conn: &C, id: &str) -> Result<Option<Survey>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM surveys WHERE id = $1");
    query_one(conn, &sql, vec![id.into()]).await?.as_ref().map(read).transpose()
}

/// Those after an id, in order of id; drafts among them only where they are asked for.
pub async fn list<C: ConnectionTrait>(
    conn: &C,
    drafts: bool,
    after: &str,
    limit: u32,
) -> Result<Vec<Survey>, Error> {
    let hidden = if drafts { 0 } else { state_number(SurveyState::Draft) };
    let sql = format!("SELECT {COLUMNS} FROM surveys WHERE id > $1 AND state <> $3 ORDER BY id LIMIT $2");
    query(conn, &sql, vec![after.into(), i64::from(limit).into(), hidden.into()])
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Where surveys stand, held so until the transaction ends: nobody closes one under a response being written.
pub async fn hold_states<C: ConnectionTrait>(
    tx: &C,
    ids: &[&str],
) -> Result<HashMap<String, SurveyState>, Error> {
    let lock = if tx.get_database_backend() == DbBackend::Postgres { " FOR SHARE" } else { "" };
    let sql =
        format!("SELECT id, state FROM surveys WHERE id IN ({}) ORDER BY id{lock}", sql::list(1, ids.len()));
    let rows = query(tx, &sql, ids.iter().map(|id| (*id).into()).collect()).await?;
    rows.iter().map(|row| Ok((column(row, "id")?, read_state(column(row, "state")?)?))).collect()
}
