//! The limiter inside one process passes the suite and follows a log of times; a faulty one does not pass.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use proptest::prelude::*;
use recsys_store::error::Result;
use recsys_store::memory::MemoryLimiter;
use recsys_store::testing::limiter;
use recsys_store::traits::{Charge, Decision, LimitKey, RateLimiter};

async fn open() -> MemoryLimiter {
    std::future::ready(MemoryLimiter::new(100_000)).await
}

recsys_store::rate_limiter_suite!(open);

/// Begins anew with each minute, as fixed windows do.
#[derive(Debug)]
struct FixedWindows(MemoryLimiter);

#[async_trait]
impl RateLimiter for FixedWindows {
    async fn charge(&self, charges: &[Charge], at: DateTime<Utc>) -> Result<Decision> {
        let minute = at.timestamp() / 60;
        let renamed = charges.iter().map(|charge| {
            let name = format!("{:?}{minute}", charge.key);
            Charge { key: LimitKey::shared(name), ..charge.clone() }
        });
        self.0.charge(&renamed.collect::<Vec<_>>(), at).await
    }
}

#[tokio::test]
async fn fixed_windows_are_caught() {
    let case = async {
        let faulty = std::sync::Arc::new(FixedWindows(open().await));
        limiter::no_stretch_of_time_has_more_than_the_limit(faulty).await;
    };
    assert!(tokio::spawn(case).await.is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Against a log of every admission: never above the limit in any window, and nothing is refused that
    /// a window longer by one part would have admitted.
    #[test]
    fn decisions_follow_a_log_of_times(
        steps in prop::collection::vec((0_i64..9_000, 0_u64..6), 1..200),
        limit in 1_u64..20,
        begin in 0_i64..120_000,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let limiter = MemoryLimiter::new(100);
        let window = Duration::from_secs(60);
        let mut log: Vec<(i64, u64)> = Vec::new();
        let mut now = begin;
        for (pause, cost) in steps {
            now += pause;
            let charge = Charge { key: LimitKey::shared("key"), cost, limit, window };
            let at = DateTime::from_timestamp_millis(now).unwrap();
            let decision = runtime.block_on(limiter.charge(&[charge], at)).unwrap();
            let since = |begin: i64| -> u64 {
                log.iter().filter(|(time, _)| *time > begin).map(|(_, cost)| cost).sum()
            };
            if decision.allowed {
                prop_assert!(since(now - 60_000) + cost <= limit, "too much is admitted");
                log.push((now, cost));
            } else {
                prop_assert!(since(now - 61_000) + cost > limit, "too little is admitted");
            }
        }
    }
}
