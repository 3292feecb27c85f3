//! Cases of limiters. [`rate_limiter_suite!`](crate::rate_limiter_suite) turns them into one test each.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::error::StoreErrorKind;
use crate::traits::{Charge, Decision, LimitKey, RateLimiter};
use crate::types::TenantId;

const MINUTE: Duration = Duration::from_secs(60);

/// A fresh name, since the limiter may be shared with other cases.
fn key(name: &str) -> LimitKey {
    LimitKey::of_tenant(TenantId::generate(), name)
}

fn charge(key: &LimitKey, cost: u64, limit: u64) -> Charge {
    Charge { key: key.clone(), cost, limit, window: MINUTE }
}

/// Returns a moment on a clock that the case moves.
fn at(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_800_000_000_000 + milliseconds).unwrap()
}

async fn decide(limiter: &dyn RateLimiter, charges: &[Charge], at: DateTime<Utc>) -> Decision {
    limiter.charge(charges, at).await.unwrap()
}

/// The limit is admitted, and then nothing until the window has passed.
pub async fn the_limit_is_admitted_and_no_more(limiter: Arc<dyn RateLimiter>) {
    let key = key("user");
    for used in 1..=5 {
        let decision = decide(&*limiter, &[charge(&key, 1, 5)], at(0)).await;
        assert!(decision.allowed);
        let count = decision.counts[0];
        assert_eq!((count.used, count.remaining), (used, 5 - used));
        assert_eq!(count.retry_after, Duration::ZERO);
    }
    let refused = decide(&*limiter, &[charge(&key, 1, 5)], at(59_999)).await;
    assert!(!refused.allowed);
    assert_eq!((refused.counts[0].used, refused.counts[0].remaining), (5, 0));
}

/// Who waits as long as was said is admitted; who does not is not.
pub async fn waiting_as_long_as_was_said_is_enough(limiter: Arc<dyn RateLimiter>) {
    let key = key("user");
    for second in [0, 20, 40] {
        assert!(decide(&*limiter, &[charge(&key, 2, 6)], at(second * 1_000)).await.allowed);
    }
    let mut now = 41_000;
    for cost in [1, 3, 6] {
        let refused = decide(&*limiter, &[charge(&key, cost, 6)], at(now)).await;
        let wait = i64::try_from(refused.counts[0].retry_after.as_millis()).unwrap();
        assert!(!refused.allowed && wait > 0 && wait <= 62_000, "{cost}: {wait}");
        assert!(!decide(&*limiter, &[charge(&key, cost, 6)], at(now + wait - 1)).await.allowed);
        now += wait;
        // A look only: the next case starts from the same events.
        let found = decide(&*limiter, &[charge(&key, 0, 6)], at(now)).await.counts[0];
        assert!(found.remaining >= cost, "{cost}: {found:?}");
    }
}

/// The window slides: no stretch of its length has more than the limit, wherever it begins.
pub async fn no_stretch_of_time_has_more_than_the_limit(limiter: Arc<dyn RateLimiter>) {
    let key = key("user");
    let mut admitted: Vec<i64> = Vec::new();
    // Bursts on both sides of the edges at which fixed windows would begin anew.
    for minute in 0..5_i64 {
        let late = [59_000, 59_998, 59_999];
        let early = [0, 1, 500];
        for offset in if minute % 2 == 0 { late } else { early } {
            let now = minute * 60_000 + offset;
            for _ in 0..8 {
                if decide(&*limiter, &[charge(&key, 1, 10)], at(now)).await.allowed {
                    admitted.push(now);
                }
            }
        }
    }
    for begin in &admitted {
        let within = admitted.iter().filter(|time| (*begin..begin + 60_000).contains(*time));
        assert!(within.count() <= 10, "more than 10 in the minute from {begin}");
    }
    assert!(admitted.len() >= 30, "only {} admitted in five minutes", admitted.len());
}

/// Where one of several limits refuses, none is charged.
pub async fn several_limits_are_charged_all_or_none(limiter: Arc<dyn RateLimiter>) {
    let (wide, narrow) = (key("wide"), key("narrow"));
    let both = [charge(&wide, 3, 100), charge(&narrow, 3, 4)];
    assert!(decide(&*limiter, &both, at(0)).await.allowed);
    let refused = decide(&*limiter, &both, at(1)).await;
    assert!(!refused.allowed);
    assert_eq!(refused.counts[0].retry_after, Duration::ZERO, "this one would have admitted it");
    assert!(refused.counts[1].retry_after > Duration::ZERO);
    assert_eq!((refused.counts[0].used, refused.counts[1].used), (3, 3));
}

