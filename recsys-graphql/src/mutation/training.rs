//! Trainings.

use async_graphql::{Context, Object};
use recsys_store::types::JobId;
use uuid::Uuid;

use crate::{context::Scope, error::Result, types::TrainingJob};

#[derive(Debug, Default)]
pub(super) struct TrainingMutation;

#[Object]
impl TrainingMutation {
    /// Queues a training. For administrators.
    async fn train_model(
        &self,
        ctx: &Context<'_>,
        #[graphql(default_with = "Some(\"hybrid\".to_owned())")] algorithm: Option<String>,
    ) -> Result<TrainingJob> {
        let tenant = Scope::of(ctx).admin().await?;
        let algorithm = algorithm.as_deref().unwrap_or("hybrid");
        Ok(tenant.submit_training(algorithm).await?.into())
    }

    /// Stops a training; one that has ended is returned as it is. For administrators.
    async fn cancel_training(&self, ctx: &Context<'_>, id: Uuid) -> Result<TrainingJob> {
        let tenant = Scope::of(ctx).admin().await?;
        Ok(tenant.cancel_training(JobId(id)).await?.into())
    }
}
