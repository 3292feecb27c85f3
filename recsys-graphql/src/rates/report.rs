//! What the limits said of a request, for the host.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// What one limit says after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitStatus {
    /// Which limit: `tenant`, `user:query`, `quota:recommendations`, `address`, …
    pub scope: &'static str,
    /// Cost at most in any window.
    pub limit: u64,
    /// What is left of it, rounded down.
    pub remaining: u64,
    /// What is counted, rounded up.
    pub used: u64,
    /// Length of the window.
    pub window: Duration,
    /// How long until nothing is counted any more.
    pub resets_after: Duration,
}

/// Where a host reads what the limits said of a request: it puts a clone into the request's data.
#[derive(Clone, Debug, Default)]
pub struct LimitReport(Arc<OnceLock<Vec<LimitStatus>>>);

impl LimitReport {
    /// Notes a decision. A report is of one request; the first decision on it stands.
    pub(super) fn write(&self, statuses: Vec<LimitStatus>) {
        let _ = self.0.set(statuses);
    }

    /// Returns the limits that the request was charged to; none where it was charged to none.
    pub fn limits(&self) -> &[LimitStatus] {
        self.0.get().map_or(&[], Vec::as_slice)
    }
}
