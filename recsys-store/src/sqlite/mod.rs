//! The SQLite backend: one database file and a folder of model files.

use std::path::PathBuf;

use async_trait::async_trait;

use crate::error::Result;
use crate::traits::{Storage, TenantDirectory, TenantStores};
use crate::types::TenantId;

/// Where the data lies.
#[derive(Clone, Debug)]
pub struct SqliteConfig {
    /// Folder of the database (`recsys.db`) and of the model files (`models/`); created if missing.
    pub path: PathBuf,
    /// Connections that read at the same time. Default 4; at least 1.
    pub readers: u32,
}

impl SqliteConfig {
    /// Returns the default configuration for a data folder.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), readers: 4 }
    }
}

/// Storage in a folder. Clones share the connections.
#[derive(Clone, Debug)]
pub struct SqliteStorage {}

impl SqliteStorage {
    /// Opens the folder, creating what is missing and applying migrations.
    ///
    /// # Errors
    /// `Unavailable` if the folder or file cannot be used, `UnsupportedVersion` if a newer version of
    /// the program wrote it, `Corrupt` if it is no database.
    pub async fn open(config: &SqliteConfig) -> Result<Self> {
        let _ = config;
        todo!()
    }

    /// Closes the connections after the work under way. Dropping the storage does the same in the
    /// background.
    pub async fn close(&self) {
        todo!()
    }
}

#[async_trait]
impl Storage for SqliteStorage {
    fn tenants(&self) -> &dyn TenantDirectory {
        todo!()
    }

    fn tenant(&self, id: TenantId) -> TenantStores {
        let _ = id;
        todo!()
    }

    async fn migrate(&self) -> Result<u64> {
        todo!()
    }

    async fn health(&self) -> Result<()> {
        todo!()
    }
}
