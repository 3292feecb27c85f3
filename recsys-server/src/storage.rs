//! Where rows and models are kept: the one place where a backend is chosen.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use recsys_store::engine::EngineBuilder;
use recsys_store::{
    Engine, ModelsUrl, PostgresConfig, PostgresStorage, PostgresUrl, SqliteConfig, SqliteStorage,
    Storage, StoreError,
};

/// A place for rows and models. Neither `Display` nor `Debug` shows a password.
#[derive(Clone, Debug)]
pub struct Place {
    /// Where rows are.
    pub rows: Rows,
    /// Where the files of models are and which of them are kept.
    pub models: ModelOptions,
}

/// A place for rows, and for models that have none of their own.
#[derive(Clone, Debug)]
pub enum Rows {
    /// A folder of this machine, with an SQLite database and model files.
    Folder(PathBuf),
    /// A PostgreSQL database, which many servers may share.
    Postgres(PostgresUrl),
}

/// What becomes of the files of models.
#[derive(Clone, Debug, Default)]
pub struct ModelOptions {
    /// Another place for them than that of the rows.
    pub place: Option<ModelsUrl>,
    /// How many versions of each model are kept; 3 unless it is said.
    pub kept: Option<NonZeroU32>,
}

impl Place {
    /// Opens the place, creating what is missing and applying migrations.
    ///
    /// # Errors
    ///
    /// [`StoreError`] for a place that cannot be used.
    pub async fn open(&self) -> Result<Arc<dyn Storage>, StoreError> {
        let ModelOptions { place: models, kept } = self.models.clone();
        Ok(match &self.rows {
            Rows::Folder(folder) => {
                let mut config = SqliteConfig { models, ..SqliteConfig::new(folder) };
                config.models_kept = kept.unwrap_or(config.models_kept);
                Arc::new(SqliteStorage::open(&config).await?)
            }
            Rows::Postgres(url) => {
                let mut config = PostgresConfig { models, ..PostgresConfig::new(url.clone()) };
                config.models_kept = kept.unwrap_or(config.models_kept);
                Arc::new(PostgresStorage::open(&config).await?)
            }
        })
    }

    /// Begins an engine over what was opened here. Others may write to a database at any moment, so it is
    /// asked with every request whether anything has changed; to a folder only commands of this machine
    /// write beside a server, and it is asked once a second.
    pub fn engine(&self, storage: Arc<dyn Storage>) -> EngineBuilder {
        let engine = Engine::builder(storage);
        match self.rows {
            Rows::Folder(_) => engine,
            Rows::Postgres(_) => engine.follow_interval(Duration::ZERO),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rows {
            Rows::Folder(folder) => folder.display().fmt(f)?,
            Rows::Postgres(url) => url.fmt(f)?,
        }
        match &self.models.place {
            Some(models) => write!(f, " with models in {models}"),
            None => Ok(()),
        }
    }
}
