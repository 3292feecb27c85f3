//! The PostgreSQL backend: many processes on one database.
//!
//! Rows of tenants are behind two locks: every statement names the tenant, and policies (row-level
//! security) hide the rows of all others from the transaction, whatever a statement says. The
//! application therefore never works as a role that policies do not hold for: a login with SUPERUSER or
//! BYPASSRLS steps down to the role `<login>_app`, which migrations create.
//!
//! The least that a login needs is to own the database (`CREATE DATABASE shop OWNER shop`). Where
//! schema changes are somebody else's task, let the owner run `migrate` and give a second login
//! SELECT on `_sqlx_migrations` and SELECT, INSERT, UPDATE, DELETE on the other tables.
//!
//! Models are in the database as well, so that every process finds them, unless they have a place of their own.

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
mod model_parts;
mod models;
mod ratings;
mod registry;
mod schema;
mod search;
mod sessions;
mod tenants;
mod users;
mod words;

use std::sync::Arc;

use async_trait::async_trait;

pub use self::config::{PostgresConfig, PostgresUrl};
use self::database::{Access, Database, Scope, Work};
#[cfg(feature = "testing")]
pub(crate) use self::schema::fingerprint;
use crate::error::Result;
use crate::traits::{Storage, TenantDirectory, TenantStores};
use crate::types::TenantId;

/// Storage in a PostgreSQL database. Clones share the connections.
#[derive(Clone, Debug)]
pub struct PostgresStorage {
    database: Database,
}

impl PostgresStorage {
    /// Connects and applies migrations.
    ///
    /// # Errors
    /// `Unavailable` if the database cannot be reached, `UnsupportedVersion` if a newer version of the
    /// program wrote it, `Internal` if the server is too old or nothing would keep tenants apart.
    pub async fn open(config: &PostgresConfig) -> Result<Self> {
        let database = Database::open(config).await?;
        words::index_former(&database).await?;
        Ok(Self { database })
    }
}

#[async_trait]
impl Storage for PostgresStorage {
    fn tenants(&self) -> &dyn TenantDirectory {
        &self.database
    }

    fn tenant(&self, id: TenantId) -> TenantStores {
        let tenant = Arc::new(PostgresTenant { database: self.database.clone(), id });
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
        self.database.health().await
    }

    async fn close(&self) {
        self.database.close().await;
    }
}

/// All stores of one tenant.
#[derive(Debug)]
struct PostgresTenant {
    database: Database,
    id: TenantId,
}

impl PostgresTenant {
    async fn read<I, T, F>(&self, op: &'static str, input: I, work: F) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: Work<I, T>,
    {
        self.database.run(op, Scope::Tenant(self.id), Access::Read, input, work).await
    }

    /// Writes beside other writes of the tenant: for what takes long, or locks its rows by itself.
    async fn write<I, T, F>(&self, op: &'static str, input: I, work: F) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: Work<I, T>,
    {
        self.database.run(op, Scope::Tenant(self.id), Access::Write, input, work).await
    }

    /// Writes when the tenant's writes that began before have ended.
    async fn write_in_turn<I, T, F>(&self, op: &'static str, input: I, work: F) -> Result<T>
    where
        I: Send + Sync + 'static,
        T: Send + 'static,
        F: Work<I, T>,
    {
        self.database.run(op, Scope::Tenant(self.id), Access::WriteInTurn, input, work).await
    }
}
