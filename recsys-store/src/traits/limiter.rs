//! Limits on how much may be done in a stretch of time.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::types::TenantId;

/// Counts what is done under a name and refuses what would be too much, for one process or for many.
/// Every implementation keeps these promises, and [`rate_limiter_suite!`](crate::rate_limiter_suite)
/// (feature `testing`) checks them:
///
/// - **Never above the limit**: no stretch of time of the length of the window, wherever it begins, has
///   more than the limit admitted in it; exactly the limit is admitted to any number of callers at once.
/// - **All or none**: the charges of one call are decided together, and where one is refused none is
///   counted.
/// - **Constant memory** for a name: time is counted in [parts of the window](Charge::PARTS), and a part
///   that has begun to leave the window still counts whole. So room comes back up to one part late, never
///   early.
/// - **No time machine**: a call whose time lies before that of an earlier one is decided at the later
///   time, so clocks that disagree make limits tighter, not wider.
/// - **Scoped**: the same name in two tenants is two counts.
///
/// Counts that are back at zero are forgotten. An implementation that reaches its bound of memory may also
/// forget those that were not asked for longest.
#[async_trait]
pub trait RateLimiter: fmt::Debug + Send + Sync + 'static {
    /// Decides on `charges` at the time `at`. A charge of cost 0 is a look at the count.
    ///
    /// `InvalidInput` for two charges under one name, or a window without length. What the charges of one
    /// name say of limit and window has to be the same in every call; where it changes, what was counted
    /// before may be dropped.
    async fn charge(&self, charges: &[Charge], at: DateTime<Utc>) -> Result<Decision>;
}

/// The name of a count: of a tenant, or of nobody's.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LimitKey {
    tenant: Option<TenantId>,
    name: String,
}

impl LimitKey {
    /// Returns a key of `tenant`.
    #[must_use]
    pub fn of_tenant(tenant: TenantId, name: impl Into<String>) -> Self {
        Self { tenant: Some(tenant), name: name.into() }
    }

    /// Returns a key for what belongs to no tenant, for example an address.
    #[must_use]
    pub fn shared(name: impl Into<String>) -> Self {
        Self { tenant: None, name: name.into() }
    }

    /// Returns whose count it is.
    #[must_use]
    pub fn tenant(&self) -> Option<TenantId> {
        self.tenant
    }

    /// Returns the name within the tenant.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// What is to be counted under one name, and how much of it there may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Under which name.
    pub key: LimitKey,
    /// How much.
    pub cost: u64,
    /// How much at most in any window.
    pub limit: u64,
    /// Length of the window.
    pub window: Duration,
}

impl Charge {
    /// Parts of a window in which time is counted.
    pub const PARTS: u32 = 60;
}

/// What was decided on the charges of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Whether all were admitted, and counted.
    pub allowed: bool,
    /// Each count after the decision, in the order of the charges.
    pub counts: Vec<Count>,
}

/// One count after a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Counted in the window.
    pub used: u64,
    /// What is left of the limit.
    pub remaining: u64,
    /// How long until this charge would be admitted by this limit if nothing else were counted: zero where
    /// the limit admits it, the length of the window for a cost above the limit, which never fits.
    pub retry_after: Duration,
    /// How long until the count is back at zero if nothing else is counted.
    pub resets_after: Duration,
}
