//! Recommendations and neighbours.

use async_graphql::{Context, Object};
use recsys_store::{
    TenantEngine,
    types::{ItemId, UserId},
};
use uuid::Uuid;

use crate::{
    context::{Principal, Scope},
    error::Result,
    input::RecommendationOptions,
    limits::ranking_cost,
    types::{RecommendationResult, SimilarItem},
};

#[derive(Debug, Default)]
pub(super) struct RecommendQuery;

#[Object]
impl RecommendQuery {
    /// What the signed-in user may like. An interaction counts in the very next call.
    #[graphql(complexity = "ranking_cost(length(&options), 10, child_complexity)")]
    async fn recommendations(
        &self,
        ctx: &Context<'_>,
        options: Option<RecommendationOptions>,
    ) -> Result<RecommendationResult> {
        let scope = Scope::of(ctx);
        let user = scope.principal().map(|principal: Principal| principal.user);
        recommend(scope.tenant().await?, user, options).await
    }

    /// What any user of the tenant may like. For administrators.
    #[graphql(complexity = "ranking_cost(length(&options), 10, child_complexity)")]
    async fn recommendations_for(
        &self,
        ctx: &Context<'_>,
        user_id: Uuid,
        options: Option<RecommendationOptions>,
    ) -> Result<RecommendationResult> {
        let tenant = Scope::of(ctx).admin().await?;
        recommend(tenant, Some(UserId(user_id)), options).await
    }

    /// Items that the same users like, or that resemble this one; best first.
    #[graphql(complexity = "ranking_cost(top_k, 10, child_complexity)")]
    async fn similar_items(
        &self,
        ctx: &Context<'_>,
        item_id: Uuid,
        #[graphql(default = 10)] top_k: Option<i32>,
    ) -> Result<Vec<SimilarItem>> {
        SimilarItem::of(Scope::of(ctx).tenant().await?, ItemId(item_id), top_k).await
    }
}

async fn recommend(
    tenant: &TenantEngine,
    user: Option<UserId>,
    options: Option<RecommendationOptions>,
) -> Result<RecommendationResult> {
    let query = RecommendationOptions::query(options, user)?;
    let found = tenant
        .recommend(query)
        .await
        .map_err(|error| crate::error::ApiError::from(error).inside("options"))?;
    Ok(RecommendationResult::new(tenant, found))
}

/// Returns the length of the list that `options` ask for.
fn length(options: &Option<RecommendationOptions>) -> Option<i32> {
    options.as_ref().and_then(|options| options.num_recommendations)
}
