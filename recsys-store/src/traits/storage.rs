//! The root: from here to the rows of one tenant.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::{
    ArchiveStore, CatalogStore, InteractionStore, JobStore, ModelStore, SessionStore,
    TenantDirectory, UserStore,
};
use crate::error::Result;
use crate::types::TenantId;

/// A backend.
#[async_trait]
pub trait Storage: Debug + Send + Sync + 'static {
    /// Returns the directory of tenants.
    fn tenants(&self) -> &dyn TenantDirectory;

    /// Returns the stores of one tenant. The tenant is not looked up: with an id that does not exist
    /// reads find nothing and writes fail with `NotFound`.
    fn tenant(&self, id: TenantId) -> TenantStores;

    /// Applies the schema changes that are missing and returns the version of the schema.
    /// `UnsupportedVersion` if the data was written by a newer version of the program.
    async fn migrate(&self) -> Result<u64>;

    /// Answers when the backend can read; `Unavailable` otherwise.
    async fn health(&self) -> Result<()>;

    /// Closes what is open after the work under way; later calls fail or open it again. Without it
    /// the same happens in the background when the last handle is dropped.
    async fn close(&self);
}

/// The stores of one tenant: the only road to its rows.
#[derive(Clone, Debug)]
pub struct TenantStores {
    /// Whose rows.
    pub id: TenantId,
    /// Copies of everything.
    pub archive: Arc<dyn ArchiveStore>,
    /// The catalogue.
    pub catalog: Arc<dyn CatalogStore>,
    /// Events and ratings.
    pub interactions: Arc<dyn InteractionStore>,
    /// Training jobs.
    pub jobs: Arc<dyn JobStore>,
    /// Published models.
    pub models: Arc<dyn ModelStore>,
    /// Refresh-token sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Users.
    pub users: Arc<dyn UserStore>,
}
