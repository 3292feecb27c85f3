//! Where rows and models are kept: the one place where a backend is chosen.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use recsys_store::engine::EngineBuilder;
use recsys_store::{
    Engine, PostgresConfig, PostgresStorage, PostgresUrl, SqliteConfig, SqliteStorage, Storage,
    StoreError,
};

/// A place for rows and models. Neither `Display` nor `Debug` shows a password.
#[derive(Clone, Debug)]
pub enum Place {
    /// A folder of this machine, with an SQLite database and model files.
    Folder(PathBuf),
    /// A PostgreSQL database, which many servers may share.
    Postgres(PostgresUrl),
}

impl Place {
    /// Opens the place, creating what is missing and applying migrations.
    ///
    /// # Errors
    ///
    /// [`StoreError`] for a place that cannot be used.
    pub async fn open(&self) -> Result<Arc<dyn Storage>, StoreError> {
        Ok(match self {
            Self::Folder(folder) => {
                Arc::new(SqliteStorage::open(&SqliteConfig::new(folder)).await?)
            }
            Self::Postgres(url) => {
                Arc::new(PostgresStorage::open(&PostgresConfig::new(url.clone())).await?)
            }
        })
    }
}

impl Place {
    /// Begins an engine over what was opened here. Others may write to a database at any moment, so it is
    /// asked with every request whether anything has changed; to a folder only commands of this machine
    /// write beside a server, and it is asked once a second.
    pub fn engine(&self, storage: Arc<dyn Storage>) -> EngineBuilder {
        let engine = Engine::builder(storage);
        match self {
            Self::Folder(_) => engine,
            Self::Postgres(_) => engine.follow_interval(Duration::ZERO),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}
