//! Values of one kind, kept in this process.

use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::future::Cache;

use super::CacheLimits;
use super::statistics::Counter;

/// A bounded map in which values end after a while.
pub(in super::super) struct Kept<K, V> {
    entries: Cache<K, V>,
    pub(in super::super) counter: Counter,
}

impl<K, V> Kept<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Creates an empty map; `bytes` estimates the size of a value.
    pub(in super::super) fn new(limits: CacheLimits, bytes: fn(&V) -> usize) -> Self {
        let weigh = move |_: &K, value: &V| {
            u32::try_from(bytes(value).saturating_add(size_of::<K>())).unwrap_or(u32::MAX)
        };
        let entries = Cache::builder()
            .max_capacity(limits.bytes)
            .weigher(weigh)
            .expire_after(Spread { time_to_live: limits.time_to_live, hasher: RandomState::new() })
            .build();
        Self { entries, counter: Counter::default() }
    }

    pub(in super::super) async fn get(&self, key: &K) -> Option<V> {
        self.entries.get(key).await
    }

    pub(in super::super) async fn insert(&self, key: K, value: V) {
        self.entries.insert(key, value).await;
    }

    /// Puts `value` in, unless the present one is better.
    pub(in super::super) async fn replace(&self, key: K, value: V, is_better: fn(&V, &V) -> bool) {
        let choose = |present: Option<moka::Entry<K, V>>| {
            let present = present.map(moka::Entry::into_value);
            std::future::ready(
                present.filter(|present| is_better(present, &value)).unwrap_or(value.clone()),
            )
        };
        self.entries.entry(key).and_upsert_with(choose).await;
    }

    /// Returns what is kept, or what `make` gives; of simultaneous callers one makes it and the others
    /// wait. Errors are not kept.
    pub(in super::super) async fn get_or<E: Send + Sync + 'static>(
        &self,
        key: K,
        make: impl Future<Output = Result<V, E>>,
    ) -> Result<V, Arc<E>> {
        self.entries.try_get_with(key, make).await
    }
}

impl<K, V> fmt::Debug for Kept<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").field("counter", &self.counter).finish_non_exhaustive()
    }
}

/// Ends values a tenth of their time earlier or later, depending on the key.
struct Spread {
    time_to_live: Duration,
    hasher: RandomState,
}

impl<K: Hash, V> Expiry<K, V> for Spread {
    fn expire_after_create(&self, key: &K, _value: &V, _created_at: Instant) -> Option<Duration> {
        let share = (self.hasher.hash_one(key) % 1_000) as f64 / 1_000.0;
        Some(self.time_to_live.mul_f64(0.9 + 0.2 * share))
    }

    fn expire_after_update(
        &self,
        key: &K,
        value: &V,
        updated_at: Instant,
        _remaining: Option<Duration>,
    ) -> Option<Duration> {
        self.expire_after_create(key, value, updated_at)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use tokio::sync::Barrier;

    use super::*;

    fn kept(bytes: u64) -> Kept<u32, Arc<Vec<u8>>> {
        let limits = CacheLimits { bytes, time_to_live: Duration::from_secs(1_000) };
        Kept::new(limits, |value: &Arc<Vec<u8>>| value.len())
    }

    #[tokio::test]
    async fn of_simultaneous_callers_one_makes_the_value() {
        let (kept, made, all) = (kept(1 << 20), AtomicUsize::new(0), Barrier::new(2));
        let make = || async {
            made.fetch_add(1, Ordering::SeqCst);
            all.wait().await;
            Ok::<_, ()>(Arc::new(vec![1]))
        };
        let callers = join_all((0..50).map(|_| kept.get_or(7, make())));
        let (values, _) = tokio::join!(callers, all.wait());
        assert!(values.iter().all(|value| value.as_ref().is_ok_and(|value| ***value == [1])));
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn failures_are_not_kept() {
        let kept = kept(1 << 20);
        let failed = kept.get_or(7, async { Err::<Arc<Vec<u8>>, _>("no") }).await;
        assert_eq!(*failed.unwrap_err(), "no");
        let made = kept.get_or(7, async { Ok::<_, ()>(Arc::new(vec![2])) }).await;
        assert_eq!(*made.unwrap(), [2]);
    }

    #[tokio::test]
    async fn no_more_bytes_are_kept_than_allowed() {
        let kept = kept(10_000);
        for key in 0..100 {
            kept.insert(key, Arc::new(vec![0; 1_000])).await;
        }
        kept.entries.run_pending_tasks().await;
        assert!(kept.entries.weighted_size() <= 10_000);
        assert!(kept.entries.entry_count() > 0);
    }

    #[tokio::test]
    async fn a_bound_of_nothing_keeps_nothing() {
        let kept = kept(0);
        kept.insert(1, Arc::new(vec![1])).await;
        kept.entries.run_pending_tasks().await;
        assert_eq!(kept.get(&1).await, None);
    }

    #[test]
    fn values_made_together_end_apart_but_near_their_time() {
        let spread =
            Spread { time_to_live: Duration::from_secs(1_000), hasher: RandomState::new() };
        let times: Vec<Duration> = (0..200_u32)
            .filter_map(|key| spread.expire_after_create(&key, &(), Instant::now()))
            .collect();
        let (first, last) = (times.iter().min().unwrap(), times.iter().max().unwrap());
        assert!(*first >= Duration::from_secs(900) && *last <= Duration::from_secs(1_100));
        assert!(*last - *first > Duration::from_secs(100), "{first:?} {last:?}");
    }
}
