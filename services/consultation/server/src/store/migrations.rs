//! The schema, step by step. A step that was released is never changed.
use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait, sea_orm::DbErr,
};

mod support;

/// The mailbox's tables, then this service's.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = soundings_mailbox::migrations::all();
        all.push(Box::new(Consultation));
        all.push(Box::new(support::Support));
        all
    }
}

struct Consultation;

impl MigrationName for Consultation {
    fn name(&self) -> &str {
        "m20261124_000001_consultation"
    }
}

const TABLES: [&str; 7] = [
    "CREATE TABLE organisations (
        id TEXT{bytewise} NOT NULL PRIMARY KEY,
        display_name TEXT NOT NULL,
        kind BIGINT NOT NULL,
        code TEXT NOT NULL,
        population BIGINT NOT NULL,
        version BIGINT NOT NULL
    )",
    "CREATE TABLE surveys (
        id TEXT{bytewise} NOT NULL PRIMARY KEY,
        title TEXT NOT NULL,
        questions TEXT NOT NULL,
        state BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        opened_at BIGINT NULL,
        closed_at BIGINT NULL,
        version BIGINT NOT NULL
    )",
    "CREATE TABLE responses (
        id TEXT{bytewise} NOT NULL PRIMARY KEY,
        survey TEXT{bytewise} NOT NULL,
        organisation TEXT{bytewise} NOT NULL,
        answers TEXT NOT NULL,
        revision BIGINT NOT NULL,
        withdrawn BIGINT NOT NULL,
        submitted_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )",
    "CREATE INDEX responses_by_survey ON responses (survey, id)",
    "CREATE INDEX responses_by_organisation ON responses (survey, organisation, id)",
    "CREATE TABLE imported_rows (
        survey TEXT{bytewise} NOT NULL,
        row_key TEXT{bytewise} NOT NULL,
        response TEXT NOT NULL,
        PRIMARY KEY (survey, row_key)
    )",
    "CREATE TABLE survey_counts (
        survey TEXT{bytewise} NOT NULL,
        part BIGINT NOT NULL,
        responses BIGINT NOT NULL,
        PRIMARY KEY (survey, part)
    )",
];

#[async_trait::async_trait]
impl MigrationTrait for Consultation {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        // Ids are ordered by their bytes, as SQLite does.
        let bytewise = if conn.get_database_backend() == DbBackend::Postgres { " COLLATE \"C\"" } else { "" };
        for statement in TABLES {
            conn.execute_unprepared(&statement.replace("{bytewise}", bytewise)).await?;
        }
        Ok(())
    }
}
