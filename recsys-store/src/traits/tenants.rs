//! The directory of tenants.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::error::Result;
use crate::types::{NewTenant, Revisions, Tenant, TenantId, TenantPatch};

/// Creates and finds tenants.
#[async_trait]
pub trait TenantDirectory: Debug + Send + Sync {
    /// Creates an active tenant with default settings. `InvalidInput` naming `name` or `domain`;
    /// `AlreadyExists` if the domain is taken.
    async fn create(&self, new: NewTenant) -> Result<Tenant>;

    /// Finds a tenant.
    async fn get(&self, id: TenantId) -> Result<Option<Tenant>>;

    /// Finds a tenant by its domain, ignoring case.
    async fn by_domain(&self, domain: &str) -> Result<Option<Tenant>>;

    /// Lists all tenants, oldest first.
    async fn list(&self) -> Result<Vec<Tenant>>;

    /// Changes a tenant. `InvalidInput` naming the field or setting; `NotFound` if there is no such
    /// tenant.
    async fn update(&self, id: TenantId, patch: TenantPatch) -> Result<Tenant>;

    /// Tells how far the tenant's data has come, all of it at one moment and by one small read. Of a tenant
    /// that does not exist nothing has come.
    async fn revisions(&self, id: TenantId) -> Result<Revisions>;

    /// Lists the tenants that have a job which [`JobStore::claim`](super::JobStore::claim) would
    /// give out now, the longest waiting first.
    async fn with_claimable_jobs(&self) -> Result<Vec<TenantId>>;
}
