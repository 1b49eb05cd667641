//! A service's own database: an SQLite file by default, PostgreSQL by URL.
//!
//! SQLite: one writer connection (WAL, synchronous=FULL, `BEGIN IMMEDIATE`) and a separate pool of readers, so that
//! reads never wait for a commit. PostgreSQL: one pool, READ COMMITTED; a transaction locks the rows it decides on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use backon::{ConstantBuilder, Retryable};
use futures::future::BoxFuture;
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, RuntimeErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;

use crate::{Error, Result, sql};

const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
const READERS: u32 = 4;
/// Prepared statements kept by a connection: a multi-row insert is another statement for each number of rows.
const STATEMENTS: usize = 512;
/// One of the process's choosing: it only has to be the same for every replica of a service.
const MIGRATION_LOCK: i64 = 0x534e_445f_4d49_4752;

/// An open database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Database {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
}

impl Database {
    /// Opens `sqlite:<path>` (made when missing) or `postgres://…`.
    ///
    /// # Errors
    /// [`Error::Unusable`] for another URL or a file that cannot be opened, [`Error::Unavailable`] when PostgreSQL
    /// does not answer.
    pub async fn open(url: &str) -> Result<Self> {
        Self::open_with(url, None).await
    }

    /// The same, with PostgreSQL's password from a file.
    ///
    /// # Errors
    /// As [`Self::open`], and [`Error::Unusable`] when the file cannot be read or the server refuses the password.
    pub async fn open_with(url: &str, password_file: Option<&Path>) -> Result<Self> {
        let password = password_file.map(read_password).transpose()?;
        if let Some(path) = sqlite_path(url) {
            Self::open_sqlite(&path).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open_postgres(url, password).await
        } else {
            let scheme = url.split(':').next().unwrap_or_default();
            Err(Error::Unusable(format!(
                "the database URL must begin with sqlite: or postgres://, not {scheme}:"
            )))
        }
    }

    async fn open_sqlite(path: &Path) -> Result<Self> {
        if path.as_os_str().is_empty() || path.to_string_lossy().contains(":memory:") {
            return Err(Error::Unusable("the SQLite database must be a file".to_owned()));
        }
        let unusable = |error: &dyn std::fmt::Display| {
            Error::Unusable(format!("cannot open {}: {error}", path.display()))
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            tokio::fs::create_dir_all(folder).await.map_err(|error| unusable(&error))?;
        }
        let connect = async || sea_orm::Database::connect(sqlite_options(path, 1, false)).await;
        // SQLite lets nobody wait who meets another process that also turns the write-ahead log on.
        let waits = ConstantBuilder::default().with_delay(Duration::from_millis(10)).with_max_times(500);
        let writer = connect.retry(waits).when(is_locked).await.map_err(|error| unusable(&error))?;
        assert_durable(&writer, path).await?;
        let reader = sea_orm::Database::connect(sqlite_options(path, READERS, true)).await;
        let reader = reader.map_err(|error| unusable(&error))?;
        Ok(Self { writer, reader })
    }

    async fn open_postgres(url: &str, password: Option<String>) -> Result<Self> {
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(16)
            .min_connections(1)
            .connect_timeout(ACQUIRE_TIMEOUT)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire_if_idle_for(Duration::from_secs(5))
            .statement_timeout(Duration::from_secs(30))
            .sqlx_logging(false)
            .map_sqlx_postgres_opts(move |options| {
                let options = options.statement_cache_capacity(STATEMENTS);
                match &password {
                    Some(password) => options.password(password),
                    None => options,
                }
            });
        let pool = sea_orm::Database::connect(options).await?;
        Ok(Self { writer: pool.clone(), reader: pool })
    }

    /// Brings the schema up to this binary's migrations, under a lock, all or nothing.
    ///
    /// # Errors
    /// [`Error::NewerSchema`] when the database holds a migration that this binary does not know.
    pub async fn migrate<M: MigratorTrait>(&self) -> Result<()> {
        let tx = self.begin().await?;
        if tx.get_database_backend() == DbBackend::Postgres {
            sql::execute(&tx, "SELECT pg_advisory_xact_lock($1)", vec![MIGRATION_LOCK.into()]).await?;
        }
        M::install(&tx).await?;
        let known: Vec<_> = M::migrations().iter().map(|migration| migration.name().to_owned()).collect();
        for applied in M::get_migration_models(&tx).await? {
            if !known.contains(&applied.version) {
                return Err(Error::NewerSchema(applied.version));
            }
        }
        M::up(&tx, None).await?;
        commit(tx).await
    }

