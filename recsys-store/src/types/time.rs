//! The clock of the storage layer.

use chrono::{DateTime, SubsecRound, Utc};

/// Returns the current time cut to milliseconds, the precision that every backend keeps.
#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}
