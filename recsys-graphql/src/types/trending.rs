//! What is done much with right now.

use async_graphql::SimpleObject;
use recsys_store::{TenantEngine, engine};

use super::Item;

/// An item with which much is done.
#[derive(SimpleObject)]
pub(crate) struct TrendingItem {
    item: Item,
    /// Weights of its events, each halved for every day of its age; comparable within one list.
    score: f64,
    /// Its events of the last seven days, dislikes left out.
    interaction_count: u64,
}

impl TrendingItem {
    pub(crate) fn list(tenant: &TenantEngine, found: Vec<engine::TrendingItem>) -> Vec<Self> {
        let convert = |row: engine::TrendingItem| Self {
            item: Item::new(tenant, row.item),
            score: row.score,
            interaction_count: row.interactions,
        };
        found.into_iter().map(convert).collect()
    }
}
