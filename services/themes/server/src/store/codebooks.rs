//! Codebooks, their themes and the history of decisions on them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult};
use soundings_mailbox::Error;
use soundings_themes_domain::{Codebook, Theme, ThemeState};

use super::sql::{self, CHUNK, column, places};

/// A decision, for the history.
#[derive(Debug, Clone, Copy)]
pub struct Decision<'a> {
    /// `load`, `approve` or `retire`.
    pub action: &'a str,
    /// The theme's id; empty: the codebook as a whole.
    pub theme: &'a str,
    /// Who decided.
    pub actor: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// The versions of every codebook, by id. In a transaction that writes, `lock` keeps them from changing under it.
pub async fn versions<C: ConnectionTrait>(conn: &C, lock: bool) -> Result<BTreeMap<String, i64>, Error> {
    let lock = if lock && conn.get_database_backend() == DbBackend::Postgres { " FOR SHARE" } else { "" };
    let rows =
        sql::query(conn, &format!("SELECT id, version FROM codebooks ORDER BY id{lock}"), vec![]).await?;
    rows.iter().map(|row| Ok((column(row, "id")?, column(row, "version")?))).collect()
}

/// Every codebook with its themes.
pub async fn all<C: ConnectionTrait>(conn: &C) -> Result<Vec<Codebook>, Error> {
    let rows = sql::query(conn, "SELECT * FROM codebooks ORDER BY id", vec![]).await?;
    let mut codebooks: Vec<Codebook> = rows.iter().map(from_row).collect::<Result<_, _>>()?;
    let mut themes: BTreeMap<String, Vec<Theme>> = BTreeMap::new();
    for row in sql::query(conn, "SELECT * FROM themes ORDER BY codebook, id", vec![]).await? {
        themes.entry(column(&row, "codebook")?).or_default().push(theme_from_row(&row)?);
    }
    for codebook in &mut codebooks {
        codebook.themes = themes.remove(&codebook.id).unwrap_or_default();
    }
    Ok(codebooks)
}

/// A page of codebooks without their themes, in order of id, after the one named.
pub async fn page<C: ConnectionTrait>(conn: &C, after: &str, limit: i64) -> Result<Vec<Codebook>, Error> {
    let select = "SELECT * FROM codebooks WHERE id > $1 ORDER BY id LIMIT $2";
    sql::query(conn, select, vec![after.into(), limit.into()]).await?.iter().map(from_row).collect()
}

/// One codebook with its themes. In a transaction that writes, `lock` keeps others from changing it meanwhile.
pub async fn find<C: ConnectionTrait>(conn: &C, id: &str, lock: bool) -> Result<Option<Codebook>, Error> {
    let lock = if lock && conn.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" };
    let select = format!("SELECT * FROM codebooks WHERE id = $1{lock}");
    let Some(row) = sql::query_one(conn, &select, vec![id.into()]).await? else { return Ok(None) };
    let mut codebook = from_row(&row)?;
    let themes =
        sql::query(conn, "SELECT * FROM themes WHERE codebook = $1 ORDER BY id", vec![id.into()]).await?;
    codebook.themes = themes.iter().map(theme_from_row).collect::<Result<_, _>>()?;
    Ok(Some(codebook))
}

