//! What a refusal says.

use std::time::Duration;

use async_graphql::ServerError;

use super::{Allowance, QUOTA};
use crate::code::Code;

/// Why a limit refuses.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// Seconds, rounded up; `None` where waiting does not help.
    pub(crate) retry_after: Option<u64>,
}

impl Refusal {
    pub(super) fn of(allowance: &Allowance, wait: Duration, never_fits: bool) -> Self {
        let Allowance { scope, limit, window, .. } = allowance;
        if never_fits {
            let message =
                format!("the request costs more than the limit {scope:?}, {limit}, at all");
            return Self { code: Code::QueryTooComplex, message, retry_after: None };
        }
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let window = window.as_secs();
        let code = if *scope == QUOTA { Code::QuotaExceeded } else { Code::RateLimited };
        let message = format!(
            "the limit {scope:?}, {limit} in {window} seconds, is reached: try again in {seconds} seconds"
        );
        Self { code, message, retry_after: Some(seconds.max(1)) }
    }

    pub(super) fn of_quota(message: String) -> Self {
        Self { code: Code::QuotaExceeded, message, retry_after: None }
    }
}

impl From<Refusal> for ServerError {
    fn from(refusal: Refusal) -> Self {
        let mut error = refusal.code.server_error(refusal.message);
        if let Some(seconds) = refusal.retry_after {
            error.extensions.get_or_insert_default().set("retryAfter", seconds);
        }
        error
    }
}
