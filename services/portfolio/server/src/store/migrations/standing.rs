//! How sure revisions are, what was announced, and what stands for late joiners.
use sea_orm::ConnectionTrait;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm::DbErr};

/// Its tables.
pub struct Standing;

impl MigrationName for Standing {
    fn name(&self) -> &str {
        "m20261125_000002_standing"
    }
}

const TABLES: [&str; 3] = [
    "CREATE TABLE assurances (
        ranking TEXT NOT NULL,
        revision BIGINT NOT NULL,
        content BYTEA NOT NULL,
        PRIMARY KEY (ranking, revision)
    )",
    "CREATE TABLE announced_orders (
        ranking TEXT NOT NULL PRIMARY KEY,
        revision BIGINT NOT NULL,
        items TEXT NOT NULL
    )",
    "CREATE TABLE standing_messages (
        subject TEXT NOT NULL PRIMARY KEY,
        digest TEXT NOT NULL
    )",
];

#[async_trait::async_trait]
impl MigrationTrait for Standing {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in TABLES {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
