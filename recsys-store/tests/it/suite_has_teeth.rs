//! A suite that nobody has seen fail is no evidence: faulty backends make named cases fail.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use recsys_store::error::Result;
use recsys_store::testing::{catalog, interactions, isolation, users};
use recsys_store::traits::{InteractionStore, TenantDirectory};
use recsys_store::types::{
    Interaction, ItemId, NewInteraction, NewRating, Rating, TenantId, UserId,
};
use recsys_store::{MemoryStorage, Storage, TenantStores};

#[derive(Clone, Copy, Debug)]
enum Fault {
    /// Hands out the stores of the first tenant that was asked for.
    ConfusesTenants,
    /// Loses idempotency keys.
    ForgetsKeys,
    /// Records the events of a batch one by one.
    TearsBatches,
    /// Returns histories oldest first.
    ReversesHistory,
}

#[derive(Debug)]
struct Faulty {
    inner: MemoryStorage,
    fault: Fault,
    first: OnceLock<TenantId>,
}

impl Faulty {
    fn new(fault: Fault) -> Self {
        Self { inner: MemoryStorage::new(), fault, first: OnceLock::new() }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Storage for Faulty {
    fn tenants(&self) -> &dyn TenantDirectory {
        self.inner.tenants()
    }

    fn tenant(&self, id: TenantId) -> TenantStores {
        let confused = matches!(self.fault, Fault::ConfusesTenants);
        let id = if confused { *self.first.get_or_init(|| id) } else { id };
        let stores = self.inner.tenant(id);
        let interactions =
            Arc::new(FaultyLog { inner: stores.interactions.clone(), fault: self.fault });
        TenantStores { interactions, ..stores }
    }

    async fn migrate(&self) -> Result<u64> {
        self.inner.migrate().await
    }

    async fn health(&self) -> Result<()> {
        self.inner.health().await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

#[derive(Debug)]
struct FaultyLog {
    inner: Arc<dyn InteractionStore>,
    fault: Fault,
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl InteractionStore for FaultyLog {
    async fn append(&self, events: &[NewInteraction]) -> Result<Vec<Interaction>> {
        match self.fault {
            Fault::ForgetsKeys => {
                let keyless = |event: &NewInteraction| NewInteraction {
                    idempotency_key: None,
                    ..event.clone()
                };
                let events: Vec<NewInteraction> = events.iter().map(keyless).collect();
                self.inner.append(&events).await
            }
            Fault::TearsBatches => {
                let mut recorded = Vec::new();
                for event in events {
                    recorded.extend(self.inner.append(std::slice::from_ref(event)).await?);
                }
                Ok(recorded)
            }
            Fault::ConfusesTenants | Fault::ReversesHistory => self.inner.append(events).await,
        }
    }

    async fn rate(&self, ratings: &[NewRating]) -> Result<Vec<Rating>> {
        self.inner.rate(ratings).await
    }

    async fn histories(
        &self,
        users: &[UserId],
        kind: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Vec<Interaction>>> {
        let mut histories = self.inner.histories(users, kind, limit).await?;
        if matches!(self.fault, Fault::ReversesHistory) {
            histories.iter_mut().for_each(|history| history.reverse());
        }
        Ok(histories)
    }

    async fn ratings(&self, users: &[UserId], limit: u32) -> Result<Vec<Vec<Rating>>> {
        self.inner.ratings(users, limit).await
    }

    async fn ratings_of(&self, pairs: &[(UserId, ItemId)]) -> Result<Vec<Option<Rating>>> {
        self.inner.ratings_of(pairs).await
    }

    async fn scan(&self, after_sequence: u64, limit: u32) -> Result<Vec<Interaction>> {
        self.inner.scan(after_sequence, limit).await
    }

    async fn last_sequence(&self) -> Result<u64> {
        self.inner.last_sequence().await
    }
}

/// Runs one case on a faulty storage and tells whether it passes.
macro_rules! passes {
    ($case:path, $fault:expr) => {
        tokio::spawn(async { $case(&Faulty::new($fault)).await }).await.is_ok()
    };
}

#[tokio::test]
async fn confused_tenants_are_caught() {
    assert!(!passes!(isolation::users_of_tenants_are_separate, Fault::ConfusesTenants));
    assert!(!passes!(isolation::items_of_tenants_are_separate, Fault::ConfusesTenants));
    assert!(!passes!(isolation::events_of_tenants_are_separate, Fault::ConfusesTenants));
}

#[tokio::test]
async fn forgotten_keys_are_caught() {
    assert!(!passes!(interactions::an_append_is_idempotent, Fault::ForgetsKeys));
    assert!(!passes!(interactions::a_key_within_one_batch_counts_once, Fault::ForgetsKeys));
    assert!(!passes!(interactions::a_reused_key_is_refused, Fault::ForgetsKeys));
}

#[tokio::test]
async fn torn_batches_are_caught() {
    assert!(!passes!(interactions::an_append_is_all_or_nothing, Fault::TearsBatches));
}

#[tokio::test]
async fn a_wrong_order_is_caught() {
    assert!(!passes!(interactions::history_is_newest_first_by_time, Fault::ReversesHistory));
}

#[tokio::test]
async fn what_a_fault_does_not_touch_still_passes() {
    assert!(passes!(users::the_first_user_becomes_administrator, Fault::ForgetsKeys));
    assert!(passes!(catalog::creating_is_all_or_nothing, Fault::TearsBatches));
}
