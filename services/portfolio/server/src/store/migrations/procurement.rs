//! The register of contracts.
use sea_orm::ConnectionTrait;
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm::DbErr};

/// Its tables.
pub struct Procurement;

impl MigrationName for Procurement {
    fn name(&self) -> &str {
        "m20261125_000001_procurement"
    }
}

const TABLES: [&str; 7] = [
    "CREATE TABLE contracts (
        id TEXT NOT NULL PRIMARY KEY,
        organisation TEXT NOT NULL,
        supplier TEXT NOT NULL,
        supplier_words TEXT NOT NULL,
        cpv TEXT NOT NULL,
        status TEXT NOT NULL,
        end_date TEXT NOT NULL,
        content TEXT NOT NULL
    )",
    "CREATE INDEX contracts_by_organisation ON contracts (organisation, id)",
    "CREATE INDEX contracts_by_end ON contracts (end_date)",
    "CREATE TABLE opportunities_found (
        id TEXT NOT NULL PRIMARY KEY,
        found_at BIGINT NOT NULL
    )",
    "CREATE TABLE attachments (
        number BIGINT NOT NULL PRIMARY KEY,
        item TEXT NOT NULL,
        content BYTEA NOT NULL
    )",
    "CREATE INDEX attachments_by_item ON attachments (item, number)",
    "CREATE TABLE procurement_policy (
        id BIGINT NOT NULL PRIMARY KEY,
        version BIGINT NOT NULL,
        content TEXT NOT NULL
    )",
];

#[async_trait::async_trait]
impl MigrationTrait for Procurement {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in TABLES {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
