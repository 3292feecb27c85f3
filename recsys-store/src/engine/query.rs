//! Questions to the engine and their answers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::condition::Condition;
use crate::types::{Item, ItemId, UserId};

/// What to recommend, and to whom.
#[derive(Clone, Debug, PartialEq)]
pub struct RecommendQuery {
    /// Whose history counts; `None` for a visitor who is not signed in.
    pub user: Option<UserId>,
    /// Items to treat as if they had just been viewed, after the user's own history; at most 100.
    /// Unknown ones are ignored.
    pub seed_items: Vec<ItemId>,
    /// One of the names that [`algorithms`](super::TenantEngine::algorithms) lists.
    pub algorithm: String,
    /// Length of the list, 1 to 1,000.
    pub limit: usize,
    /// Which items may be in it.
    pub filter: Filter,
    /// 0 to 1: how strongly to prefer variety over score; `None` for the plain order.
    pub diversity: Option<f32>,
    /// Whether to say why.
    pub explain: bool,
}

impl RecommendQuery {
    /// Returns a query for the ten best items of the hybrid, without diversification.
    #[must_use]
    pub fn for_user(user: UserId) -> Self {
        Self { user: Some(user), ..Self::anonymous() }
    }

    /// Returns the same query for a visitor without a history.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            user: None,
            seed_items: Vec::new(),
            algorithm: "hybrid".to_owned(),
            limit: 10,
            filter: Filter::default(),
            diversity: None,
            explain: false,
        }
    }
}

/// Which items may be recommended. The default keeps everything the user has not touched.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Filter {
    /// Keep items of any of these categories; empty keeps all.
    pub categories: Vec<String>,
    /// Drop items of these categories.
    pub exclude_categories: Vec<String>,
    /// Keep items with any of these tags; empty keeps all.
    pub tags: Vec<String>,
    /// Keep items whose mean rating is at least this; drops items without a rating.
    pub min_rating: Option<f64>,
    /// Drop these items.
    pub exclude_items: Vec<ItemId>,
    /// Drop items the user has an event with. Seed items are dropped as well.
    pub exclude_interacted: bool,
    /// Keep items whose metadata meet this.
    pub condition: Option<Condition>,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            categories: Vec::new(),
            exclude_categories: Vec::new(),
            tags: Vec::new(),
            min_rating: None,
            exclude_items: Vec::new(),
            exclude_interacted: true,
            condition: None,
        }
    }
}

/// A list of recommendations and where it came from.
#[derive(Clone, Debug)]
pub struct Recommendations {
    /// Identity of this answer, to attribute later events to it; a kept list has another one each time.
    pub id: Uuid,
    /// Best first.
    pub items: Vec<Recommended>,
    /// What was asked for.
    pub algorithm: String,
    /// Number of candidates that passed the filters.
    pub total_count: usize,
    /// What answered.
    pub source: Source,
    /// Which model answered; `None` for a fallback.
    pub model_version: Option<Uuid>,
    /// When the list was made, which may have been for an earlier answer.
    pub generated_at: DateTime<Utc>,
    /// How long this answer took, more than zero.
    pub elapsed: Duration,
    /// Whether it was made for an earlier answer, as far as the clock can tell.
    pub is_kept: bool,
    /// What the algorithm did; only if asked to explain.
    pub explanation: Option<HybridExplanation>,
}

/// One place of a list.
#[derive(Clone, Debug)]
pub struct Recommended {
    /// What.
    pub item: Arc<Item>,
    /// Relevance. Scores of one answer are comparable, those of different answers are not.
    pub score: f64,
    /// 1, 2, 3 …
    pub rank: u32,
    /// Why, in a few words.
    pub reason: Option<String>,
    /// Why, in numbers; only if asked to explain.
    pub explanation: Option<ItemExplanation>,
}

/// What answered a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Source {
    /// The trained profile of the user.
    Model,
    /// The model with the user's newest history folded in.
    FoldIn,
    /// Popularity, because there was nothing better.
    Fallback(FallbackReason),
}

/// Why there was nothing better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FallbackReason {
    /// Nothing is known about the user that the model could use.
    NoHistory,
    /// No model of that algorithm has been published.
    Untrained,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Model => "model",
            Self::FoldIn => "fold_in",
            Self::Fallback(FallbackReason::NoHistory) => "fallback:no_history",
            Self::Fallback(FallbackReason::Untrained) => "fallback:untrained",
        })
    }
}

