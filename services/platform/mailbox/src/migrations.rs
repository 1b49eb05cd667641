//! The tables of this crate. A service lists them first in its own migrator:
//!
//! ```ignore
//! fn migrations() -> Vec<Box<dyn MigrationTrait>> {
//!     let mut all = soundings_mailbox::migrations::all();
//!     all.push(Box::new(m20261124_000001_surveys::Migration));
//!     all
//! }
//! ```

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait};

/// Every migration of this crate, oldest first.
pub fn all() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(Mailbox)]
}

/// A migrator for a database that holds nothing else.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        all()
    }
}

struct Mailbox;

impl MigrationName for Mailbox {
    fn name(&self) -> &str {
        "m20261101_000001_mailbox"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Mailbox {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        for statement in TABLES.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
            conn.execute_unprepared(&for_backend(statement, conn.get_database_backend())).await?;
        }
        Ok(())
    }
}

/// Fills in what the two engines spell differently.
fn for_backend(statement: &str, backend: DbBackend) -> String {
    let (key, bytes, uuid, clustered) = match backend {
        DbBackend::Postgres => ("BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "BYTEA", "UUID", ""),
        _ => ("INTEGER PRIMARY KEY AUTOINCREMENT", "BLOB", "BLOB", "WITHOUT ROWID"),
    };
    statement
        .replace("{key}", key)
        .replace("{bytes}", bytes)
        .replace("{uuid}", uuid)
        .replace("{clustered}", clustered)
}

/// Times are microseconds since 1970, UTC.
const TABLES: &str = "
CREATE TABLE outbox (
    position {key},
    id {uuid} NOT NULL,
    source TEXT NOT NULL,
    ty TEXT NOT NULL,
    subject TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    time BIGINT NOT NULL,
    data {bytes} NOT NULL,
    dataschema TEXT NOT NULL,
    correlation_id TEXT,
    causation_id TEXT,
    traceparent TEXT,
    tracestate TEXT,
    standing BIGINT NOT NULL,
    published_at BIGINT,
    stream TEXT,
    stream_sequence BIGINT,
    parked_at BIGINT,
    park_reason TEXT
);
CREATE INDEX outbox_waiting ON outbox (position) WHERE published_at IS NULL AND parked_at IS NULL;
CREATE INDEX outbox_parked ON outbox (position) WHERE parked_at IS NOT NULL;
CREATE INDEX outbox_sent ON outbox (stream, stream_sequence) WHERE published_at IS NOT NULL;
CREATE INDEX outbox_standing ON outbox (subject, position) WHERE standing = 1;

CREATE TABLE outbox_streams (
    stream TEXT NOT NULL PRIMARY KEY,
    created BIGINT NOT NULL,
    last_sequence BIGINT NOT NULL
) {clustered};

CREATE TABLE sequences (
    source TEXT NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
) {clustered};

CREATE TABLE inbox (
    consumer TEXT NOT NULL,
    source TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    previous BIGINT NOT NULL,
    gaps BIGINT NOT NULL,
    PRIMARY KEY (consumer, source)
) {clustered};

CREATE TABLE dead_letters (
    id {uuid} NOT NULL PRIMARY KEY,
    consumer TEXT NOT NULL,
    event_id {uuid} NOT NULL,
    source TEXT NOT NULL,
    ty TEXT NOT NULL,
    subject TEXT NOT NULL,
    aggregate_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    time BIGINT NOT NULL,
    data {bytes} NOT NULL,
    dataschema TEXT NOT NULL,
    correlation_id TEXT,
    causation_id TEXT,
    traceparent TEXT,
    tracestate TEXT,
    reason TEXT NOT NULL,
    parked_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    settled_at BIGINT,
    settled_by TEXT,
    settled_reason TEXT,
    UNIQUE (consumer, event_id)
);

CREATE TABLE dead_letter_audit (
    position {key},
    dead_letter {uuid} NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL
);

CREATE TABLE requests (
    request_id TEXT NOT NULL,
    principal TEXT NOT NULL,
    method TEXT NOT NULL,
    body_hash {bytes} NOT NULL,
    response {bytes} NOT NULL,
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (request_id, principal, method)
) {clustered};
CREATE INDEX requests_recorded ON requests (recorded_at);

CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    token BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) {clustered}
";
