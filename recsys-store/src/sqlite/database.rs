//! Connections: one that writes, some that read.
//!
//! SQLite has one writer at a time. Taking it as a pool of one connection with `BEGIN IMMEDIATE`
//! queues our own writers instead of letting them collide, and makes every write see the newest
//! state (a deferred transaction that reads first would fail with `SQLITE_BUSY_SNAPSHOT`).

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};

use super::SqliteConfig;
use super::error::{failed, file_failed, migration_failed, open_failed};
use crate::error::{Backend, Result};
use crate::model_files::ModelFiles;
use crate::sql::shielded;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How long to wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long to wait for a free connection of our own.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// What the writer keeps of the database, negative for kibibytes: an import goes to and fro in the indexes, and
/// pages that do not fit are written before the end of the transaction.
const WRITER_CACHE: &str = "-65536";
/// Pages in the write-ahead log after which they are moved into the database: more than one batch of an import
/// changes, so that a page that changes with every batch is not moved with every batch.
const CHECKPOINT_PAGES: &str = "8192";

/// The open data folder. Clones share the connections.
#[derive(Clone, Debug)]
pub(super) struct Database {
    writer: SqlitePool,
    readers: SqlitePool,
    path: PathBuf,
    models: ModelFiles,
    models_kept: NonZeroU32,
}

impl Database {
    pub(super) async fn open(config: &SqliteConfig) -> Result<Self> {
        const OP: &str = "open";
        let folder = &config.path;
        tokio::fs::create_dir_all(folder).await.map_err(file_failed(OP, folder))?;
        let models = match &config.models {
            None => ModelFiles::in_folder(OP, &folder.join("models")).await?,
            Some(url) => ModelFiles::open(OP, url).await?,
        };
        let path = config.path.join("recsys.db");
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT);
        let pool = || SqlitePoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT);
        let writing = options
            .clone()
            .pragma("cache_size", WRITER_CACHE)
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES);
        let writer = pool().max_connections(1).connect_with(writing).await;
        let writer = writer.map_err(|error| open_failed(OP, &path, error))?;
        if let Err(error) = MIGRATIONS.run(&writer).await {
            writer.close().await;
            return Err(migration_failed(OP, &path, error));
        }
        let reading = options.create_if_missing(false).read_only(true);
        let readers = pool().max_connections(config.readers.max(1)).connect_with(reading).await;
        let readers = readers.map_err(|error| open_failed(OP, &path, error))?;
        Ok(Self { writer, readers, path, models, models_kept: config.models_kept })
    }

    /// Applies missing migrations and returns the newest version.
    pub(super) async fn migrate(&self) -> Result<u64> {
        const OP: &str = "migrate";
        let run = MIGRATIONS.run(&self.writer).await;
        run.map_err(|error| migration_failed(OP, &self.path, error))?;
        let version: i64 = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
            .fetch_one(&self.readers)
            .await
            .map_err(failed(OP))?;
        Ok(version.unsigned_abs())
    }

    /// Returns the connections that read.
    pub(super) fn readers(&self) -> &SqlitePool {
        &self.readers
    }

    /// Returns the place of the model files.
    pub(super) fn models(&self) -> &ModelFiles {
        &self.models
    }

    /// Returns how many versions of each model are kept.
    pub(super) fn models_kept(&self) -> NonZeroU32 {
        self.models_kept
    }

    /// Runs `work` in one transaction that holds the write lock from its beginning; rolls back if it
    /// fails. Dropping the returned future does not stop it: the transaction ends one way or the
    /// other.
    pub(super) async fn write<T, F>(&self, op: &'static str, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T>> + Send + 'static,
    {
        let writer = self.writer.clone();
        shielded(Backend::Sqlite, op, async move {
            let begun = writer.begin_with("BEGIN IMMEDIATE").await;
            let mut transaction = begun.map_err(failed(op))?;
            let outcome = work(&mut transaction).await;
            match outcome {
                Ok(value) => {
                    transaction.commit().await.map_err(failed(op))?;
                    Ok(value)
                }
                Err(error) => {
                    // A rollback that fails leaves nothing behind either: the connection is closed.
                    if let Err(rollback) = transaction.rollback().await {
                        tracing::warn!(op, error = %rollback, "could not roll back");
                    }
                    Err(error)
                }
            }
        })
        .await
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}
