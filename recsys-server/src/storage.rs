//! Where rows and models are kept: the one place where a backend is chosen.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use recsys_store::{
    PostgresConfig, PostgresStorage, PostgresUrl, SqliteConfig, SqliteStorage, Storage, StoreError,
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

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Postgres(url) => url.fmt(f),
        }
    }
}
