//! Codebooks and their themes, as the decisions on them left them; those are in [`codebook_events`](super::codebook_events).

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult};
use soundings_mailbox::Error;
use soundings_themes_domain::{Codebook, CodebookEvent, Theme, ThemeState};

use super::sql::{self, column, places};

/// The state of a theme whose making was undone.
const REMOVED: &str = "removed";

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
    let themes = sql::query(conn, "SELECT * FROM themes ORDER BY codebook, id", vec![]).await?;
    with_themes(&rows, &themes)
}

/// A page of codebooks, in order of id, after the one named.
pub async fn page<C: ConnectionTrait>(conn: &C, after: &str, limit: i64) -> Result<Vec<Codebook>, Error> {
    let select = "SELECT * FROM codebooks WHERE id > $1 ORDER BY id LIMIT $2";
    let rows = sql::query(conn, select, vec![after.into(), limit.into()]).await?;
    let last: String = rows.last().map_or(Ok(String::new()), |row| column(row, "id"))?;
    let select = "SELECT * FROM themes WHERE codebook > $1 AND codebook <= $2 ORDER BY codebook, id";
    with_themes(&rows, &sql::query(conn, select, vec![after.into(), last.into()]).await?)
}

fn with_themes(rows: &[QueryResult], themes: &[QueryResult]) -> Result<Vec<Codebook>, Error> {
    let mut codebooks: BTreeMap<String, Codebook> =
        rows.iter().map(|row| Ok((column(row, "id")?, from_row(row)?))).collect::<Result<_, Error>>()?;
    for row in themes {
        if let Some(codebook) = codebooks.get_mut(&column::<String>(row, "codebook")?) {
            add_theme(codebook, row)?;
        }
    }
    Ok(codebooks.into_values().collect())
}

/// One codebook with its themes. In a transaction that writes, `lock` keeps others from changing it meanwhile.
pub async fn find<C: ConnectionTrait>(conn: &C, id: &str, lock: bool) -> Result<Option<Codebook>, Error> {
    find_with(conn, id, if lock { " FOR UPDATE" } else { "" }).await
}

/// The same, for a transaction that relies on the codebook and leaves it as it is.
pub async fn find_shared<C: ConnectionTrait>(conn: &C, id: &str) -> Result<Option<Codebook>, Error> {
    find_with(conn, id, " FOR SHARE").await
}

async fn find_with<C: ConnectionTrait>(conn: &C, id: &str, lock: &str) -> Result<Option<Codebook>, Error> {
    let lock = if conn.get_database_backend() == DbBackend::Postgres { lock } else { "" };
    let select = format!("SELECT * FROM codebooks WHERE id = $1{lock}");
    let Some(row) = sql::query_one(conn, &select, vec![id.into()]).await? else { return Ok(None) };
    let mut codebook = from_row(&row)?;
    let themes =
        sql::query(conn, "SELECT * FROM themes WHERE codebook = $1 ORDER BY id", vec![id.into()]).await?;
    for theme in &themes {
        add_theme(&mut codebook, theme)?;
    }
    Ok(Some(codebook))
}

