//! The register of benefits.
use sea_orm::ConnectionTrait;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm::DbErr};

/// Its tables.
pub struct Benefits;

impl MigrationName for Benefits {
    fn name(&self) -> &str {
        "m20261125_000002_benefits"
    }
}

const TABLES: [&str; 2] = [
    "CREATE TABLE benefits_log (
        version BIGINT NOT NULL PRIMARY KEY,
        id TEXT NOT NULL,
        content TEXT NULL,
        actor TEXT NOT NULL,
        recorded_at BIGINT NOT NULL
    )",
    "CREATE INDEX benefits_log_by_id ON benefits_log (id, version)",
];

#[async_trait::async_trait]
impl MigrationTrait for Benefits {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in TABLES {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
