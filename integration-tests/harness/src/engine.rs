//! Which database keeps the data, and a fresh one for a test.
use std::path::Path;

use sea_orm::{ConnectionTrait, Database};

/// Names the PostgreSQL server that tests may make databases on, as `postgres://user@host:port/postgres`.
const SERVER: &str = "SOUNDINGS_TEST_POSTGRES";

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// A file of its own.
    Sqlite,
    /// A database of its own on the server that `SOUNDINGS_TEST_POSTGRES` names.
    Postgres,
}

impl Engine {
    /// The URL of a new, empty database; None when there is no server of this engine.
    ///
    /// # Panics
    /// When the PostgreSQL server that is named does not answer.
    pub async fn database(self, folder: &Path, name: &str) -> Option<String> {
        match self {
            Engine::Sqlite => Some(format!("sqlite:{}", folder.join(format!("{name}.sqlite")).display())),
            Engine::Postgres => {
                #[expect(clippy::disallowed_methods, reason = "which servers there are is no setting")]
                let server = std::env::var(SERVER).ok()?;
                let name = format!("{name}_{}", fresh());
                let admin = Database::connect(&server).await.expect("the PostgreSQL server answers");
                let create = format!("CREATE DATABASE {name}");
                admin.execute_unprepared(&create).await.expect("a new database");
                admin.close().await.expect("the connection closes");
                Some(format!("{}/{name}", server.rsplit_once('/').expect("a URL with a database").0))
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a name that no other test has")]
fn fresh() -> impl std::fmt::Display {
    uuid::Uuid::now_v7().simple()
}
