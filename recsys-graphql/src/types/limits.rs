//! Rate limits.

use async_graphql::SimpleObject;
use chrono::{DateTime as Time, Utc};
use recsys_store::types::Tier;

use super::{DateTime, tenant::SubscriptionTier};
use crate::rates::LimitStatus;

/// What is left of the limits that apply to a caller.
#[derive(SimpleObject)]
pub(crate) struct RateLimitStatus {
    /// Tier of the caller's tenant; null for callers who are not signed in.
    tier: Option<SubscriptionTier>,
    /// One for each limit that applies; empty where nothing is limited.
    windows: Vec<RateLimitWindow>,
}

/// What is left of one limit. Recommendations cost 5, similar items 3, a training 10 and other fields 1, times
/// 2 in the basic tier and 1.5 in the premium tier, unless the server is configured otherwise.
#[derive(SimpleObject)]
pub(crate) struct RateLimitWindow {
    /// tenant, user:query, user:mutation, user:subscription, quota:recommendations (counted in lists) or
    /// address.
    scope: String,
    /// Cost at most in any stretch of windowSeconds.
    limit: u64,
    remaining: u64,
    used: u64,
    window_seconds: u64,
    /// When nothing is counted any more if nothing else is asked.
    reset_at: DateTime,
}

impl RateLimitStatus {
    pub(crate) fn new(tier: Option<Tier>, limits: Vec<LimitStatus>, now: Time<Utc>) -> Self {
        let window = |status: LimitStatus| RateLimitWindow {
            scope: status.scope.to_owned(),
            limit: status.limit,
            remaining: status.remaining,
            used: status.used,
            window_seconds: status.window.as_secs(),
            reset_at: DateTime(now + status.resets_after),
        };
        Self { tier: tier.map(Into::into), windows: limits.into_iter().map(window).collect() }
    }
}
