//! The schema, step by step. A step that was released is never changed.
use sea_orm::ConnectionTrait;
use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait, sea_orm::DbErr,
};

mod benefits;
mod procurement;
mod standing;
mod suggestions;

/// The mailbox's tables, then this service's.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = soundings_mailbox::migrations::all();
        all.push(Box::new(Portfolio));
        all.push(Box::new(procurement::Procurement));
        all.push(Box::new(benefits::Benefits));
        all.push(Box::new(standing::Standing));
        all.push(Box::new(suggestions::Suggestions));
        all
    }
}

struct Portfolio;

impl MigrationName for Portfolio {
    fn name(&self) -> &str {
        "m20261124_000001_portfolio"
    }
}

const TABLES: &[&str] = &[
    "CREATE TABLE input_log (
        position BIGINT NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        content TEXT NULL,
        traceparent TEXT NULL,
        accepted_at BIGINT NULL,
        actor TEXT NOT NULL,
        recorded_at BIGINT NOT NULL
    )",
    "CREATE INDEX input_log_by_name ON input_log (kind, name, position)",
    "CREATE TABLE inputs_now (
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        position BIGINT NOT NULL,
        content TEXT NULL,
        PRIMARY KEY (kind, name)
    )",
    "CREATE INDEX inputs_now_by_position ON inputs_now (position)",
    "CREATE TABLE revisions (
        ranking TEXT NOT NULL,
        revision BIGINT NOT NULL,
        digest TEXT NOT NULL,
        position BIGINT NOT NULL,
        made_at BIGINT NOT NULL,
        header BYTEA NOT NULL,
        result BYTEA NOT NULL,
        change BYTEA NOT NULL,
        PRIMARY KEY (ranking, revision)
    )",
    "CREATE INDEX revisions_by_time ON revisions (ranking, made_at)",
    "CREATE TABLE records (
        kind TEXT NOT NULL,
        number BIGINT NOT NULL,
        version BIGINT NOT NULL,
        state TEXT NOT NULL,
        content TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        PRIMARY KEY (kind, number)
    )",
    "CREATE INDEX records_by_state ON records (kind, state, number)",
    "CREATE TABLE told_gaps (
        ranking TEXT NOT NULL,
        gap TEXT NOT NULL,
        content TEXT NOT NULL,
        PRIMARY KEY (ranking, gap)
    )",
    "CREATE TABLE heard (
        id BIGINT NOT NULL PRIMARY KEY,
        organisations BIGINT NOT NULL,
        answered BIGINT NOT NULL,
        respondents BIGINT NOT NULL
    )",
];

#[async_trait::async_trait]
impl MigrationTrait for Portfolio {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in TABLES {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}
