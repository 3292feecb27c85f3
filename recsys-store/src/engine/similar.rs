//! Similar items: by the model where it knows the item, else by category and tags.

use std::sync::Arc;

use recsys_core::ItemIdx;
use recsys_core::query::{ItemSet, Request};

use super::catalog::Catalog;
use super::diversify::{features, jaccard};
use super::fallback::popularity;
use super::models::{Models, Serving};
use super::{EngineError, ErrorCode, Result, SimilarItem, SimilarQuery, TenantEngine};
use crate::types::Item;

/// Algorithms to ask, in this order.
const PREFERENCE: [&str; 3] = ["hybrid", "item_knn", "als"];

impl TenantEngine {
    /// Finds similar items, best first, never the item itself.
    ///
    /// # Errors
    /// `InvalidInput` naming the field, `NotFound` for an unknown item.
    pub async fn similar(&self, query: SimilarQuery) -> Result<Vec<SimilarItem>> {
        if !(1..=1000).contains(&query.limit) {
            let problem = format!("is {}, expected 1 to 1000", query.limit);
            return Err(EngineError::invalid("limit", problem));
        }
        self.live.follow(&self.shared.serving).await?;
        let (catalog, models) = (self.live.catalog(), self.live.models());
        let Some(item) = catalog.get(query.item).cloned() else {
            let message = format!("item {} does not exist", query.item);
            return Err(EngineError::new(ErrorCode::NotFound, message));
        };
        let work = move || {
            let found = by_model(&catalog, &models, &item, query.limit);
            if found.is_empty() { by_content(&catalog, &item, query.limit) } else { found }
        };
        Ok(self.shared.serving.run(work).await)
    }
}

fn by_model(catalog: &Catalog, models: &Models, item: &Item, limit: usize) -> Vec<SimilarItem> {
    for serving in PREFERENCE.iter().filter_map(|algorithm| models.find(algorithm)) {
        let Some(column) = serving.column_of(item.id) else { continue };
        let Some(similar) = serving.model().as_similar_items() else { continue };
        let candidates = active_columns(catalog, &serving);
        let request = Request::top(limit).among(&candidates).at_least(f32::MIN_POSITIVE);
        let hits = similar
            .similar_items(column, &request)
            .expect("the column comes from the model's own id map");
        let found: Vec<SimilarItem> = hits
            .iter()
            .filter_map(|hit| {
                let similar = catalog.get(serving.item_of(hit.item)?)?;
                Some(SimilarItem {
                    item: Arc::clone(similar),
                    score: f64::from(hit.score),
                    reason: Some(format!("liked by those who liked {}", item.title)),
                })
            })
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    Vec::new()
}

fn active_columns(catalog: &Catalog, serving: &Serving) -> ItemSet {
    let active = catalog.iter().filter(|(_, item)| item.is_active);
    let columns: Vec<ItemIdx> =
        active.filter_map(|(slot, item)| serving.column(slot, item.id)).collect();
    ItemSet::new(columns, serving.model().interactions().n_items())
        .expect("columns come from the model's own id map")
}

/// Ranks by the Jaccard index of category and tags; equals by popularity, then id.
fn by_content(catalog: &Catalog, item: &Item, limit: usize) -> Vec<SimilarItem> {
    let wanted = features(item);
    let mut found: Vec<(f64, f64, &Arc<Item>)> = Vec::new();
    for (_, other) in catalog.iter().filter(|(_, other)| other.is_active && other.id != item.id) {
        let similarity = jaccard(&wanted, &features(other));
        if similarity > 0.0 {
            found.push((similarity, popularity(catalog, other).score(), other));
        }
    }
    found.sort_unstable_by(|left, right| {
        let by_similarity = right.0.total_cmp(&left.0).then(right.1.total_cmp(&left.1));
        by_similarity.then(left.2.id.cmp(&right.2.id))
    });
    found.truncate(limit);
    let answer = found.into_iter().map(|(score, _, other)| SimilarItem {
        item: Arc::clone(other),
        score,
        reason: Some(shared_words(item, other)),
    });
    answer.collect()
}

fn shared_words(item: &Item, other: &Item) -> String {
    match &item.category {
        Some(category) if other.category.as_ref() == Some(category) => {
            format!("also in {category}")
        }
        _ => {
            let shared = item.tags.iter().find(|tag| other.tags.contains(tag));
            shared.map_or_else(|| "alike".to_owned(), |tag| format!("also tagged {tag}"))
        }
    }
}
