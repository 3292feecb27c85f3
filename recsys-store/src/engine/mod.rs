//! The engine: record, train, publish, serve.

mod builder;
mod condition;
mod error;
mod query;
mod surface;

pub use self::builder::EngineBuilder;
pub use self::condition::Condition;
pub use self::error::{EngineError, ErrorCode};
pub use self::query::{
    AlgorithmStatus, AlgorithmWeight, ExplainedContribution, FallbackReason, Filter,
    HybridExplanation, ItemExplanation, RecommendQuery, Recommendations, Recommended, SimilarItem,
    SimilarQuery, Source,
};
pub use self::surface::{Engine, TenantEngine, TrainingProgress};
