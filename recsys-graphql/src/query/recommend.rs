//! Recommendations and neighbours.

use async_graphql::{Context, Object};
use recsys_store::{
    EngineError, TenantEngine,
    engine::{ExplainQuery, RecommendQuery},
    types::{ItemId, UserId},
};
use uuid::Uuid;

use crate::{
    context::Scope,
    error::{ApiError, Result},
    input::RecommendationOptions,
    limits::{MAX_PAGE, list_cost, ranking_cost},
    types::{ItemExplanation, RecommendationResult, SimilarItem},
};

#[derive(Debug, Default)]
pub(super) struct RecommendationQuery;

#[Object]
impl RecommendationQuery {
    /// What the signed-in user may like. An interaction counts in the very next call.
    #[graphql(complexity = "ranking_cost(length(&options), 10, child_complexity)")]
    async fn recommendations(
        &self,
        ctx: &Context<'_>,
        options: Option<RecommendationOptions>,
    ) -> Result<RecommendationResult> {
        let scope = Scope::of(ctx);
        let user = scope.user_signed_in().await?.map(|user| user.id);
        recommend(ctx, scope.tenant().await?, user, options).await
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
        recommend(ctx, tenant, Some(UserId(user_id)), options).await
    }

    /// What each of up to 100 users of the tenant may like, in the order of the users. For administrators.
    #[graphql(
        complexity = "list_cost(count(&user_ids), 1, ranking_cost(length(&options), 10, child_complexity))"
    )]
    async fn batch_recommendations(
        &self,
        ctx: &Context<'_>,
        user_ids: Vec<Uuid>,
        options: Option<RecommendationOptions>,
    ) -> Result<Vec<RecommendationResult>> {
        let scope = Scope::of(ctx);
        let tenant = scope.admin().await?;
        if user_ids.len() > MAX_PAGE {
            let problem =
                format_args!("has {} entries, expected at most {MAX_PAGE}", user_ids.len());
            return Err(ApiError::input("userIds", problem));
        }
        let query = RecommendationOptions::query(options, None)?;
        let query = |user: Uuid| RecommendQuery { user: Some(UserId(user)), ..query.clone() };
        let answers = tenant.recommend_many(user_ids.into_iter().map(query).collect()).await;
        let result = |answer: std::result::Result<_, EngineError>| {
            scope.meter().recommended(tenant.stores().id, answer.as_ref());
            let found = answer.map_err(|error| ApiError::from(error).inside("options"))?;
            Ok(RecommendationResult::new(tenant, found))
        };
        answers.into_iter().map(result).collect()
    }

    /// Why this item is, or is not, among the ten items that this algorithm recommends to the signed-in
    /// user without diversification; null if there is no such item.
    #[graphql(complexity = "ranking_cost(Some(20), 20, child_complexity)")]
    async fn explain(
        &self,
        ctx: &Context<'_>,
        item_id: Uuid,
        #[graphql(default_with = "Some(\"hybrid\".to_owned())")] algorithm: Option<String>,
    ) -> Result<Option<ItemExplanation>> {
        let scope = Scope::of(ctx);
        let (tenant, user) = scope.signed_in().await?;
        let mut list = RecommendQuery::for_user(user.id);
        list.algorithm = algorithm.unwrap_or(list.algorithm);
        let found = tenant.explain(ExplainQuery { item: ItemId(item_id), list }).await?;
        Ok(found.map(|why| ItemExplanation::with_verdict(tenant, why)))
    }

    /// Items that the same users like, or that resemble this one; best first.
    #[graphql(complexity = "ranking_cost(top_k, 10, child_complexity)")]
    async fn similar_items(
        &self,
        ctx: &Context<'_>,
        item_id: Uuid,
        #[graphql(default = 10)] top_k: Option<i32>,
    ) -> Result<Vec<SimilarItem>> {
        SimilarItem::of(ctx, Scope::of(ctx).tenant().await?, ItemId(item_id), top_k).await
    }
}

async fn recommend(
    ctx: &Context<'_>,
    tenant: &TenantEngine,
    user: Option<UserId>,
    options: Option<RecommendationOptions>,
) -> Result<RecommendationResult> {
    let query = RecommendationOptions::query(options, user)?;
    let found = Scope::of(ctx).recommend(tenant, query).await;
    let found = found.map_err(|error| error.inside("options"))?;
    Ok(RecommendationResult::new(tenant, found))
}

/// Returns the length of the list that `options` ask for.
fn length(options: &Option<RecommendationOptions>) -> Option<i32> {
    options.as_ref().and_then(|options| options.num_recommendations)
}

/// Returns how many entries a list has, for the estimate of work.
fn count(list: &[Uuid]) -> Option<i32> {
    i32::try_from(list.len()).ok()
}
