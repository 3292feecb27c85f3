//! Finished answers in the form in which they are kept: ids instead of items, so that they are handed out
//! with the items as they are now.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::catalog::Catalog;
use super::{
    ExplainedContribution, HybridExplanation, ItemExplanation, Recommendations, Recommended,
    SimilarItem, Source, explain,
};
use crate::types::{ItemId, now};

/// A list of recommendations.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct List {
    /// Best first.
    pub(super) places: Vec<Place>,
    pub(super) total_count: usize,
    pub(super) source: Source,
    pub(super) model_version: Option<Uuid>,
    pub(super) generated_at: DateTime<Utc>,
    pub(super) explanation: Option<HybridExplanation>,
    /// Whether events and ratings of anybody may change it.
    pub(super) by_counters: bool,
}

/// One place of a list.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) item: ItemId,
    pub(super) score: f64,
    /// The liked item that speaks for it loudest, if that is the reason.
    pub(super) because: Option<ItemId>,
    /// Only if asked to explain.
    pub(super) why: Option<Why>,
}

/// Why an item has its score.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Why {
    pub(super) base: f64,
    pub(super) parts: Vec<Part>,
}

/// One part of a score.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) algorithm: Cow<'static, str>,
    pub(super) item: Option<ItemId>,
    pub(super) term: Option<String>,
    pub(super) weight: f64,
}

impl List {
    /// Hands the list out, under a new id: each answer can be told apart when events are attributed. The
    /// time is that of the making.
    pub(super) fn answer(
        &self,
        catalog: &Catalog,
        algorithm: String,
        started: Instant,
    ) -> Recommendations {
        let place = |(rank, place): (u32, &Place)| {
            let item = Arc::clone(catalog.get(place.item)?);
            let reason = explain::reason(catalog, &item, place.because);
            Some(Recommended {
                item,
                score: place.score,
                rank,
                reason: Some(reason),
                explanation: place.why.as_ref().map(|why| why.answer(catalog)),
            })
        };
        let elapsed = started.elapsed().max(Duration::from_nanos(1));
        // Times are cut to milliseconds.
        let age = (now() - self.generated_at).to_std().unwrap_or_default();
        Recommendations {
            id: Uuid::now_v7(),
            items: (1..).zip(&self.places).filter_map(place).collect(),
            algorithm,
            total_count: self.total_count,
            source: self.source,
            model_version: self.model_version,
            generated_at: self.generated_at,
            elapsed,
            is_kept: age > elapsed + Duration::from_millis(1),
            explanation: self.explanation.clone(),
        }
    }

    /// Estimates the memory.
    pub(super) fn bytes(&self) -> usize {
        let why =
            |why: &Why| why.parts.iter().map(|part| size_of::<Part>() + text(&part.term)).sum();
        let place = |place: &Place| size_of::<Place>() + place.why.as_ref().map_or(0, why);
        let explanation = self.explanation.as_ref().map_or(0, |explanation| {
            let weights = explanation.weights.iter();
            explanation.summary.len()
                + weights.map(|it| 80 + it.algorithm.len() + it.reason.len()).sum::<usize>()
        });
        size_of::<Self>() + self.places.iter().map(place).sum::<usize>() + explanation
    }
}

impl Why {
    pub(super) fn answer(&self, catalog: &Catalog) -> ItemExplanation {
        let contributions = self.parts.iter().map(|part| ExplainedContribution {
            algorithm: part.algorithm.clone().into_owned(),
            item: part.item.and_then(|item| catalog.get(item)).cloned(),
            term: part.term.clone(),
            weight: part.weight,
        });
        ItemExplanation { base: self.base, contributions: contributions.collect() }
    }
}

/// The neighbours of an item.
#[derive(Debug)]
pub(super) struct Neighbours {
    /// Best first.
    pub(super) places: Vec<Neighbour>,
    /// As in [`List`].
    pub(super) by_counters: bool,
}

/// One neighbour.
#[derive(Debug)]
pub(super) struct Neighbour {
    pub(super) item: ItemId,
    pub(super) score: f64,
    pub(super) reason: String,
}

impl Neighbours {
    pub(super) fn answer(&self, catalog: &Catalog) -> Vec<SimilarItem> {
        let place = |place: &Neighbour| {
            Some(SimilarItem {
                item: Arc::clone(catalog.get(place.item)?),
                score: place.score,
                reason: Some(place.reason.clone()),
            })
        };
        self.places.iter().filter_map(place).collect()
    }

    /// Estimates the memory.
    pub(super) fn bytes(&self) -> usize {
        let place = |place: &Neighbour| size_of::<Neighbour>() + place.reason.len();
        size_of::<Self>() + self.places.iter().map(place).sum::<usize>()
    }
}

fn text(text: &Option<String>) -> usize {
    text.as_ref().map_or(0, String::len)
}
