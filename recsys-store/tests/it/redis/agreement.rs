//! The limiter in Redis decides as the limiter in process memory, charge by charge.

use std::time::Duration;

use chrono::DateTime;
use proptest::prelude::*;
use recsys_store::memory::MemoryLimiter;
use recsys_store::traits::{Charge, LimitKey, RateLimiter as _};
use recsys_store::types::TenantId;

use super::{RedisLimiter, single};

/// Charges of one call: which of the keys, how much.
fn calls() -> impl Strategy<Value = Vec<(i64, Vec<(usize, u64)>)>> {
    let charges = prop::collection::vec((0_usize..4, 0_u64..6), 1..4);
    prop::collection::vec((0_i64..9_000, charges), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn decisions_and_counts_are_the_same(calls in calls(), limit in 1_u64..20) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (memory, redis) = (MemoryLimiter::new(1_000), RedisLimiter::new(single()));
            let (one, two) = (TenantId::generate(), TenantId::generate());
            let keys = [
                LimitKey::of_tenant(one, "tenant"),
                LimitKey::of_tenant(one, "user"),
                LimitKey::of_tenant(two, "user"),
                LimitKey::shared(one.to_string()),
            ];
            let mut now = 1_800_000_000_000;
            for (pause, charges) in calls {
                now += pause;
                let at = DateTime::from_timestamp_millis(now).unwrap();
                let mut asked: Vec<Charge> = Vec::new();
                for (key, cost) in charges {
                    let window = Duration::from_secs(if key == 1 { 60 } else { 7 });
                    let charge = Charge { key: keys[key].clone(), cost, limit, window };
                    if asked.iter().all(|earlier| earlier.key != charge.key) {
                        asked.push(charge);
                    }
                }
                let expected = memory.charge(&asked, at).await.unwrap();
                let mut found = redis.charge(&asked, at).await.unwrap();
                // What was counted and taken back is gone from the count, but not from its reset.
                if !expected.allowed {
                    for (found, expected) in found.counts.iter_mut().zip(&expected.counts) {
                        found.resets_after = expected.resets_after;
                    }
                }
                prop_assert_eq!(found, expected);
            }
            Ok(())
        })?;
    }
}
