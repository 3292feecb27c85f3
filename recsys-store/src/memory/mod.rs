//! The in-memory backend: exact, strict, gone with the process.

use async_trait::async_trait;

use crate::error::Result;
use crate::traits::{Storage, TenantDirectory, TenantStores};
use crate::types::TenantId;

/// Storage in process memory. Clones share the data.
#[derive(Clone, Debug, Default)]
pub struct MemoryStorage {}

impl MemoryStorage {
    /// Returns an empty storage.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Storage for MemoryStorage {
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
