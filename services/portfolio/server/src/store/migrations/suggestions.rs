//! What people decided on suggested links.
use sea_orm::ConnectionTrait;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm::DbErr};

/// Its tables.
pub struct Suggestions;

impl MigrationName for Suggestions {
    fn name(&self) -> &str {
        "m20261125_000003_suggestions"
    }
}

const TABLES: [&str; 2] = [
    "CREATE TABLE suggestion_log (
        position BIGINT NOT NULL PRIMARY KEY,
        item TEXT NOT NULL,
        theme TEXT NOT NULL,
        dismissed BIGINT NOT NULL,
        actor TEXT NOT NULL,
        reason TEXT NOT NULL,
        recorded_at BIGINT NOT NULL
    )",
    "CREATE INDEX suggestion_log_by_item ON suggestion_log (item, theme, position)",
];

#[async_trait::async_trait]
impl MigrationTrait for Suggestions {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in TABLES {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
