//! A cache that several processes may share.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::Result;
use crate::types::TenantId;

/// Keeps bytes for a while, for one process or for many.
///
/// A cache may forget anything at any time and is never the truth: what a key stands for is written into
/// its name (versions, revisions, a hash of the question), so that a change is another key and nothing
/// must be found and removed. A failing cache is a slower one: callers take an error for a miss.
#[async_trait]
pub trait Cache: fmt::Debug + Send + Sync {
    /// Returns what is kept under each key, in their order.
    async fn get_many(&self, keys: &[CacheKey]) -> Result<Vec<Option<Bytes>>>;

    /// Keeps values, in place of former ones, for `ttl` and no longer.
    async fn put_many(&self, entries: Vec<(CacheKey, Bytes)>, ttl: Duration) -> Result<()>;

    /// Forgets keys; those that are not kept are left out.
    async fn invalidate(&self, keys: &[CacheKey]) -> Result<()>;
}

/// The name of a cached value, within its tenant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CacheKey {
    tenant: TenantId,
    name: String,
}

impl CacheKey {
    /// Returns a key of `tenant`.
    #[must_use]
    pub fn new(tenant: TenantId, name: impl Into<String>) -> Self {
        Self { tenant, name: name.into() }
    }

    /// Returns whose value it is.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Returns the name within the tenant.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
