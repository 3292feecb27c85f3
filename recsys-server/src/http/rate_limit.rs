//! Rate limits as HTTP says them: status 429, `Retry-After`, and the fields `RateLimit` and
//! `RateLimit-Policy`.

use std::fmt::Write as _;

use async_graphql::{Response, Value};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use recsys_graphql::{Code, LimitStatus};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMITS: HeaderName = HeaderName::from_static("ratelimit");

/// Tells whether a response says nothing but that a limit is reached.
pub(super) fn refuses(response: &Response) -> bool {
    let limited = [Code::RateLimited.as_str(), Code::QuotaExceeded.as_str()];
    response.data == Value::Null
        && !response.errors.is_empty()
        && response
            .errors
            .iter()
            .all(|error| Code::of(error).is_some_and(|code| limited.contains(&code)))
}

/// Returns the seconds that a refused client is told to wait.
pub(super) fn retry_after(response: &Response) -> Option<u64> {
    let seconds = response.errors.iter().filter_map(|error| {
        match error.extensions.as_ref()?.get("retryAfter")? {
            Value::Number(seconds) => seconds.as_u64(),
            _ => None,
        }
    });
    seconds.max().filter(|_| refuses(response))
}

/// Adds what the limits said of a request: `q` the limit, `w` its window, `r` what remains, `t` the seconds
/// until all of it is there again.
pub(super) fn describe(limits: &[LimitStatus], headers: &mut HeaderMap) {
    if limits.is_empty() {
        return;
    }
    let (mut policy, mut left) = (String::new(), String::new());
    for limit in limits {
        let comma = if policy.is_empty() { "" } else { ", " };
        let LimitStatus { scope, limit: most, window, remaining, resets_after, .. } = limit;
        let reset = resets_after.as_secs() + u64::from(resets_after.subsec_nanos() > 0);
        let written = write!(policy, "{comma}\"{scope}\";q={most};w={}", window.as_secs())
            .and_then(|()| write!(left, "{comma}\"{scope}\";r={remaining};t={reset}"));
        written.expect("a string grows");
    }
    for (name, value) in [(POLICY, policy), (LIMITS, left)] {
        let value = HeaderValue::try_from(value).expect("names and numbers are plain text");
        headers.insert(name, value);
    }
}
