//! The SQLite backend: one database file and a folder of model files.
//!
//! Writes go through one connection in `BEGIN IMMEDIATE` transactions and are flushed to the disk
//! before they are acknowledged (`synchronous = FULL` on a write-ahead log); reads have their own
//! connections and do not wait for writers. Other processes may use the same folder.

mod archive;
mod bulk;
mod catalog;
mod config;
mod counters;
mod database;
mod error;
mod interactions;
mod jobs;
mod membership;
mod models;
mod registry;
mod search;
mod sessions;
mod tenants;
mod users;
mod words;

use std::sync::Arc;

use async_trait::async_trait;

pub use self::config::SqliteConfig;
use self::database::Database;
use self::error::failed;
use crate::error::Result;
use crate::traits::{Storage, TenantDirectory, TenantStores};
use crate::types::TenantId;

/// Storage in a folder. Clones share the connections.
#[derive(Clone, Debug)]
pub struct SqliteStorage {
    database: Database,
}

impl SqliteStorage {
    /// Opens the folder, creating what is missing and applying migrations.
    ///
    /// # Errors
    /// `Unavailable` if the folder or file cannot be used, `UnsupportedVersion` if a newer version of
    /// the program wrote it, `Corrupt` if it is no database.
    pub async fn open(config: &SqliteConfig) -> Result<Self> {
        let database = Database::open(config).await?;
        words::index_former(&database).await?;
        Ok(Self { database })
    }
}

#[async_trait]
impl Storage for SqliteStorage {
    fn tenants(&self) -> &dyn TenantDirectory {
        &self.database
    }

    fn tenant(&self, id: TenantId) -> TenantStores {
        let tenant = Arc::new(SqliteTenant { database: self.database.clone(), id });
        TenantStores {
            id,
            archive: tenant.clone(),
            catalog: tenant.clone(),
            interactions: tenant.clone(),
            jobs: tenant.clone(),
            models: tenant.clone(),
            sessions: tenant.clone(),
            users: tenant,
        }
    }

    async fn migrate(&self) -> Result<u64> {
        self.database.migrate().await
    }

    async fn health(&self) -> Result<()> {
        let alive = sqlx::query("SELECT 1").execute(self.database.readers()).await;
        alive.map(drop).map_err(failed("health"))
    }

    async fn close(&self) {
        self.database.close().await;
    }
}

/// All stores of one tenant.
#[derive(Debug)]
struct SqliteTenant {
    database: Database,
    id: TenantId,
}
