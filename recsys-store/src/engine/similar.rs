//! Similar items: by the model where it knows the item, else by descriptions, else by category and tags.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::future::join_all;
use recsys_core::ItemIdx;
use recsys_core::query::{ItemSet, Request};

use super::cache::SimilarKey;
use super::catalog::Catalog;
use super::diversify::{features, jaccard};
use super::fallback::popularity;
use super::list::{Neighbour, Neighbours};
use super::models::{Models, Serving};
use super::recommend::unanswered;
use super::vectors::Found;
use super::view::View;
use super::{EngineError, ErrorCode, Result, SimilarItem, SimilarQuery, TenantEngine};
use crate::types::{Item, ItemId};

/// Algorithms to ask, in this order.
const PREFERENCE: [&str; 3] = ["hybrid", "item_knn", "als"];

impl TenantEngine {
    /// Finds similar items, best first, never the item itself.
    ///
    /// # Errors
    /// `InvalidInput` naming the field, `NotFound` for an unknown item.
    pub async fn similar(&self, query: SimilarQuery) -> Result<Vec<SimilarItem>> {
        let mut answers = self.similar_many(vec![query]).await;
        answers.pop().ok_or_else(unanswered)?
    }

    /// Answers several questions, each as [`Self::similar`] would, on all processors.
    pub async fn similar_many(&self, queries: Vec<SimilarQuery>) -> Vec<Result<Vec<SimilarItem>>> {
        let view = match self.view().await {
            Ok(view) => view,
            Err(error) => return queries.iter().map(|_| Err(error.clone())).collect(),
        };
        let answers = queries.into_iter().map(|query| async {
            let found = self.neighbours(&view, query).await?;
            Ok(found.answer(&view.catalog))
        });
        join_all(answers).await
    }

    async fn neighbours(&self, view: &View, query: SimilarQuery) -> Result<Arc<Neighbours>> {
        let SimilarQuery { item, limit } = query;
        if !(1..=1000).contains(&limit) {
            return Err(EngineError::invalid("limit", format!("is {limit}, expected 1 to 1000")));
        }
        let Some(item) = view.catalog.get(item).cloned() else {
            let message = format!("item {item} does not exist");
            return Err(EngineError::new(ErrorCode::NotFound, message));
        };
        let key = SimilarKey {
            tenant: view.tenant.id,
            models: view.models.fingerprint(),
            description: view.catalog.description(),
            counters: Some(view.catalog.revision()),
            index: self.live.index.epoch(),
            item: item.id,
            limit,
        };
        let cache = &self.shared.caches.similar;
        let kept = match cache.get(&key.without_counters()).await {
            None => cache.get(&key).await,
            kept => kept,
        };
        if let Some(kept) = kept {
            cache.counter.count(1, 0);
            return Ok(kept);
        }
        cache.counter.count(0, 1);
        let make = self.make_neighbours(view, item, limit);
        let made = match cache.get_or(key.clone(), make).await {
            Ok(made) => made,
            Err(passing) => return Ok(Arc::clone(&passing.0)),
        };
        if !made.by_counters {
            cache.insert(key.without_counters(), Arc::clone(&made)).await;
        }
        Ok(made)
    }

    async fn make_neighbours(
        &self,
        view: &View,
        item: Arc<Item>,
        limit: usize,
    ) -> Result<Arc<Neighbours>, Passing> {
        let (catalog, models) = (Arc::clone(&view.catalog), Arc::clone(&view.models));
        let asked = Arc::clone(&item);
        let work = move || by_model(&catalog, &models, &asked, limit);
        let places = self.shared.serving.run(work).await;
        if !places.is_empty() {
            return Ok(Arc::new(Neighbours { places, by_counters: false }));
        }
        let Found { mut places, is_partial } =
            self.described_like(&view.catalog, &item, limit).await;
        let by_counters = places.len() < limit;
        if by_counters {
            let catalog = Arc::clone(&view.catalog);
            let complete = move || {
                complete(&mut places, &catalog, &item, limit);
                places
            };
            places = self.shared.serving.run(complete).await;
        }
        let made = Arc::new(Neighbours { places, by_counters });
        if is_partial { Err(Passing(made)) } else { Ok(made) }
    }
}

/// An answer that is not to be kept: soon there may be a better one.
#[derive(Debug)]
struct Passing(Arc<Neighbours>);

fn by_model(catalog: &Catalog, models: &Models, item: &Item, limit: usize) -> Vec<Neighbour> {
    for serving in PREFERENCE.iter().filter_map(|algorithm| models.find(algorithm)) {
        let Some(column) = serving.column_of(item.id) else { continue };
        let Some(similar) = serving.model().as_similar_items() else { continue };
        let candidates = active_columns(catalog, &serving);
        let request = Request::top(limit).among(&candidates).at_least(f32::MIN_POSITIVE);
        let hits = similar
            .similar_items(column, &request)
            .expect("the column comes from the model's own id map");
        let found: Vec<Neighbour> = hits
            .iter()
            .filter_map(|hit| {
                Some(Neighbour {
                    item: serving.item_of(hit.item)?,
                    score: f64::from(hit.score),
                    reason: format!("liked by those who liked {}", item.title),
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

/// Adds what shares category and tags, behind what was found by descriptions.
fn complete(places: &mut Vec<Neighbour>, catalog: &Catalog, item: &Item, limit: usize) {
    let found: HashSet<ItemId> = places.iter().map(|place| place.item).collect();
    let lowest = places.last().map_or(f64::INFINITY, |last| last.score);
    let further = by_content(catalog, item, limit).into_iter();
    let further = further.filter(|place| !found.contains(&place.item));
    let further = further.map(|place| Neighbour { score: place.score.min(lowest), ..place });
    places.extend(further.take(limit - found.len()));
}

/// Ranks by the Jaccard index of category and tags; equals by popularity, then id.
fn by_content(catalog: &Catalog, item: &Item, limit: usize) -> Vec<Neighbour> {
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
    let neighbour = |(score, _, other): (f64, f64, &Arc<Item>)| Neighbour {
        item: other.id,
        score,
        reason: shared_words(item, other),
    };
    found.into_iter().map(neighbour).collect()
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
