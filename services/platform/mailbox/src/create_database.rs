//! A service's own role and database on a PostgreSQL server.

use sea_orm::{ConnectionTrait, DbBackend};

use crate::{Database, Error, Result, sql};

/// Makes a role of this name that logs in with this password, and a database of the same name that it owns and that
/// nobody else may connect to. What is there stays, but for the password, which is set anew.
///
/// # Errors
/// [`Error::Unusable`] when the name is not of lowercase letters, or the server is no PostgreSQL.
pub async fn create_database(server: &Database, name: &str, password: &str) -> Result<()> {
    if server.backend() != DbBackend::Postgres {
        return Err(Error::Unusable("roles and databases are made on PostgreSQL alone".to_owned()));
    }
    // Neither a name nor a password of these statements can be a parameter.
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Err(Error::Unusable(format!("{name:?} is no name of a database: use lowercase letters")));
    }
    let password = password.replace('\'', "''");
    let conn = server.read();
    let has = async |catalogue: &str, column: &str| {
        let select = format!("SELECT 1 FROM {catalogue} WHERE {column} = $1");
        sql::query_one(conn, &select, vec![name.into()]).await.map(|row| row.is_some())
    };
    let verb = if has("pg_roles", "rolname").await? { "ALTER" } else { "CREATE" };
    conn.execute_unprepared(&format!("{verb} ROLE {name} LOGIN PASSWORD '{password}'")).await?;
    if !has("pg_database", "datname").await? {
        conn.execute_unprepared(&format!("CREATE DATABASE {name} OWNER {name}")).await?;
    }
    conn.execute_unprepared(&format!("REVOKE ALL ON DATABASE {name} FROM PUBLIC")).await?;
    Ok(())
}
