//! Published models.

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;
use uuid::Uuid;

use crate::error::Result;
use crate::types::{ModelVersion, NewModel};

/// The models of one tenant: files, and a registry that says which is current.
#[async_trait]
pub trait ModelStore: Debug + Send + Sync {
    /// Stores the file and makes it the current version of its algorithm, in this order: a reader
    /// sees the former version or the whole new one, also after a crash at any moment. `LeaseLost`, and
    /// nothing has changed, if the model has a claim to a job that its owner does not hold any more: who
    /// was taken for dead and is not cannot replace the model of a successor.
    async fn publish(&self, model: NewModel, file: Bytes) -> Result<ModelVersion>;

    /// Returns the current version of an algorithm.
    async fn current(&self, algorithm: &str) -> Result<Option<ModelVersion>>;

    /// Returns the current version of each algorithm that has one, ordered by algorithm.
    async fn current_all(&self) -> Result<Vec<ModelVersion>>;

    /// Reads the file of a version. `NotFound` for an unknown version, `Corrupt` if the registry
    /// knows it and the file is missing or is not what was published.
    async fn fetch(&self, version: Uuid) -> Result<Bytes>;

    /// Lists the kept versions of an algorithm, the newest publication first. Those are kept that were
    /// current last, the current one among them: three, unless the backend is told otherwise.
    async fn versions(&self, algorithm: &str) -> Result<Vec<ModelVersion>>;

    /// Makes a kept version the current one of its algorithm again, as publishing it would: a reader sees
    /// the former version or this one. Nothing changes if it is current. `NotFound` if it is not kept. The
    /// file is not looked at.
    async fn switch_to(&self, version: Uuid) -> Result<ModelVersion>;
}
