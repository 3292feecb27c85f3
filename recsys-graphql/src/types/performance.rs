//! How the API is doing.

use async_graphql::SimpleObject;
use recsys_store::types::now;

use super::DateTime;
use crate::meter::Figures;

/// How the requests of the caller's tenant have done, in this process and in the last five minutes.
#[derive(SimpleObject)]
pub(crate) struct PerformanceMetrics {
    /// Queries and mutations.
    query_count: u64,
    /// Seconds.
    average_response_time: f64,
    /// Seconds that 95 of 100 requests do not exceed.
    p95_response_time: f64,
    /// Share of the requests that failed through no fault of their sender, 0 to 1.
    error_rate: f64,
    /// Share of the lists of recommendations that were kept ready, 0 to 1.
    cache_hit_rate: f64,
    active_subscriptions: u64,
    /// Milliseconds a list, on average.
    recommendation_latency_ms: f64,
    /// healthy, degraded or unhealthy.
    status: String,
    /// What is wrong, a sentence each.
    issues: Vec<String>,
    timestamp: DateTime,
}

impl From<Figures> for PerformanceMetrics {
    fn from(figures: Figures) -> Self {
        Self {
            query_count: figures.requests,
            average_response_time: figures.average_seconds,
            p95_response_time: figures.p95_seconds,
            error_rate: figures.error_rate,
            cache_hit_rate: figures.cache_hit_rate,
            active_subscriptions: figures.subscriptions,
            recommendation_latency_ms: 1_000.0 * figures.recommendation_seconds,
            status: figures.health.name().to_owned(),
            issues: figures.issues,
            timestamp: DateTime(now()),
        }
    }
}