    /// Begins a transaction that may write. On SQLite it holds the only writer: never await the network within it.
    pub async fn begin(&self) -> Result<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: (self.backend() == DbBackend::Sqlite)
                .then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.writer.begin_with_options(options).await?)
    }

    /// Runs `work` in a transaction: committed when it returns Ok, else rolled back.
    pub async fn write<T, E, F>(&self, work: F) -> std::result::Result<T, E>
    where
        F: for<'c> FnOnce(&'c DatabaseTransaction) -> BoxFuture<'c, std::result::Result<T, E>> + Send,
        E: From<Error>,
        T: Send,
    {
        let tx = self.begin().await?;
        match work(&tx).await {
            Ok(value) => {
                commit(tx).await?;
                Ok(value)
            }
            Err(error) => {
                // Dropped, it would roll back as well; awaiting leaves the connection ready for the next one.
                if let Err(error) = tx.rollback().await {
                    tracing::warn!(%error, "a rollback failed");
                }
                Err(error)
            }
        }
    }

    /// A connection for reads outside a transaction.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// A read-only view that stays the same over several queries. Drop it soon: it holds a reader.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction> {
        let isolation_level =
            (self.backend() == DbBackend::Postgres).then_some(sea_orm::IsolationLevel::RepeatableRead);
        let options = TransactionOptions { isolation_level, ..TransactionOptions::default() };
        Ok(self.reader.begin_with_options(options).await?)
    }

    /// Which of the two engines this is.
    pub fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Answers once the database does; for readiness.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.reader.ping().await?)
    }

    /// Closes every connection; on SQLite the write-ahead log is folded in.
    pub async fn close(self) -> Result<()> {
        if self.backend() == DbBackend::Sqlite {
            self.reader.close().await?;
        }
        Ok(self.writer.close().await?)
    }
}

/// Commits, with the failure sorted.
pub async fn commit(tx: DatabaseTransaction) -> Result<()> {
    Ok(tx.commit().await?)
}

fn read_password(file: &Path) -> Result<String> {
    let unusable = |reason: &dyn std::fmt::Display| {
        Error::Unusable(format!("the file {} of the database's password: {reason}", file.display()))
    };
    let text = std::fs::read_to_string(file).map_err(|error| unusable(&error))?;
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() { Err(unusable(&"it is empty")) } else { Ok(password.to_owned()) }
}

fn sqlite_path(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    Some(PathBuf::from(path.split('?').next().unwrap_or_default()))
}

fn sqlite_options(path: &Path, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new("sqlite:");
    let path = path.to_owned();
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(BUSY_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |options| {
            let options = options
                .filename(&path)
                .create_if_missing(!read_only)
                .busy_timeout(BUSY_TIMEOUT)
                .foreign_keys(true)
                .statement_cache_capacity(STATEMENTS)
                .pragma("synchronous", "FULL")
                .pragma("secure_delete", "ON")
                .pragma("temp_store", "MEMORY");
            if read_only { options.pragma("query_only", "ON") } else { options.pragma("journal_mode", "WAL") }
        });
    options
}

/// Another process is about to change the file's journal mode.
fn is_locked(error: &DbErr) -> bool {
    let DbErr::Conn(RuntimeErr::SqlxError(error)) = error else { return false };
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "5")
}

/// An acknowledged commit must be on the disk: refuses a file where SQLite did not take the settings.
async fn assert_durable(conn: &DatabaseConnection, path: &Path) -> Result<()> {
    let journal = sql::query_one(conn, "PRAGMA journal_mode", vec![]).await?;
    let journal: String = journal.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    let synchronous = sql::query_one(conn, "PRAGMA synchronous", vec![]).await?;
    let synchronous: i64 = synchronous.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
    if journal != "wal" || synchronous != 2 {
        return Err(Error::Unusable(format!(
            "{} does not accept a write-ahead log with full synchronisation (journal_mode={journal}, \
             synchronous={synchronous})",
            path.display()
        )));
    }
    Ok(())
}
