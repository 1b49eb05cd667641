//! Tallies of answers to bound questions.
use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait, sea_orm::DbErr};

/// Their table.
pub struct Support;

impl MigrationName for Support {
    fn name(&self) -> &str {
        "m20261125_000002_support"
    }
}

const TABLE: &str = "CREATE TABLE support_tallies (
        survey TEXT{bytewise} NOT NULL,
        organisation TEXT{bytewise} NOT NULL,
        question TEXT{bytewise} NOT NULL,
        target TEXT NOT NULL,
        respondents BIGINT NOT NULL,
        support_ppm BIGINT NOT NULL,
        PRIMARY KEY (survey, organisation, question)
    )";

#[async_trait::async_trait]
impl MigrationTrait for Support {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        let bytewise = if conn.get_database_backend() == DbBackend::Postgres { " COLLATE \"C\"" } else { "" };
        conn.execute_unprepared(&TABLE.replace("{bytewise}", bytewise)).await.map(drop)
    }
}
