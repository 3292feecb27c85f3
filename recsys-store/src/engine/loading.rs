//! Loading published models, and going back to older ones.

use std::sync::Arc;

use uuid::Uuid;

use super::compute::Compute;
use super::live::Live;
use super::models::{Decoded, Models};
use super::vectors::EMBEDDER;
use super::{EngineError, ErrorCode, Result, TenantEngine};
use crate::types::{Change, ModelVersion};

impl Live {
    /// Loads the current versions that are not loaded.
    pub(super) async fn follow_models(&self, compute: &Compute) -> Result<()> {
        for version in self.stores.models.current_all().await? {
            if !self.models.load().knows(version.id) {
                self.load(version, compute).await?;
            }
        }
        Ok(())
    }

    /// Loads a version and swaps it in. A file that cannot be read is reported once, and the former
    /// version stays.
    async fn load(&self, version: ModelVersion, compute: &Compute) -> Result<()> {
        let catalog = self.catalog();
        let loaded = match self.stores.models.fetch(version.id).await {
            Ok(file) => {
                let version = version.clone();
                let decode = move || Decoded::new(version, &file, &catalog);
                compute.run(decode).await
            }
            Err(error) if error.is_retryable() => return Err(error.into()),
            Err(error) => Err(error.to_string()),
        };
        let mut models = Models::clone(&self.models.load());
        match loaded {
            Ok(Decoded::Model(loaded)) => models.insert(loaded),
            Ok(Decoded::Embedder(version, embedder)) => models.set_embedder(version, embedder),
            Err(error) => {
                let (tenant, id) = (self.stores.id, version.id);
                tracing::error!(%tenant, model = %id, error, "cannot use a published model");
                models.mark_unusable(&version);
            }
        }
        self.models.store(Arc::new(models));
        Ok(())
    }
}

impl TenantEngine {
    /// Lists the kept versions of all models, by algorithm, newest first, and whether each is the current one.
    ///
    /// # Errors
    /// Those of the storage.
    pub async fn model_versions(&self) -> Result<Vec<(ModelVersion, bool)>> {
        let models = &self.stores().models;
        let mut all = Vec::new();
        let current = models.current_all().await?.into_iter();
        for current in current.filter(|version| version.algorithm != EMBEDDER) {
            let versions = models.versions(&current.algorithm).await?.into_iter();
            all.extend(versions.map(|version| {
                let is_current = version.id == current.id;
                (version, is_current)
            }));
        }
        Ok(all)
    }

    /// Makes an older version of a model serve again: `to`, or without it the last that was published before
    /// the current one. The next training publishes as usual, and the version that was left stays among those
    /// that are kept.
    ///
    /// # Errors
    /// `NotFound` if the version is not kept or belongs to another algorithm, `Conflict` if there is none to go
    /// back to, `Internal` if its file cannot be used: the current version stays then.
    pub async fn roll_back(&self, algorithm: &str, to: Option<Uuid>) -> Result<ModelVersion> {
        let models = &self.stores().models;
        let version = self.version_to_roll_back_to(algorithm, to).await?;
        // Never to a file that does not serve.
        let (id, file) = (version.id, models.fetch(version.id).await?);
        let catalog = self.live.catalog();
        let decode = move || Decoded::new(version, &file, &catalog).map(drop);
        self.shared.serving.run(decode).await.map_err(|error| {
            let message = format!("the file of {algorithm} model {id} cannot be used");
            EngineError::new(ErrorCode::Internal, message).with_source(error)
        })?;
        let version = models.switch_to(id).await?;
        self.live.wrote();
        self.follow().await?;
        let algorithm = version.algorithm.clone();
        self.announce(Change::ModelPublished { algorithm, version: version.id });
        Ok(version)
    }

    async fn version_to_roll_back_to(
        &self,
        algorithm: &str,
        to: Option<Uuid>,
    ) -> Result<ModelVersion> {
        let models = &self.stores().models;
        let versions = models.versions(algorithm).await?;
        if let Some(id) = to {
            let absent = || {
                let message = format!("there is no version {id} of {algorithm}");
                EngineError::new(ErrorCode::NotFound, message)
            };
            return versions.into_iter().find(|version| version.id == id).ok_or_else(absent);
        }
        let current = models.current(algorithm).await?.map(|version| version.id);
        let mut older = versions.into_iter().skip_while(|version| Some(version.id) != current);
        older.nth(1).ok_or_else(|| {
            let message = format!("there is no version of {algorithm} to go back to");
            EngineError::new(ErrorCode::Conflict, message)
        })
    }
}
