//! Recommendations and their explanations.

use async_graphql::SimpleObject;
use recsys_store::{TenantEngine, engine};
use uuid::Uuid;

use super::{DateTime, Item};

/// A list of recommendations and where it came from.
#[derive(SimpleObject)]
pub(crate) struct RecommendationResult {
    /// Best first.
    items: Vec<RecommendationItem>,
    /// What was asked for.
    algorithm: String,
    generated_at: DateTime,
    /// How long it took; more than 0.
    response_time_ms: f64,
    /// Candidates that passed the filters.
    total_count: usize,
    /// What the algorithm did; only with explain: true.
    explanation: Option<RecommendationExplanation>,
    /// Pass it back with an interaction to attribute it to this list.
    id: Uuid,
    /// The model that answered; null when only the fallback did.
    model_version: Option<String>,
    /// model, fold_in, or fallback: and why.
    source: String,
}

impl RecommendationResult {
    pub(crate) fn new(tenant: &TenantEngine, found: engine::Recommendations) -> Self {
        Self {
            items: RecommendationItem::list(tenant, found.items),
            algorithm: found.algorithm,
            generated_at: DateTime(found.generated_at),
            response_time_ms: milliseconds(found.elapsed),
            total_count: found.total_count,
            explanation: found.explanation.map(Into::into),
            id: found.id,
            model_version: found.model_version.map(|id| id.to_string()),
            source: found.source.to_string(),
        }
    }
}

/// One place of a list.
#[derive(SimpleObject)]
pub(crate) struct RecommendationItem {
    item: Item,
    /// Comparable within one list.
    score: f64,
    /// Why, in a few words.
    reason: Option<String>,
    /// 1, 2, 3 …
    rank: u32,
    /// Why, in numbers; only with explain: true.
    explanation: Option<ItemExplanation>,
}

impl RecommendationItem {
    pub(crate) fn list(tenant: &TenantEngine, rows: Vec<engine::Recommended>) -> Vec<Self> {
        rows.into_iter().map(|row| Self::new(tenant, row)).collect()
    }

    fn new(tenant: &TenantEngine, row: engine::Recommended) -> Self {
        Self {
            item: Item::new(tenant, row.item),
            score: row.score,
            reason: row.reason,
            rank: row.rank,
            explanation: row.explanation.map(|why| ItemExplanation::new(tenant, why)),
        }
    }
}

/// Why an item has its score: base plus the weights of all contributions.
#[derive(SimpleObject)]
pub(crate) struct ItemExplanation {
    base: f64,
    contributions: Vec<Contribution>,
    /// What became of the item: listed, outranked, interacted (left out because the user has an
    /// interaction with it), inactive, filtered, excluded or ruled_out. Only from explain.
    verdict: Option<String>,
    /// The same as a sentence. Only from explain.
    summary: Option<String>,
    /// The score, null if the model refuses the item. Only from explain.
    score: Option<f64>,
    /// The place among all candidates, or the one it would have. Only from explain.
    rank: Option<usize>,
}

impl ItemExplanation {
    fn new(tenant: &TenantEngine, why: engine::ItemExplanation) -> Self {
        let contributions = why.contributions.into_iter();
        Self {
            base: why.base,
            contributions: contributions.map(|part| Contribution::new(tenant, part)).collect(),
            verdict: None,
            summary: None,
            score: None,
            rank: None,
        }
    }

    /// Converts the answer to why an item is, or is not, on a list.
    pub(crate) fn with_verdict(tenant: &TenantEngine, why: engine::WhyNot) -> Self {
        Self {
            verdict: Some(why.verdict.name().to_owned()),
            summary: Some(why.to_string()),
            score: why.score,
            rank: Some(why.rank),
            ..Self::new(tenant, why.explanation)
        }
    }
}

/// One part of a score.
#[derive(SimpleObject)]
struct Contribution {
    /// Which algorithm it came from.
    algorithm: String,
    /// The item of the user's history that it came from.
    item: Option<Item>,
    /// What it came from, if that was no single item.
    term: Option<String>,
    /// How much; may be negative.
    weight: f64,
}

impl Contribution {
    fn new(tenant: &TenantEngine, part: engine::ExplainedContribution) -> Self {
        Self {
            algorithm: part.algorithm,
            item: part.item.map(|row| Item::new(tenant, row)),
            term: part.term,
            weight: part.weight,
        }
    }
}

/// What the algorithm did with the whole list.
#[derive(SimpleObject)]
struct RecommendationExplanation {
    /// One sentence.
    summary: String,
    method: String,
    weights: Vec<AlgorithmWeight>,
}

impl From<engine::HybridExplanation> for RecommendationExplanation {
    fn from(why: engine::HybridExplanation) -> Self {
        let weights = why.weights.into_iter().map(Into::into).collect();
        Self { summary: why.summary, method: why.method, weights }
    }
}

/// How much one algorithm counted.
#[derive(SimpleObject)]
struct AlgorithmWeight {
    algorithm: String,
    /// Its share, 0 to 1.
    weight: f64,
    reason: String,
}

impl From<engine::AlgorithmWeight> for AlgorithmWeight {
    fn from(weight: engine::AlgorithmWeight) -> Self {
        Self { algorithm: weight.algorithm, weight: weight.weight, reason: weight.reason }
    }
}

/// A clock may be too coarse to see the work; the answer still took some time.
fn milliseconds(elapsed: std::time::Duration) -> f64 {
    (elapsed.as_secs_f64() * 1e3).max(1e-3)
}
