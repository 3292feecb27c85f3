//! Recommendations and neighbours: those that are wanted together are made together.

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
    sync::Arc,
};

use async_graphql::dataloader::Loader;
use recsys_store::{
    Engine,
    engine::{RecommendQuery, Recommendations, SimilarItem, SimilarQuery},
    types::{ItemId, TenantId},
};

use super::grouped;
use crate::{
    error::{ApiError, Result},
    meter::Meter,
};

/// A question for a list.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) tenant: TenantId,
    pub(crate) query: Arc<RecommendQuery>,
}

impl PartialEq for Question {
    fn eq(&self, other: &Self) -> bool {
        // The same list for two aliases is two answers.
        self.tenant == other.tenant && Arc::ptr_eq(&self.query, &other.query)
    }
}

impl Eq for Question {}

impl Hash for Question {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.query).hash(state);
    }
}

/// Makes lists. A question that is refused is an answer too: it does not spoil the others.
pub(crate) struct ListLoader(pub(crate) Engine, pub(crate) Meter);

impl Loader<Question> for ListLoader {
    type Value = Result<Recommendations>;
    type Error = ApiError;

    async fn load(&self, keys: &[Question]) -> Result<HashMap<Question, Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for (tenant, keys) in grouped(keys, |key| key.tenant) {
            let queries = keys.iter().map(|key| RecommendQuery::clone(&key.query)).collect();
            let answers = self.0.tenant(tenant).await?.recommend_many(queries).await.into_iter();
            let answers = answers.inspect(|answer| self.1.recommended(tenant, answer.as_ref()));
            found.extend(keys.into_iter().zip(answers.map(|answer| answer.map_err(Into::into))));
        }
        Ok(found)
    }
}

/// Finds the neighbours of items, by item and length of the list.
pub(crate) struct SimilarLoader(pub(crate) Engine);

impl Loader<(TenantId, ItemId, usize)> for SimilarLoader {
    type Value = Result<Vec<SimilarItem>>;
    type Error = ApiError;

    async fn load(
        &self,
        keys: &[(TenantId, ItemId, usize)],
    ) -> Result<HashMap<(TenantId, ItemId, usize), Self::Value>> {
        let mut found = HashMap::with_capacity(keys.len());
        for (tenant, keys) in grouped(keys, |(tenant, ..)| *tenant) {
            let query = |(_, item, limit): &(TenantId, ItemId, usize)| SimilarQuery {
                item: *item,
                limit: *limit,
            };
            let answers = self
                .0
                .tenant(tenant)
                .await?
                .similar_many(keys.iter().map(query).collect())
                .await
                .into_iter();
            found.extend(keys.into_iter().zip(answers.map(|answer| answer.map_err(Into::into))));
        }
        Ok(found)
    }
}