/// Writes what a decision changed of a codebook. `assigned`: its present mentions still hold.
pub async fn save<C: ConnectionTrait>(
    tx: &C,
    codebook: &Codebook,
    event: &CodebookEvent,
    assigned: bool,
) -> Result<(), Error> {
    // A decision that leaves the mentions as they are carries "assigned" along, if it was up to date.
    let carried = if assigned {
        "CASE WHEN codebooks.assigned = codebooks.version THEN excluded.version ELSE codebooks.assigned END"
    } else {
        "codebooks.assigned"
    };
    let upsert = format!(
        "INSERT INTO codebooks (id, title, surveys, questions, version, learned, assigned, assigned_by) \
         VALUES ($1, $2, $3, $4, $5, $6, 0, '') ON CONFLICT (id) DO UPDATE SET title = excluded.title, surveys = excluded.surveys, \
         questions = excluded.questions, assigned = {carried}, version = excluded.version, \
         learned = excluded.learned"
    );
    let values = vec![
        codebook.id.as_str().into(),
        codebook.title.as_str().into(),
        sql::to_json(&codebook.surveys)?.into(),
        sql::to_json(&codebook.questions)?.into(),
        codebook.version.into(),
        codebook.learned.into(),
    ];
    sql::execute(tx, &upsert, values).await?;
    for chunk in sql::chunks(&event.themes) {
        let upsert = format!(
            "INSERT INTO themes (codebook, id, title, description, exemplars, state, revision, kind, parent, merged_into, \
             scope, need, assigned) VALUES {} \
             ON CONFLICT (codebook, id) DO UPDATE SET title = excluded.title, description = excluded.description, \
             exemplars = excluded.exemplars, state = excluded.state, revision = excluded.revision, \
             kind = excluded.kind, parent = excluded.parent, merged_into = excluded.merged_into, \
             scope = excluded.scope, need = excluded.need, assigned = excluded.assigned",
            places(chunk.len(), 13)
        );
        let mut values = Vec::with_capacity(chunk.len() * 13);
        for change in chunk {
            // Of a theme whose making was undone the number alone matters: its next maker goes on from it.
            let removed = Theme {
                id: change.id().to_owned(),
                revision: codebook.removed.get(change.id()).copied().unwrap_or_default(),
                ..Theme::default()
            };
            let theme = change.after.as_ref().unwrap_or(&removed);
            let state = change.after.as_ref().map_or(REMOVED, |theme| theme.state.as_str());
            values.extend([
                codebook.id.as_str().into(),
                theme.id.as_str().into(),
                theme.title.as_str().into(),
                theme.description.as_str().into(),
                sql::to_json(&theme.exemplars)?.into(),
                state.into(),
                theme.revision.into(),
                sql::to_json(&theme.kind)?.into(),
                theme.parent.clone().unwrap_or_default().into(),
                theme.merged_into.clone().unwrap_or_default().into(),
                sql::to_json(&theme.scope)?.into(),
                sql::to_json(&theme.need)?.into(),
                sql::to_json(&theme.assigned)?.into(),
            ]);
        }
        sql::execute(tx, &upsert, values).await?;
    }
    Ok(())
}

/// Ids of the codebooks whose responses are to be assigned anew: under a newer version, or by another model.
pub async fn unassigned<C: ConnectionTrait>(conn: &C, model_version: &str) -> Result<Vec<String>, Error> {
    let select = "SELECT id FROM codebooks WHERE assigned < version OR assigned_by <> $1 ORDER BY id";
    sql::query(conn, select, vec![model_version.into()]).await?.iter().map(|row| column(row, "id")).collect()
}

/// The model that last assigned every response of a codebook, by codebook; empty: none did yet.
pub async fn assigned_by<C: ConnectionTrait>(conn: &C) -> Result<BTreeMap<String, String>, Error> {
    let rows = sql::query(conn, "SELECT id, assigned_by FROM codebooks", vec![]).await?;
    rows.iter().map(|row| Ok((column(row, "id")?, column(row, "assigned_by")?))).collect()
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
        surveys: sql::from_json(&column::<String>(row, "surveys")?)?,
        questions: sql::from_json(&column::<String>(row, "questions")?)?,
        themes: Vec::new(),
        removed: BTreeMap::new(),
        learned: column(row, "learned")?,
        version: column(row, "version")?,
    })
}

fn add_theme(codebook: &mut Codebook, row: &QueryResult) -> Result<(), Error> {
    let state: String = column(row, "state")?;
    let (id, revision) = (column(row, "id")?, column(row, "revision")?);
    if state == REMOVED {
        codebook.removed.insert(id, revision);
        return Ok(());
    }
    let named = |name: &str| Ok::<_, Error>(Some(column::<String>(row, name)?).filter(|id| !id.is_empty()));
    codebook.themes.push(Theme {
        id,
        title: column(row, "title")?,
        description: column(row, "description")?,
        exemplars: sql::from_json(&column::<String>(row, "exemplars")?)?,
        state: ThemeState::parse(&state)
            .ok_or_else(|| Error::Corrupt(format!("a theme's state is {state}")))?,
        revision,
        kind: sql::from_json(&column::<String>(row, "kind")?)?,
        parent: named("parent")?,
        merged_into: named("merged_into")?,
        scope: sql::from_json(&column::<String>(row, "scope")?)?,
        need: sql::from_json(&column::<String>(row, "need")?)?,
        assigned: sql::from_json(&column::<String>(row, "assigned")?)?,
    });
    Ok(())
}
