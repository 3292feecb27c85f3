//! Fitting the embedder of a tenant's own catalogue, as a part of training.

use bytes::Bytes;
use recsys_core::data::ItemFeatures;
use recsys_core::fit::{FitContext, FitError};
use serde_json::json;

use super::super::catalog::Catalog;
use super::super::jobs::Control;
use super::super::{EngineError, ErrorCode, Result, TenantEngine};
use crate::embedders::LatentSemantics;
use crate::features::of_item;
use crate::types::{Claim, ModelVersion, NewModel, TrainingJob};

/// The name under which it is published, beside those of algorithms.
pub(in super::super) const EMBEDDER: &str = "latent_semantics";
/// One item in so many may have changed before it is fitted anew.
const OUTGROWN: u64 = 4;

impl TenantEngine {
    /// Fits the catalogue and publishes the embedder, unless the present one will do or another is in use. Its failure is
    /// none of the training that it is a part of.
    pub(in super::super) async fn fit_embedder(&self, job: &TrainingJob, control: &Control) {
        if self.shared.indexing.embedder.is_some() {
            return;
        }
        match self.fit_and_publish(job, control).await {
            Ok(()) => {}
            Err(error) if error.code() == ErrorCode::Cancelled => {}
            Err(error) => {
                tracing::warn!(tenant = %self.stores().id, %error, "the catalogue was not fitted");
            }
        }
    }

    async fn fit_and_publish(&self, job: &TrainingJob, control: &Control) -> Result<()> {
        self.follow_storage().await?;
        let (catalog, models) = (self.live.catalog(), self.live.models());
        let work = control.clone();
        let fit = move || {
            let former = models.embedder();
            if former.is_some_and(|(version, former)| !is_outgrown(&catalog, version, former)) {
                return Ok(None);
            }
            let generation = former.map_or(0, |(_, former)| former.generation() + 1);
            let items: Vec<ItemFeatures> = catalog.iter().map(|(_, item)| of_item(item)).collect();
            drop(catalog);
            let is_cancelled = || work.is_cancelled();
            let context = FitContext::default().with_cancel(&is_cancelled);
            let fitted = LatentSemantics::fit(&items, generation, &context)?;
            Ok(fitted.map(|fitted| (fitted.to_bytes(), items.len())))
        };
        let fitted: Result<_, FitError> = self.shared.training.run(fit).await;
        let Some((file, items)) = fitted.map_err(|error| failed(&error))? else { return Ok(()) };
        let claim = Some(Claim { job: job.id, owner: self.shared.owner.clone() });
        let metrics = json!({ "items": items });
        let model = NewModel { algorithm: EMBEDDER.to_owned(), watermark: 0, metrics, claim };
        self.stores().models.publish(model, Bytes::from(file)).await?;
        self.live.wrote();
        self.follow().await
    }
}

/// Tells whether so much of the catalogue came, went or changed since an embedder was fitted that words may be missing.
fn is_outgrown(catalog: &Catalog, version: &ModelVersion, embedder: &LatentSemantics) -> bool {
    let changed = catalog.iter().filter(|(_, item)| item.updated_at > version.created_at).count();
    let (items, changed) = (catalog.len() as u64, changed as u64);
    let gone = (embedder.n_items() + changed).saturating_sub(items);
    (changed + gone) * OUTGROWN > embedder.n_items()
}

fn failed(error: &FitError) -> EngineError {
    let code = match error {
        FitError::Cancelled => ErrorCode::Cancelled,
        _ => ErrorCode::Internal,
    };
    EngineError::new(code, error.to_string())
}