/// Why an item has its score: `base + Σ weight == score` within 1e-4.
#[derive(Clone, Debug)]
pub struct ItemExplanation {
    /// What every item gets.
    pub base: f64,
    /// What this one gets, largest effect first.
    pub contributions: Vec<ExplainedContribution>,
}

/// One part of a score.
#[derive(Clone, Debug)]
pub struct ExplainedContribution {
    /// Which algorithm it came from.
    pub algorithm: String,
    /// The item of the user's history that it came from.
    pub item: Option<Arc<Item>>,
    /// What it came from, if that was no single item, for example `popularity`.
    pub term: Option<String>,
    /// How much; may be negative.
    pub weight: f64,
}

/// What the algorithm did with the whole list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HybridExplanation {
    /// One sentence for people.
    pub summary: String,
    /// `model`, `fold_in` or `fallback`.
    pub method: String,
    /// How much each member counted.
    pub weights: Vec<AlgorithmWeight>,
}

/// How much one algorithm counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlgorithmWeight {
    /// Which.
    pub algorithm: String,
    /// Its share, 0 to 1; the shares add up to 1.
    pub weight: f64,
    /// Why so much.
    pub reason: String,
}

/// Whether an item is recommended, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainQuery {
    /// Which item.
    pub item: ItemId,
    /// The list that it is, or is not, on; diversity is left out of account.
    pub list: RecommendQuery,
}

/// Why an item is, or is not, on a list.
#[derive(Clone, Debug)]
pub struct WhyNot {
    /// What.
    pub item: Arc<Item>,
    /// What became of it.
    pub verdict: Verdict,
    /// Relevance, as in the list; `None` if the model refuses the item.
    pub score: Option<f64>,
    /// The place among all candidates, from 1: the one it has, or would have if nothing removed it.
    pub rank: usize,
    /// Why it has its score, in a few words.
    pub reason: String,
    /// Why it has its score, in numbers.
    pub explanation: ItemExplanation,
    /// What answered.
    pub source: Source,
}

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// It is on the list.
    Listed,
    /// Others score higher, the last of the list by this much.
    Outranked {
        /// How much.
        missing: f64,
    },
    /// The user has an event with it.
    Interacted,
    /// It is not active.
    Inactive,
    /// It was excluded by its id.
    Excluded,
    /// A filter does not let it pass.
    Filtered,
    /// The model refuses it.
    RuledOut,
}

impl fmt::Display for WhyNot {
    /// Writes one sentence for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rank, reason, .. } = self;
        match self.verdict {
            Verdict::Listed => write!(f, "on the list at place {rank}, {reason}"),
            Verdict::Outranked { missing } => {
                write!(f, "at place {rank}, {missing:.4} short of the list, {reason}")
            }
            Verdict::Interacted => f.write_str("left out because of an interaction with it"),
            Verdict::Inactive => f.write_str("left out because it is not active"),
            Verdict::Excluded => f.write_str("left out because it was excluded"),
            Verdict::Filtered => f.write_str("left out because a filter does not let it pass"),
            Verdict::RuledOut => f.write_str("left out because the model refuses it"),
        }
    }
}

impl Verdict {
    /// Returns the name that APIs use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Outranked { .. } => "outranked",
            Self::Interacted => "interacted",
            Self::Inactive => "inactive",
            Self::Excluded => "excluded",
            Self::Filtered => "filtered",
            Self::RuledOut => "ruled_out",
        }
    }
}

/// Which item's neighbours to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimilarQuery {
    /// The item; must exist.
    pub item: ItemId,
    /// Length of the list, 1 to 1,000.
    pub limit: usize,
}

/// A neighbour.
#[derive(Clone, Debug)]
pub struct SimilarItem {
    /// What.
    pub item: Arc<Item>,
    /// More is more similar; comparable within one answer.
    pub score: f64,
    /// Why, in a few words.
    pub reason: Option<String>,
}

/// An algorithm and whether the tenant has a model of it.
#[derive(Clone, Debug, PartialEq)]
pub struct AlgorithmStatus {
    /// Name to ask for.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// What it does, in a sentence or two.
    pub description: String,
    /// Whether a model can answer (its own, or a trained hybrid that contains it).
    pub trained: bool,
    /// That model.
    pub model_version: Option<Uuid>,
    /// When that model was published.
    pub trained_at: Option<DateTime<Utc>>,
    /// Its held-out metrics.
    pub metrics: Option<Value>,
}
