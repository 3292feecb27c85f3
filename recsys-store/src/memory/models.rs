//! Published models, in memory.

use async_trait::async_trait;
use bytes::Bytes;
use uuid::Uuid;

use super::jobs::held;
use super::{MemoryTenant, missing};
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::rules::MODELS_KEPT;
use crate::traits::ModelStore;
use crate::types::{ModelVersion, NewModel, now};

#[async_trait]
impl ModelStore for MemoryTenant {
    async fn publish(&self, model: NewModel, file: Bytes) -> Result<ModelVersion> {
        const OP: &str = "models.publish";
        self.write(OP, |state| {
            if let Some(claim) = &model.claim
                && held(state, claim.job, &claim.owner).is_none()
            {
                return Err(StoreError::new(Backend::Memory, OP, StoreErrorKind::LeaseLost));
            }
            let version = ModelVersion {
                id: Uuid::now_v7(),
                algorithm: model.algorithm,
                created_at: now(),
                bytes: file.len() as u64,
                watermark: model.watermark,
                metrics: model.metrics,
            };
            state.models.push((version.clone(), file));
            let same = state.models.iter().filter(|(old, _)| old.algorithm == version.algorithm);
            let mut surplus = same.count().saturating_sub(MODELS_KEPT);
            state.models.retain(|(old, _)| {
                let keep = surplus == 0 || old.algorithm != version.algorithm;
                surplus -= usize::from(!keep);
                keep
            });
            Ok(version)
        })
    }

    async fn current(&self, algorithm: &str) -> Result<Option<ModelVersion>> {
        Ok(self.versions(algorithm).await?.into_iter().next())
    }

    async fn current_all(&self) -> Result<Vec<ModelVersion>> {
        Ok(self.read(|state| state.current_models().into_values().cloned().collect()))
    }

    async fn fetch(&self, version: Uuid) -> Result<Bytes> {
        let found = self.read(|state| {
            let mut models = state.models.iter();
            models.find(|(known, _)| known.id == version).map(|(_, file)| file.clone())
        });
        found.ok_or_else(|| missing("models.fetch", format!("model {version} does not exist")))
    }

    async fn versions(&self, algorithm: &str) -> Result<Vec<ModelVersion>> {
        Ok(self.read(|state| {
            let models = state.models.iter().rev().map(|(version, _)| version);
            models.filter(|version| version.algorithm == algorithm).cloned().collect()
        }))
    }
}
