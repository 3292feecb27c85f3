//! Published models, in memory.

use std::cmp::Reverse;
use std::collections::HashSet;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::jobs::held;
use super::state::TenantState;
use super::{MemoryTenant, count, missing};
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::traits::ModelStore;
use crate::types::{ModelVersion, NewModel, now};

#[async_trait]
impl ModelStore for MemoryTenant {
    async fn publish(&self, model: NewModel, file: Bytes) -> Result<ModelVersion> {
        const OP: &str = "models.publish";
        let kept = count(self.shared.models_kept.get());
        self.write(OP, |state| {
            if let Some(claim) = &model.claim
                && held(state, claim.job, &claim.owner).is_none()
            {
                return Err(StoreError::new(Backend::Memory, OP, StoreErrorKind::LeaseLost));
            }
            let version = ModelVersion {
                id: Uuid::now_v7(),
                created_at: now(),
                activated_at: next_activation(state, &model.algorithm),
                algorithm: model.algorithm,
                bytes: file.len() as u64,
                watermark: model.watermark,
                metrics: model.metrics,
            };
            state.models.push((version.clone(), file));
            state.current.insert(version.algorithm.clone(), version.id);
            keep(state, &version.algorithm, kept);
            Ok(version)
        })
    }

    async fn current(&self, algorithm: &str) -> Result<Option<ModelVersion>> {
        Ok(self.read(|state| state.current_models().find(|it| it.algorithm == algorithm).cloned()))
    }

    async fn current_all(&self) -> Result<Vec<ModelVersion>> {
        Ok(self.read(|state| state.current_models().cloned().collect()))
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

    async fn switch_to(&self, version: Uuid) -> Result<ModelVersion> {
        self.write("models.switch_to", |state| {
            let found = state.models.iter().position(|(known, _)| known.id == version);
            let absent = || missing("models.switch_to", format!("model {version} does not exist"));
            let at = found.ok_or_else(absent)?;
            let algorithm = state.models[at].0.algorithm.clone();
            if state.current.get(&algorithm) != Some(&version) {
                state.models[at].0.activated_at = next_activation(state, &algorithm);
                state.current.insert(algorithm, version);
            }
            Ok(state.models[at].0.clone())
        })
    }
}

/// Returns the time at which a version becomes current now: later than that of all others.
fn next_activation(state: &TenantState, algorithm: &str) -> DateTime<Utc> {
    let same = state.models.iter().filter(|(version, _)| version.algorithm == algorithm);
    let last = same.map(|(version, _)| version.activated_at).max();
    last.map_or_else(now, |last| now().max(last + TimeDelta::milliseconds(1)))
}

/// Forgets the versions of an algorithm but those that were current last.
fn keep(state: &mut TenantState, algorithm: &str, kept: usize) {
    let same = state.models.iter().filter(|(version, _)| version.algorithm == algorithm);
    let mut versions: Vec<_> =
        same.map(|(version, _)| (version.activated_at, version.id)).collect();
    versions.sort_unstable_by_key(|version| Reverse(*version));
    let dropped: HashSet<Uuid> = versions.into_iter().skip(kept).map(|(_, id)| id).collect();
    state.models.retain(|(version, _)| !dropped.contains(&version.id));
}
