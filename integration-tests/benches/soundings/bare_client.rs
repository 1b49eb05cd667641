//! The ceiling of storage: a bare client that writes the very rows that the service wrote, to the same tables, with the
//! same keys and durability, and with as many waiting for each commit.
use std::{
    path::Path,
    sync::{Arc, Mutex as Lock, PoisonError},
    time::Instant,
};

use anyhow::Context;
use futures::future;
use sea_orm::sqlx::{
    Database, Encode, Executor, IntoArguments, Pool, Postgres, QueryBuilder, Sqlite, Type,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use soundings_consultation::store::migrations::Migrator;
use soundings_integration_tests::Engine;
use soundings_mailbox::sql::{column, query};
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

use crate::{intake::Intake, load::IN_FLIGHT};

/// Connections that commit side by side on PostgreSQL; SQLite has one writer.
const WRITERS: usize = 4;
const STATEMENTS: usize = 512;

/// A column's type.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Number,
    Bytes,
    Id,
}
use Kind::{Bytes, Id, Number, Text};

struct Table {
    name: &'static str,
    columns: &'static [(&'static str, Kind)],
    /// Which rows a response makes, in the order in which they were written.
    of_responses: &'static str,
}

const TABLES: [Table; 3] = [
    Table {
        name: "responses",
        columns: &[
            ("id", Text),
            ("survey", Text),
            ("organisation", Text),
            ("answers", Text),
            ("revision", Number),
            ("withdrawn", Number),
            ("submitted_at", Number),
            ("updated_at", Number),
        ],
        of_responses: "ORDER BY id",
    },
    Table {
        name: "outbox",
        columns: &[
            ("id", Id),
            ("source", Text),
            ("ty", Text),
            ("subject", Text),
            ("aggregate_id", Text),
            ("sequence", Number),
            ("time", Number),
            ("data", Bytes),
            ("dataschema", Text),
            ("traceparent", Text),
            ("standing", Number),
        ],
        of_responses: "WHERE ty = 'soundings.consultation.response.submitted.v1' ORDER BY position",
    },
    Table {
        name: "requests",
        columns: &[
            ("request_id", Text),
            ("principal", Text),
            ("method", Text),
            ("body_hash", Bytes),
            ("response", Bytes),
            ("recorded_at", Number),
        ],
        of_responses: "WHERE method = 'SubmitResponse' ORDER BY request_id",
    },
];

/// A value of a row.
#[derive(Debug, Clone)]
pub enum Cell {
    Text(Option<String>),
    Number(i64),
    Bytes(Vec<u8>),
    Id(Uuid),
}

type Row = Vec<Cell>;
/// A response's rows, one of each table.
pub type Group = [Row; 3];

/// Every response's rows, in the order in which they were written.
pub async fn rows(intake: &Intake) -> anyhow::Result<Vec<Group>> {
    let db = intake.running.runtime.db.read();
    let mut read = Vec::new();
    for table in &TABLES {
        let columns: Vec<_> = table.columns.iter().map(|(name, _)| *name).collect();
        let select = format!("SELECT {} FROM {} {}", columns.join(", "), table.name, table.of_responses);
        let mut rows = Vec::new();
        for row in query(db, &select, vec![]).await? {
            let cell = |(name, kind): &(&str, Kind)| {
                anyhow::Ok(match kind {
                    Text => Cell::Text(column(&row, name)?),
                    Number => Cell::Number(column(&row, name)?),
                    Bytes => Cell::Bytes(column(&row, name)?),
                    Id => Cell::Id(column(&row, name)?),
                })
            };
            rows.push(table.columns.iter().map(cell).collect::<anyhow::Result<Row>>()?);
        }
        read.push(rows.into_iter());
    }
    let mut next = || Some([read[0].next()?, read[1].next()?, read[2].next()?]);
    Ok(std::iter::from_fn(&mut next).collect())
}

