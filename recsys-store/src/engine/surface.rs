//! Interface first: the methods with their contracts.

use std::future::Future;
use std::sync::Arc;

use super::{
    AlgorithmStatus, EngineBuilder, EngineError, RecommendQuery, Recommendations, SimilarItem,
    SimilarQuery,
};
use crate::traits::{Storage, TenantStores};
use crate::types::{
    Interaction, Item, ItemId, ItemPatch, JobId, NewInteraction, NewItem, NewRating, NewUser,
    Rating, Tenant, TenantId, TrainingJob, User,
};

type Result<T, E = EngineError> = std::result::Result<T, E>;

/// How far a training is.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingProgress {
    /// What is being done, for example `reading events` or a stage of the algorithm.
    pub stage: String,
    /// Steps of this stage done.
    pub done: u64,
    /// Steps of this stage in all; 0 if not known.
    pub total: u64,
}

/// The engine. Clones share everything.
#[derive(Clone, Debug)]
pub struct Engine {}

impl Engine {
    /// Begins an engine over `storage`.
    #[must_use]
    pub fn builder(storage: Arc<dyn Storage>) -> EngineBuilder {
        EngineBuilder::new(storage)
    }

    /// Returns the storage, for what the engine does not do (users, sessions, tenants).
    #[must_use]
    pub fn storage(&self) -> &Arc<dyn Storage> {
        todo!()
    }

    /// Returns the engine of one tenant.
    ///
    /// # Errors
    /// `NotFound` if the tenant does not exist or is not active.
    pub async fn tenant(&self, id: TenantId) -> Result<TenantEngine> {
        let _ = id;
        todo!()
    }

    /// Starts a task that runs queued trainings of all tenants, one at a time, until `shutdown`
    /// resolves; a training that runs then is stopped and its job handed back.
    #[must_use]
    pub fn spawn_worker(
        &self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> tokio::task::JoinHandle<()> {
        let _ = shutdown;
        todo!()
    }
}

/// The engine of one tenant. Clones share everything.
#[derive(Clone, Debug)]
pub struct TenantEngine {}

impl TenantEngine {
    /// Returns the stores of the tenant.
    #[must_use]
    pub fn stores(&self) -> &TenantStores {
        todo!()
    }

    /// Returns the tenant.
    #[must_use]
    pub fn tenant(&self) -> Arc<Tenant> {
        todo!()
    }

    /// Records events, all or nothing; they count in the very next request.
    ///
    /// # Errors
    /// `InvalidInput` naming index and field (`events[3].kind`), `NotFound` for an unknown user or an
    /// unknown or inactive item, `IdempotencyKeyReused`.
    pub async fn record(&self, events: Vec<NewInteraction>) -> Result<Vec<Interaction>> {
        let _ = events;
        todo!()
    }

    /// Rates an item in place of the user's former rating.
    ///
    /// # Errors
    /// `InvalidInput` naming the field, `NotFound` for an unknown user or an unknown or inactive item.
    pub async fn rate(&self, rating: NewRating) -> Result<Rating> {
        let _ = rating;
        todo!()
    }

    /// Creates items, all or nothing; they are candidates of the very next request.
    ///
    /// # Errors
    /// `InvalidInput` naming index and field, `Conflict` for an external id that is taken.
    pub async fn create_items(&self, items: Vec<NewItem>) -> Result<Vec<Item>> {
        let _ = items;
        todo!()
    }

    /// Changes an item.
    ///
    /// # Errors
    /// `InvalidInput` naming the field, `NotFound`.
    pub async fn update_item(&self, id: ItemId, patch: ItemPatch) -> Result<Item> {
        let _ = (id, patch);
        todo!()
    }

    /// Deletes an item with its events and ratings; false if there was none.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn delete_item(&self, id: ItemId) -> Result<bool> {
        let _ = id;
        todo!()
    }

    /// Creates or updates users by external id, which each must have. Any number: the work is cut
    /// into transactions of 10,000 rows, and an import that stopped half-way can be repeated.
    ///
    /// # Errors
    /// `InvalidInput` naming index and field, `Conflict` for an email of somebody else.
    pub async fn import_users(&self, users: Vec<NewUser>) -> Result<Vec<User>> {
        let _ = users;
        todo!()
    }

    /// Creates or updates items by external id, as [`Self::import_users`] does.
    ///
    /// # Errors
    /// `InvalidInput` naming index and field.
    pub async fn import_items(&self, items: Vec<NewItem>) -> Result<Vec<Item>> {
        let _ = items;
        todo!()
    }

    /// Records any number of events in transactions of 10,000 and returns how many were given. Give
    /// each an idempotency key to be able to repeat the import.
    ///
    /// # Errors
    /// As [`Self::record`]; earlier transactions stay.
    pub async fn import_interactions(&self, events: Vec<NewInteraction>) -> Result<u64> {
        let _ = events;
        todo!()
    }

    /// Stores any number of ratings in transactions of 10,000 and returns how many were given.
    /// Ratings that give their time can be imported again without doubles.
    ///
    /// # Errors
    /// As [`Self::rate`], naming the index; earlier transactions stay.
    pub async fn import_ratings(&self, ratings: Vec<NewRating>) -> Result<u64> {
        let _ = ratings;
        todo!()
    }

    /// Recommends.
    ///
    /// # Errors
    /// `InvalidInput` naming the field (an unknown algorithm lists the known ones), `NotFound` for an
    /// unknown user.
    pub async fn recommend(&self, query: RecommendQuery) -> Result<Recommendations> {
        let _ = query;
        todo!()
    }

    /// Finds similar items.
    ///
    /// # Errors
    /// `InvalidInput` naming the field, `NotFound` for an unknown item.
    pub async fn similar(&self, query: SimilarQuery) -> Result<Vec<SimilarItem>> {
        let _ = query;
        todo!()
    }

    /// Lists the algorithms, by name, and whether they are trained.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn algorithms(&self) -> Result<Vec<AlgorithmStatus>> {
        todo!()
    }

    /// Queues a training for a worker.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown algorithm, listing the known ones.
    pub async fn submit_training(&self, algorithm: &str) -> Result<TrainingJob> {
        let _ = algorithm;
        todo!()
    }

    /// Trains here and now and publishes the model. `progress` is called from training threads.
    ///
    /// # Errors
    /// `InvalidInput` for an unknown algorithm; `Conflict` if there is nothing to learn from; the job
    /// is stored as failed and the former model stays.
    pub async fn train(
        &self,
        algorithm: &str,
        progress: impl Fn(TrainingProgress) + Send + Sync + 'static,
    ) -> Result<TrainingJob> {
        let _ = (algorithm, progress);
        todo!()
    }

    /// Lists training jobs, newest first.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn training_jobs(&self, limit: u32) -> Result<Vec<TrainingJob>> {
        let _ = limit;
        todo!()
    }

    /// Cancels a training; a finished one is returned as it is.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn cancel_training(&self, job: JobId) -> Result<TrainingJob> {
        let _ = job;
        todo!()
    }
}
