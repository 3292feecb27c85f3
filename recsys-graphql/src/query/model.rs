//! Algorithms and trainings.

use async_graphql::{Context, Object};

use crate::{
    context::Scope,
    error::Result,
    input::page,
    limits::list_cost,
    types::{AlgorithmInfo, TrainingJob},
};

#[derive(Debug, Default)]
pub(super) struct ModelQuery;

#[Object]
impl ModelQuery {
    /// What can be asked for, and whether it is trained.
    async fn algorithms(&self, ctx: &Context<'_>) -> Result<Vec<AlgorithmInfo>> {
        let found = Scope::of(ctx).tenant().await?.algorithms().await?;
        Ok(found.into_iter().map(Into::into).collect())
    }

    /// The trainings of the tenant, newest first. For administrators.
    #[graphql(complexity = "list_cost(limit, 20, child_complexity)")]
    async fn training_jobs(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 20)] limit: Option<i32>,
    ) -> Result<Vec<TrainingJob>> {
        let tenant = Scope::of(ctx).admin().await?;
        let jobs = tenant.training_jobs(page("limit", limit, 20)?).await?;
        Ok(jobs.into_iter().map(Into::into).collect())
    }
}
