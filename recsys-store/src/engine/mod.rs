//! The engine: record, train, publish, serve, on any [`Storage`](crate::traits::Storage).
//!
//! [`Engine`] is the process-wide handle, [`TenantEngine`] that of one tenant. Serving works on a live
//! state per tenant: a snapshot of the catalogue, followed through its feed of changes, and the
//! current models. Writes made through this engine count in the very next request; those of other
//! processes are looked for at most once a second.
//!
//! # How a list is made
//!
//! 1. The user's history is read (the newest 2,000 events). If the model has seen all of it, the
//!    trained profile answers ([`Source::Model`]); otherwise the history is folded in
//!    ([`Source::FoldIn`]). Without a model, or without anything positive that it knows,
//!    popularity answers ([`Source::Fallback`]).
//! 2. Every active item that passes the filters is a candidate, and every candidate gets a score, so
//!    filters never make a list shorter while candidates are left.
//! 3. Items that the model does not know (created since, or without any event) come after those that it
//!    knows, in order of popularity: their score is the lowest model score − 2 + their popularity,
//!    which lies between 0.1 and 1.
//! 4. Ties are broken by item id. Diversification reorders; the scores stay those of relevance.
//!
//! # What is kept
//!
//! A finished list, or the neighbours of an item, is kept under a key that names all it depends on: tenant,
//! model, settings, catalogue, the version of the user's history, the question. The version of a history
//! is the place of its newest event in the log, which the engine follows; so an own event makes the next
//! list anew, in whatever process it was recorded (at once in this one, within the
//! [`follow_interval`](EngineBuilder::follow_interval) elsewhere). A list handed out again has a new id, the
//! time of its making, and the items as they are now.
//!
//! # How similar items are found
//!
//! By a model where it has the item. Otherwise, as for an item that was created since the training, by descriptions:
//! an [`Embedder`](crate::traits::Embedder) makes vectors of the items, and a
//! [`VectorStore`](crate::traits::VectorStore) finds the nearest. The engine keeps the store filled in the background;
//! what it finds is held against the followed catalogue, and completed, or replaced while the store is away, by what
//! shares category and tags.
//!
//! Nothing here blocks a runtime thread: scoring and training run on two thread pools of their own.

mod announce;
mod builder;
mod cache;
mod candidates;
mod catalog;
mod compute;
mod condition;
mod diversify;
mod error;
mod explain;
mod fallback;
mod handle;
mod jobs;
mod list;
mod live;
mod loading;
mod models;
mod outbox;
mod people;
mod policy;
mod query;
mod rank;
mod recommend;
mod record;
mod similar;
mod tenant;
mod train;
mod trending;
mod vectors;
mod versions;
mod view;
mod why_not;
mod work;
mod worker;

pub use self::builder::EngineBuilder;
pub use self::cache::{CacheConfig, CacheLimits, CacheStatistics, HitsAndMisses};
pub use self::condition::Condition;
pub use self::error::{EngineError, ErrorCode};
pub use self::handle::Engine;
pub use self::outbox::OutboxStatistics;
pub use self::query::{
    AlgorithmStatus, AlgorithmWeight, ExplainQuery, ExplainedContribution, FallbackReason, Filter,
    HybridExplanation, ItemExplanation, RecommendQuery, Recommendations, Recommended, SimilarItem,
    SimilarQuery, Source, Verdict, WhyNot,
};
pub use self::tenant::TenantEngine;
pub use self::train::TrainingProgress;
pub use self::trending::{TrendingItem, TrendingQuery};
pub use self::vectors::IndexTrouble;

type Result<T, E = EngineError> = std::result::Result<T, E>;
