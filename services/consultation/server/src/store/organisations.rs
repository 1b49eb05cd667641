//! Rows of organisations.
use sea_orm::{ConnectionTrait, QueryResult};
use soundings_consultation_domain::{Organisation, OrganisationKind};
use soundings_mailbox::{
    Error,
    sql::{column, execute, query, query_one},
};

const COLUMNS: &str = "id, display_name, kind, code, population, version";

fn kind_number(kind: OrganisationKind) -> i64 {
    match kind {
        OrganisationKind::Council => 1,
        OrganisationKind::PublicBody => 2,
        OrganisationKind::Voluntary => 3,
        OrganisationKind::Other => 4,
    }
}

fn read(row: &QueryResult) -> Result<Organisation, Error> {
    let kind = match column::<i64>(row, "kind")? {
        1 => OrganisationKind::Council,
        2 => OrganisationKind::PublicBody,
        3 => OrganisationKind::Voluntary,
        4 => OrganisationKind::Other,
        other => return Err(Error::Corrupt(format!("organisation kind {other}"))),
    };
    Ok(Organisation {
        id: column(row, "id")?,
        display_name: column(row, "display_name")?,
        kind,
        code: column(row, "code")?,
        population: column(row, "population")?,
        version: column(row, "version")?,
    })
}

/// Writes an organisation that is new. [`Error::UniqueViolation`] when its id is taken.
pub async fn insert<C: ConnectionTrait>(tx: &C, organisation: &Organisation) -> Result<(), Error> {
    let sql = format!("INSERT INTO organisations ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6)");
    execute(tx, &sql, values(organisation)).await.map(drop)
}

/// Writes an organisation over the version before it; false when that is no longer the current one.
pub async fn replace<C: ConnectionTrait>(tx: &C, organisation: &Organisation) -> Result<bool, Error> {
    let sql = "UPDATE organisations SET display_name = $2, kind = $3, code = $4, population = $5, version = $6 \
               WHERE id = $1 AND version = $6 - 1";
    Ok(execute(tx, sql, values(organisation)).await? == 1)
}

fn values(organisation: &Organisation) -> Vec<sea_orm::Value> {
    vec![
        organisation.id.as_str().into(),
        organisation.display_name.as_str().into(),
        kind_number(organisation.kind).into(),
        organisation.code.as_str().into(),
        organisation.population.into(),
        organisation.version.into(),
    ]
}

/// One organisation.
pub async fn find<C: ConnectionTrait>(conn: &C, id: &str) -> Result<Option<Organisation>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM organisations WHERE id = $1");
    query_one(conn, &sql, vec![id.into()]).await?.as_ref().map(read).transpose()
}

/// Those after an id, in order of id.
pub async fn list<C: ConnectionTrait>(conn: &C, after: &str, limit: u32) -> Result<Vec<Organisation>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM organisations WHERE id > $1 ORDER BY id LIMIT $2");
    query(conn, &sql, vec![after.into(), i64::from(limit).into()]).await?.iter().map(read).collect()
}
