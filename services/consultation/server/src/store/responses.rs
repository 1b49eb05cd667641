//! Rows of responses.
use sea_orm::{ConnectionTrait, DbBackend, QueryResult};
use soundings_chassis::{from_micros, micros};
use soundings_consultation_domain::Response;
use soundings_mailbox::{
    Error,
    sql::{self, CHUNK, column, execute, places, query, query_one},
};
use uuid::Uuid;

const COLUMNS: &str = "id, survey, organisation, answers, revision, withdrawn, submitted_at, updated_at";

fn read(row: &QueryResult) -> Result<Response, Error> {
    let id: String = column(row, "id")?;
    let answers: String = column(row, "answers")?;
    Ok(Response {
        id: id.parse().map_err(|_| Error::Corrupt("a response's id is no UUID".into()))?,
        survey: column(row, "survey")?,
        organisation: column(row, "organisation")?,
        answers: serde_json::from_str(&answers).map_err(|_| Error::Corrupt("a response's answers".into()))?,
        revision: column(row, "revision")?,
        withdrawn: column::<i64>(row, "withdrawn")? != 0,
        submitted_at: from_micros(column(row, "submitted_at")?),
        updated_at: from_micros(column(row, "updated_at")?),
    })
}

fn answers(response: &Response) -> Result<String, Error> {
    serde_json::to_string(&response.answers).map_err(|e| Error::Corrupt(format!("answers: {e}")))
}

/// Writes new responses.
pub async fn insert<C: ConnectionTrait>(tx: &C, responses: &[&Response]) -> Result<(), Error> {
    for chunk in responses.chunks(CHUNK) {
        let mut values = Vec::with_capacity(chunk.len() * 8);
        for response in chunk {
            values.extend([
                response.id.to_string().into(),
                response.survey.as_str().into(),
                response.organisation.as_str().into(),
                answers(response)?.into(),
                response.revision.into(),
                i64::from(response.withdrawn).into(),
                micros(response.submitted_at).into(),
                micros(response.updated_at).into(),
            ]);
        }
        let sql = format!("INSERT INTO responses ({COLUMNS}) VALUES {}", places(chunk.len(), 8));
        execute(tx, &sql, values).await?;
    }
    Ok(())
}

/// Writes a response over the revision before it; false when that is no longer the current one.
pub async fn replace<C: ConnectionTrait>(tx: &C, response: &Response) -> Result<bool, Error> {
    let sql = "UPDATE responses SET answers = $2, revision = $3, withdrawn = $4, updated_at = $5 \
               WHERE id = $1 AND revision = $3 - 1";
    let values = vec![
        response.id.to_string().into(),
        answers(response)?.into(),
        response.revision.into(),
        i64::from(response.withdrawn).into(),
        micros(response.updated_at).into(),
    ];
    Ok(execute(tx, sql, values).await? == 1)
}

/// One response, locked until the transaction ends.
pub async fn find_for_change<C: ConnectionTrait>(
    tx: &C,
    survey: &str,
    id: Uuid,
) -> Result<Option<Response>, Error> {
    let lock = if tx.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" };
    let sql = format!("SELECT {COLUMNS} FROM responses WHERE id = $1 AND survey = $2{lock}");
    query_one(tx, &sql, vec![id.to_string().into(), survey.into()]).await?.as_ref().map(read).transpose()
}

/// Responses by id, in no order.
pub async fn find_many<C: ConnectionTrait>(conn: &C, ids: &[Uuid]) -> Result<Vec<Response>, Error> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let sql = format!("SELECT {COLUMNS} FROM responses WHERE id IN ({})", sql::list(1, chunk.len()));
        let rows = query(conn, &sql, chunk.iter().map(|id| id.to_string().into()).collect()).await?;
        for row in &rows {
            found.push(read(row)?);
        }
    }
    Ok(found)
}

/// Which responses to list.
#[derive(Debug, Clone)]
pub struct Selection<'a> {
    /// The survey's id.
    pub survey: &'a str,
    /// Only this organisation's.
    pub organisation: Option<&'a str>,
    /// Whether withdrawn ones are listed.
    pub withdrawn: bool,
}

/// Responses after an id, in order of id, which is the order of arrival.
pub async fn list<C: ConnectionTrait>(
    conn: &C,
    selection: &Selection<'_>,
    after: &str,
    limit: u32,
) -> Result<Vec<Response>, Error> {
    let mut sql = format!("SELECT {COLUMNS} FROM responses WHERE survey = $1 AND id > $2");
    let mut values = vec![selection.survey.into(), after.into(), i64::from(limit).into()];
    if let Some(organisation) = selection.organisation {
        sql.push_str(" AND organisation = $4");
        values.push(organisation.into());
    }
    if !selection.withdrawn {
        sql.push_str(" AND withdrawn = 0");
    }
    sql.push_str(" ORDER BY id LIMIT $3");
    query(conn, &sql, values).await?.iter().map(read).collect()
}
