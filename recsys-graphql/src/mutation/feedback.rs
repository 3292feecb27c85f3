//! What users did and what they think.

use async_graphql::{Context, Object};

use crate::{
    context::Scope,
    error::{ApiError, Result},
    input::{InteractionInput, RatingInput, batch},
    types::{Interaction, Rating},
};

#[derive(Debug, Default)]
pub(super) struct FeedbackMutation;

#[Object]
impl FeedbackMutation {
    /// Records what the caller did.
    async fn record_interaction(
        &self,
        ctx: &Context<'_>,
        input: InteractionInput,
    ) -> Result<Interaction> {
        let (tenant, caller) = Scope::of(ctx).signed_in().await?;
        let recorded = tenant.record(vec![input.by(caller.id)]).await;
        let mut rows = recorded.map_err(|error| ApiError::from(error).inside("input"))?;
        let row = rows.pop().expect("one event in, one event out");
        Ok(Interaction::new(tenant, row))
    }

    /// Records up to 1,000 things that the caller did, all or none.
    async fn record_interactions(
        &self,
        ctx: &Context<'_>,
        inputs: Vec<InteractionInput>,
    ) -> Result<Vec<Interaction>> {
        let scope = Scope::of(ctx);
        let (tenant, caller) = scope.signed_in().await?;
        batch(&inputs, scope.limits().batch)?;
        let events = inputs.into_iter().map(|input| input.by(caller.id)).collect();
        let recorded = tenant.record(events).await;
        let rows = recorded.map_err(|error| ApiError::from(error).inside("inputs"))?;
        Ok(rows.into_iter().map(|row| Interaction::new(tenant, row)).collect())
    }

    /// Rates an item; a new rating replaces the caller's old one.
    async fn rate_item(&self, ctx: &Context<'_>, input: RatingInput) -> Result<Rating> {
        let (tenant, caller) = Scope::of(ctx).signed_in().await?;
        let rated = tenant.rate(input.by(caller.id)).await;
        let row = rated.map_err(|error| ApiError::from(error).inside("input"))?;
        Ok(Rating::new(tenant, row))
    }
}
