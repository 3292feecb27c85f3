//! The output types of the schema, each beside the conversion from what the engine returns.
//!
//! None of them derives from an engine type: the schema is a contract of its own.

mod account;
mod connection;
mod feedback;
mod item;
mod limits;
mod model;
mod performance;
mod recommendation;
mod scalar;
mod tenant;
mod trending;
mod user;

pub(crate) use self::{
    account::AuthPayload,
    connection::{ItemConnection, ItemCursor, connect},
    feedback::{Interaction, Rating, UserActivity},
    item::{Item, SimilarItem},
    limits::RateLimitStatus,
    model::{AlgorithmInfo, TrainingJob},
    performance::PerformanceMetrics,
    recommendation::{ItemExplanation, RecommendationItem, RecommendationResult},
    scalar::DateTime,
    tenant::Tenant,
    trending::TrendingItem,
    user::User,
};