/// Writes a codebook as a decision left it. `assigned`: its present mentions still hold.
pub async fn save<C: ConnectionTrait>(tx: &C, codebook: &Codebook, assigned: bool) -> Result<(), Error> {
    // A decision that leaves the mentions as they are carries "assigned" along, if it was up to date.
    let carried = if assigned {
        "CASE WHEN codebooks.assigned = codebooks.version THEN excluded.version ELSE codebooks.assigned END"
    } else {
        "codebooks.assigned"
    };
    let upsert = format!(
        "INSERT INTO codebooks (id, title, surveys, questions, version, assigned, assigned_by) \
         VALUES ($1, $2, $3, $4, $5, 0, '') ON CONFLICT (id) DO UPDATE SET title = excluded.title, surveys = excluded.surveys, \
         questions = excluded.questions, assigned = {carried}, version = excluded.version"
    );
    let values = vec![
        codebook.id.as_str().into(),
        codebook.title.as_str().into(),
        sql::words_to_json(&codebook.surveys)?.into(),
        sql::words_to_json(&codebook.questions)?.into(),
        codebook.version.into(),
    ];
    sql::execute(tx, &upsert, values).await?;
    for chunk in codebook.themes.chunks(CHUNK) {
        let upsert = format!(
            "INSERT INTO themes (codebook, id, title, description, exemplars, state, revision) VALUES {} \
             ON CONFLICT (codebook, id) DO UPDATE SET title = excluded.title, description = excluded.description, \
             exemplars = excluded.exemplars, state = excluded.state, revision = excluded.revision",
            places(chunk.len(), 7)
        );
        let mut values = Vec::with_capacity(chunk.len() * 7);
        for theme in chunk {
            values.extend([
                codebook.id.as_str().into(),
                theme.id.as_str().into(),
                theme.title.as_str().into(),
                theme.description.as_str().into(),
                sql::words_to_json(&theme.exemplars)?.into(),
                theme.state.as_str().into(),
                theme.revision.into(),
            ]);
        }
        sql::execute(tx, &upsert, values).await?;
    }
    Ok(())
}

/// Keeps who decided what, and why.
pub async fn record<C: ConnectionTrait>(
    tx: &C,
    codebook: &Codebook,
    decision: Decision<'_>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let insert = "INSERT INTO codebook_history (codebook, version, action, theme, actor, reason, at) \
                  VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = vec![
        codebook.id.as_str().into(),
        codebook.version.into(),
        decision.action.into(),
        decision.theme.into(),
        decision.actor.into(),
        decision.reason.into(),
        now.timestamp_micros().into(),
    ];
    sql::execute(tx, insert, values).await?;
    Ok(())
}

/// Ids of the codebooks whose responses are to be assigned anew: under a newer version, or by another model.
pub async fn unassigned<C: ConnectionTrait>(conn: &C, model_version: &str) -> Result<Vec<String>, Error> {
    let select = "SELECT id FROM codebooks WHERE assigned < version OR assigned_by <> $1 ORDER BY id";
    sql::query(conn, select, vec![model_version.into()]).await?.iter().map(|row| column(row, "id")).collect()
}

/// Notes that every response was assigned under this version by this model, unless there is a newer version by now.
pub async fn mark_assigned<C: ConnectionTrait>(
    tx: &C,
    id: &str,
    version: i64,
    model_version: &str,
) -> Result<(), Error> {
    let update = "UPDATE codebooks SET assigned = $2, assigned_by = $3 WHERE id = $1 AND version = $2";
    sql::execute(tx, update, vec![id.into(), version.into(), model_version.into()]).await?;
    Ok(())
}

fn from_row(row: &QueryResult) -> Result<Codebook, Error> {
    Ok(Codebook {
        id: column(row, "id")?,
        title: column(row, "title")?,
        surveys: sql::words_from_json(&column::<String>(row, "surveys")?)?,
        questions: sql::words_from_json(&column::<String>(row, "questions")?)?,
        themes: Vec::new(),
        version: column(row, "version")?,
    })
}

fn theme_from_row(row: &QueryResult) -> Result<Theme, Error> {
    let state: String = column(row, "state")?;
    Ok(Theme {
        id: column(row, "id")?,
        title: column(row, "title")?,
        description: column(row, "description")?,
        exemplars: sql::words_from_json(&column::<String>(row, "exemplars")?)?,
        state: ThemeState::parse(&state)
            .ok_or_else(|| Error::Corrupt(format!("a theme's state is {state}")))?,
        revision: column(row, "revision")?,
    })
}
