//! The engine of one tenant.

use std::sync::Arc;

use recsys_core::algo::ALGORITHMS;

use super::handle::Shared;
use super::live::Live;
use super::view::View;
use super::{AlgorithmStatus, Result};
use crate::traits::TenantStores;
use crate::types::{Item, ItemId, Tenant};

/// The engine of one tenant. Clones share everything.
#[derive(Clone, Debug)]
pub struct TenantEngine {
    pub(super) shared: Arc<Shared>,
    pub(super) live: Arc<Live>,
}

impl TenantEngine {
    pub(super) fn new(shared: Arc<Shared>, live: Arc<Live>) -> Self {
        Self { shared, live }
    }

    /// Returns the stores of the tenant, for reads and for what the engine does not do. Writes to
    /// the catalogue or the log that go past the engine are seen within a second.
    #[must_use]
    pub fn stores(&self) -> &TenantStores {
        &self.live.stores
    }

    /// Returns the tenant as it was when [`Engine::tenant`](super::Engine::tenant) was last asked.
    #[must_use]
    pub fn tenant(&self) -> Arc<Tenant> {
        self.live.tenant()
    }

    /// Brings what serving works on up to date, and makes room for what was loaded for it.
    pub(super) async fn follow(&self) -> Result<()> {
        self.follow_storage().await?;
        self.tend_index();
        Ok(())
    }

    /// The same without looking at the index of vectors.
    pub(super) async fn follow_storage(&self) -> Result<()> {
        if self.live.follow(&self.shared.serving).await? {
            self.shared.make_room(&self.live);
        }
        Ok(())
    }

    /// Returns the state of the tenant, up to date.
    pub(super) async fn view(&self) -> Result<View> {
        self.follow().await?;
        let view = View::new(&self.live);
        if !view.models.are_unloaded() {
            return Ok(view);
        }
        // Room was made for another tenant since. While the storage cannot be reached they stay away.
        self.follow().await?;
        Ok(View::new(&self.live))
    }

    /// Finds an item, active or not, in the catalogue that serving works on: without a read of the
    /// storage, unless something was written since the last request.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn item(&self, id: ItemId) -> Result<Option<Arc<Item>>> {
        self.follow().await?;
        Ok(self.live.catalog().get(id).cloned())
    }

    /// Returns how many items there are, active or not.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn item_count(&self) -> Result<usize> {
        self.follow().await?;
        Ok(self.live.catalog().len())
    }

    /// Tells whether an item exists and is active.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn shows(&self, id: ItemId) -> Result<bool> {
        Ok(self.item(id).await?.is_some_and(|item| item.is_active))
    }

    /// Lists the algorithms, by name, and whether they are trained.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn algorithms(&self) -> Result<Vec<AlgorithmStatus>> {
        let models = self.view().await?.models;
        let status = ALGORITHMS.iter().map(|card| {
            let serving = models.find(card.name());
            let version = serving.as_ref().map(super::models::Serving::version);
            AlgorithmStatus {
                name: card.name().to_owned(),
                title: card.title.to_owned(),
                description: card.description.to_owned(),
                trained: version.is_some(),
                model_version: version.map(|version| version.id),
                trained_at: version.map(|version| version.created_at),
                metrics: version.map(|version| version.metrics.clone()),
            }
        });
        Ok(status.collect())
    }
}