/// Writes them to a new database; returns responses a second.
pub async fn write(engine: Engine, groups: Vec<Group>) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let url = engine.database(folder.path(), "bare").await.context("the engine was there before")?;
    let db = soundings_mailbox::Database::open(&url).await?;
    db.migrate::<Migrator>().await?;
    db.close().await?;
    match engine {
        Engine::Sqlite => {
            let options = SqliteConnectOptions::new()
                .filename(Path::new(url.trim_start_matches("sqlite:")))
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .statement_cache_capacity(STATEMENTS);
            let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
            together::<Sqlite>(pool, 1, groups).await
        }
        Engine::Postgres => {
            let options: PgConnectOptions = url.parse()?;
            let options = options.statement_cache_capacity(STATEMENTS);
            let pool = PgPoolOptions::new().max_connections(WRITERS as u32).connect_with(options).await?;
            together::<Postgres>(pool, WRITERS, groups).await
        }
    }
}

/// As many callers as the load has each hand in a response and wait for its commit, which takes all that wait.
async fn together<DB>(pool: Pool<DB>, writers: usize, groups: Vec<Group>) -> anyhow::Result<f64>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    DB::Arguments: IntoArguments<DB> + Default,
    for<'q> Option<String>: Encode<'q, DB> + Type<DB>,
    for<'q> i64: Encode<'q, DB> + Type<DB>,
    for<'q> Vec<u8>: Encode<'q, DB> + Type<DB>,
    for<'q> Uuid: Encode<'q, DB> + Type<DB>,
{
    let count = groups.len();
    let (queue, waiting) = mpsc::channel::<(Group, oneshot::Sender<()>)>(IN_FLIGHT);
    let (waiting, groups) = (Arc::new(Mutex::new(waiting)), Arc::new(Lock::new(groups.into_iter())));
    let began = Instant::now();
    let callers = (0..IN_FLIGHT).map(|_| {
        let (queue, groups) = (queue.clone(), groups.clone());
        in_a_task(async move {
            let next = || groups.lock().unwrap_or_else(PoisonError::into_inner).next();
            while let Some(group) = next() {
                let (committed, commit) = oneshot::channel();
                queue.send((group, committed)).await?;
                commit.await?;
            }
            Ok(())
        })
    });
    let callers = future::try_join_all(callers.collect::<Vec<_>>());
    drop(queue);
    let writers = (0..writers).map(|_| {
        let (pool, waiting) = (pool.clone(), waiting.clone());
        in_a_task(async move {
            let mut batch = Vec::with_capacity(IN_FLIGHT);
            while waiting.lock().await.recv_many(&mut batch, IN_FLIGHT).await > 0 {
                let mut tx = pool.begin().await?;
                for (at, table) in TABLES.iter().enumerate() {
                    let mut insert: QueryBuilder<DB> = QueryBuilder::new(head(table));
                    insert.push_values(&batch, |mut places, (group, _)| {
                        for cell in &group[at] {
                            match cell.clone() {
                                Cell::Text(text) => places.push_bind(text),
                                Cell::Number(number) => places.push_bind(number),
                                Cell::Bytes(bytes) => places.push_bind(bytes),
                                Cell::Id(id) => places.push_bind(id),
                            };
                        }
                    });
                    insert.build().execute(&mut *tx).await?;
                }
                tx.commit().await?;
                for (_, committed) in batch.drain(..) {
                    _ = committed.send(());
                }
            }
            Ok(())
        })
    });
    let writers = future::try_join_all(writers.collect::<Vec<_>>());
    future::try_join(callers, writers).await?;
    let rate = count as f64 / began.elapsed().as_secs_f64();
    pool.close().await;
    Ok(rate)
}

fn head(table: &Table) -> String {
    let columns: Vec<_> = table.columns.iter().map(|(name, _)| *name).collect();
    format!("INSERT INTO {} ({}) ", table.name, columns.join(", "))
}

/// Runs on any of the machine's cores.
async fn in_a_task(work: impl Future<Output = anyhow::Result<()>> + Send + 'static) -> anyhow::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "it is awaited at once")]
    tokio::spawn(work).await?
}