/// A thousand callers at once are admitted exactly the limit.
pub async fn simultaneous_callers_are_admitted_exactly_the_limit(limiter: Arc<dyn RateLimiter>) {
    let (tenant, user) = (key("tenant"), key("user"));
    let mut callers = Vec::new();
    for caller in 0..1_000_u64 {
        let limiter = Arc::clone(&limiter);
        // In either order, so that locks taken one after the other would meet.
        let mut charges = vec![charge(&tenant, 1, 10_000), charge(&user, 1, 137)];
        if caller % 2 == 0 {
            charges.reverse();
        }
        callers.push(tokio::spawn(async move { decide(&*limiter, &charges, at(0)).await.allowed }));
    }
    let mut admitted = 0;
    for caller in callers {
        admitted += u64::from(caller.await.unwrap());
    }
    assert_eq!(admitted, 137);
    let looked = decide(&*limiter, &[charge(&tenant, 0, 10_000)], at(0)).await;
    assert_eq!(looked.counts[0].used, 137);
}

/// Costs add up; one above the limit never fits and spoils nothing.
pub async fn costs_add_up(limiter: Arc<dyn RateLimiter>) {
    let key = key("user");
    assert!(decide(&*limiter, &[charge(&key, 7, 10)], at(0)).await.allowed);
    assert!(!decide(&*limiter, &[charge(&key, 4, 10)], at(0)).await.allowed);
    assert!(decide(&*limiter, &[charge(&key, 3, 10)], at(0)).await.allowed);
    let never = decide(&*limiter, &[charge(&key, 11, 10)], at(0)).await;
    assert!(!never.allowed);
    assert_eq!((never.counts[0].used, never.counts[0].retry_after), (10, MINUTE));
}

/// A charge of nothing shows the count and leaves it alone.
pub async fn looking_costs_nothing(limiter: Arc<dyn RateLimiter>) {
    let key = key("user");
    let before = decide(&*limiter, &[charge(&key, 0, 2)], at(0)).await.counts[0];
    assert_eq!((before.used, before.remaining, before.resets_after), (0, 2, Duration::ZERO));
    decide(&*limiter, &[charge(&key, 2, 2)], at(0)).await;
    let decision = decide(&*limiter, &[charge(&key, 0, 2)], at(10_000)).await;
    assert!(decision.allowed);
    assert_eq!((decision.counts[0].used, decision.counts[0].remaining), (2, 0));
    let reset = i64::try_from(decision.counts[0].resets_after.as_millis()).unwrap();
    assert!(reset > 0);
    let later = decide(&*limiter, &[charge(&key, 0, 2)], at(10_000 + reset)).await;
    assert_eq!((later.counts[0].used, later.counts[0].remaining), (0, 2));
}

/// A clock that goes back does not give room a second time.
pub async fn a_clock_that_goes_back_gives_no_room(limiter: Arc<dyn RateLimiter>) {
    let key = key("user");
    assert!(decide(&*limiter, &[charge(&key, 2, 2)], at(300_000)).await.allowed);
    assert!(!decide(&*limiter, &[charge(&key, 1, 2)], at(0)).await.allowed);
    assert!(!decide(&*limiter, &[charge(&key, 1, 2)], at(350_000)).await.allowed);
}

/// The same name in two tenants, and in none, is three counts.
pub async fn tenants_do_not_share_counts(limiter: Arc<dyn RateLimiter>) {
    let name = TenantId::generate().to_string();
    let keys = [
        LimitKey::of_tenant(TenantId::generate(), name.clone()),
        LimitKey::of_tenant(TenantId::generate(), name.clone()),
        LimitKey::shared(name),
    ];
    for key in &keys {
        assert!(decide(&*limiter, &[charge(key, 1, 1)], at(0)).await.allowed);
        assert!(!decide(&*limiter, &[charge(key, 1, 1)], at(0)).await.allowed);
    }
}

/// What cannot be decided is refused by name.
pub async fn wrong_charges_are_refused_by_name(limiter: Arc<dyn RateLimiter>) {
    let key = key("user");
    let twice = [charge(&key, 1, 5), charge(&key, 1, 5)];
    let endless = [Charge { window: Duration::ZERO, ..charge(&key, 1, 5) }];
    for (charges, field) in [(&twice[..], "key"), (&endless[..], "window")] {
        let error = limiter.charge(charges, at(0)).await.unwrap_err();
        assert_eq!(*error.kind(), StoreErrorKind::InvalidInput { field: field.into() });
    }
    let none = decide(&*limiter, &[], at(0)).await;
    assert!(none.allowed && none.counts.is_empty());
}
