//! How much is kept, and for how long.

use std::time::Duration;

/// Bounds of what the engine keeps ready in this process, for all tenants together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheConfig {
    /// Finished lists of recommendations; default 32 MiB, 30 minutes.
    pub recommendations: CacheLimits,
    /// Similar items; default 16 MiB, a day.
    pub similar: CacheLimits,
    /// Users; default 8 MiB, two hours. A user is read again once the
    /// [`follow_interval`](super::super::EngineBuilder::follow_interval) is over; for the rest of the time
    /// the row answers only while the storage cannot be reached.
    pub users: CacheLimits,
}

/// Bounds of one kind of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheLimits {
    /// Estimated bytes; with more, what is asked for least goes first. 0 keeps nothing.
    pub bytes: u64,
    /// How long a value is kept, give or take a tenth, so that values made together do not end together.
    pub time_to_live: Duration,
}

impl CacheConfig {
    /// Keeps nothing: every answer is made anew.
    #[must_use]
    pub fn disabled() -> Self {
        let none = CacheLimits { bytes: 0, time_to_live: Duration::ZERO };
        Self { recommendations: none, similar: none, users: none }
    }
}

impl Default for CacheConfig {
    fn default() -> Self {
        let limits = |mebibytes: u64, seconds: u64| CacheLimits {
            bytes: mebibytes << 20,
            time_to_live: Duration::from_secs(seconds),
        };
        Self {
            recommendations: limits(32, 1_800),
            similar: limits(16, 86_400),
            users: limits(8, 7_200),
        }
    }
}
