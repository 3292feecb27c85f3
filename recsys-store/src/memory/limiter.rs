//! Counts in process memory.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::error::{Backend, Result, StoreError};
use crate::traits::{Charge, Count, Decision, LimitKey, RateLimiter};
use crate::types::InvalidField;

/// Locks among which the counts are spread.
const SHARDS: usize = 16;
/// Counts in one shard before the first look for idle ones.
const FIRST_SWEEP: usize = 64;

/// A [`RateLimiter`] of this process, for a bounded number of names.
///
/// A count takes at most a kilobyte, most take less than a hundred bytes.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), recsys_store::StoreError> {
/// use std::time::Duration;
///
/// use recsys_store::memory::MemoryLimiter;
/// use recsys_store::traits::{Charge, LimitKey, RateLimiter};
/// use recsys_store::types::now;
///
/// let limiter = MemoryLimiter::new(10_000);
/// let key = LimitKey::shared("ip:192.0.2.7");
/// let charge = Charge { key, cost: 1, limit: 2, window: Duration::from_secs(60) };
/// let now = now();
/// for allowed in [true, true, false] {
///     let decision = limiter.charge(std::slice::from_ref(&charge), now).await?;
///     assert_eq!(decision.allowed, allowed);
/// }
/// # Ok(())
/// # }
/// ```
pub struct MemoryLimiter {
    shards: [Mutex<Shard>; SHARDS],
    hasher: RandomState,
    /// Counts in one shard.
    capacity: usize,
}

impl MemoryLimiter {
    /// Creates a limiter that keeps about `names` counts at most. Past that, those that were not asked for
    /// longest are forgotten.
    #[must_use]
    pub fn new(names: usize) -> Self {
        let capacity = names.div_ceil(SHARDS).max(1);
        let shards = std::array::from_fn(|_| Mutex::new(Shard::new(capacity)));
        Self { shards, hasher: RandomState::new(), capacity }
    }

    /// Returns the number of counts that are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| lock(shard).counts.len()).sum()
    }

    /// Tells whether no count is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[expect(clippy::cast_possible_truncation, reason = "a hash is cut to choose a shard")]
    fn shard_of(&self, key: &LimitKey) -> usize {
        self.hasher.hash_one(key) as usize % SHARDS
    }
}

impl fmt::Debug for MemoryLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLimiter").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

#[async_trait]
impl RateLimiter for MemoryLimiter {
    async fn charge(&self, charges: &[Charge], at: DateTime<Utc>) -> Result<Decision> {
        check_charges(Backend::Memory, charges)?;
        let now = u64::try_from(at.timestamp_millis()).unwrap_or(0);
        // All locks in one order, then decide, then count: nobody sees half of a call.
        let places: Vec<usize> = charges.iter().map(|charge| self.shard_of(&charge.key)).collect();
        let mut locked: [Option<MutexGuard<'_, Shard>>; SHARDS] = std::array::from_fn(|_| None);
        for (index, shard) in self.shards.iter().enumerate() {
            if places.contains(&index) {
                locked[index] = Some(lock(shard));
            }
        }
        let mut allowed = true;
        for (charge, place) in charges.iter().zip(&places) {
            let shard = locked[*place].as_mut().expect("locked above");
            allowed &= shard.count(charge, now).admits(charge);
        }
        let settle = |(charge, place): (&Charge, &usize)| {
            let shard = locked[*place].as_mut().expect("locked above");
            let count = shard.counts.get_mut(&charge.key).expect("counted above");
            let retry_after = count.wait_for(charge);
            if allowed {
                count.add(charge.cost);
            }
            count.state(charge, retry_after)
        };
        let counts = charges.iter().zip(&places).map(settle).collect();
        for shard in locked.iter_mut().flatten() {
            shard.tidy(now);
        }
        Ok(Decision { allowed, counts })
    }
}

/// Refuses what no limiter can decide.
pub(crate) fn check_charges(backend: Backend, charges: &[Charge]) -> Result<()> {
    let invalid = |field: InvalidField| StoreError::invalid(backend, "limits.charge", &field);
    for (index, charge) in charges.iter().enumerate() {
        if charge.window.is_zero() {
            return Err(invalid(InvalidField::new("window", "has no length".to_owned())));
        }
        if charges[..index].iter().any(|earlier| earlier.key == charge.key) {
            let problem = format!("{:?} is charged twice", charge.key.name());
            return Err(invalid(InvalidField::new("key", problem)));
        }
    }
    Ok(())
}

/// A panic while a lock is held leaves counts that are whole: each is changed in one step.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Some of the counts.
struct Shard {
    counts: HashMap<LimitKey, Window>,
    capacity: usize,
    /// How many counts there are when idle ones are looked for next.
    sweep_at: usize,
}

impl Shard {
    fn new(capacity: usize) -> Self {
        Self { counts: HashMap::new(), capacity, sweep_at: FIRST_SWEEP.min(capacity) }
    }

    /// Returns the count of a charge, as it stands at `now`.
    fn count(&mut self, charge: &Charge, now: u64) -> &mut Window {
        let part = part_length(charge.window);
        if !self.counts.contains_key(&charge.key) {
            self.counts.insert(charge.key.clone(), Window::new(part));
        }
        let window = self.counts.get_mut(&charge.key).expect("it is there or was inserted");
        if window.part != part {
            *window = Window::new(part);
        }
        window.advance(now);
        window
    }

    /// Forgets counts that are back at zero, now and then, and the oldest ones where there are too many.
    /// The cost is spread over the calls that brought new names.
    fn tidy(&mut self, now: u64) {
        if self.counts.len() <= self.sweep_at {
            return;
        }
        self.counts.retain(|_, window| !window.is_idle(now));
        if self.counts.len() > self.capacity {
            let mut times: Vec<u64> = self.counts.values().map(|window| window.now).collect();
            let surplus = self.counts.len() - self.capacity + self.capacity / 8;
            let surplus = surplus.min(times.len() - 1);
            let (_, oldest_kept, _) = times.select_nth_unstable(surplus);
            let (oldest_kept, mut surplus) = (*oldest_kept, surplus);
            self.counts.retain(|_, window| {
                let goes = surplus > 0 && window.now <= oldest_kept;
                surplus -= usize::from(goes);
                !goes
            });
        }
        self.sweep_at = (2 * self.counts.len()).max(FIRST_SWEEP).min(self.capacity);
    }
}

/// Length of one part of a window, in milliseconds.
pub(crate) fn part_length(window: Duration) -> u64 {
    let window = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
    window.div_ceil(u64::from(Charge::PARTS)).max(1)
}

/// One count: how much was admitted in each part of the window in which anything was.
struct Window {
    /// Length of a part, in milliseconds.
    part: u64,
    /// The latest time that was seen, in milliseconds.
    now: u64,
    used: u64,
    /// Number of a part since the beginning of time, and what it has; oldest first.
    parts: VecDeque<(u64, u64)>,
}

impl Window {
    fn new(part: u64) -> Self {
        Self { part, now: 0, used: 0, parts: VecDeque::new() }
    }

    /// Lets time pass: parts that have left the window as a whole are dropped.
    fn advance(&mut self, now: u64) {
        self.now = self.now.max(now);
        while let Some((number, used)) = self.parts.front().copied() {
            if self.ends(number) > self.now {
                break;
            }
            self.used -= used;
            self.parts.pop_front();
        }
    }

    /// Returns when a part has left the window: its last moment is one window ago.
    fn ends(&self, number: u64) -> u64 {
        (number + 1 + u64::from(Charge::PARTS)).saturating_mul(self.part)
    }

    fn admits(&self, charge: &Charge) -> bool {
        self.used.saturating_add(charge.cost) <= charge.limit
    }

    fn add(&mut self, cost: u64) {
        if cost == 0 {
            return;
        }
        let number = self.now / self.part;
        self.used += cost;
        match self.parts.back_mut() {
            Some((last, used)) if *last == number => *used += cost,
            _ => self.parts.push_back((number, cost)),
        }
    }

    /// Returns how long it takes until the limit admits the charge.
    fn wait_for(&self, charge: &Charge) -> Duration {
        if charge.cost > charge.limit {
            return charge.window;
        }
        let mut used = self.used;
        let mut wait = 0;
        for (number, part) in &self.parts {
            if used + charge.cost <= charge.limit {
                break;
            }
            used -= part;
            wait = self.ends(*number) - self.now;
        }
        Duration::from_millis(wait)
    }

    fn state(&self, charge: &Charge, retry_after: Duration) -> Count {
        let reset = self.parts.back().map_or(0, |(number, _)| self.ends(*number) - self.now);
        Count {
            used: self.used,
            remaining: charge.limit.saturating_sub(self.used),
            retry_after,
            resets_after: Duration::from_millis(reset),
        }
    }

    fn is_idle(&self, now: u64) -> bool {
        self.parts.back().is_none_or(|(number, _)| self.ends(*number) <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charge(name: impl Into<String>, limit: u64) -> Charge {
        let key = LimitKey::shared(name);
        Charge { key, cost: 1, limit, window: Duration::from_secs(60) }
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    #[tokio::test]
    async fn counts_that_are_idle_are_forgotten() {
        let limiter = MemoryLimiter::new(1_000_000);
        for minute in 0..20 {
            for name in 0..1_000 {
                let charge = charge(format!("{minute}-{name}"), 5);
                limiter.charge(&[charge], at(minute * 120)).await.unwrap();
            }
        }
        assert!(limiter.len() <= 5_000, "{} of 20,000 are kept", limiter.len());
    }

    #[tokio::test]
    async fn of_too_many_counts_the_newest_are_kept() {
        let limiter = MemoryLimiter::new(1_600);
        for name in 0..20_000 {
            limiter.charge(&[charge(format!("{name}"), 1)], at(name / 1_000)).await.unwrap();
        }
        assert!(limiter.len() <= 1_600, "{} are kept", limiter.len());
        let newest = limiter.charge(&[charge("19999", 1)], at(20)).await.unwrap();
        assert!(!newest.allowed, "it is known to be used up");
    }

    #[tokio::test]
    async fn a_count_takes_no_more_memory_than_parts() {
        let limiter = MemoryLimiter::new(16);
        for second in 0..1_000 {
            limiter.charge(&[charge("busy", 1_000_000)], at(second)).await.unwrap();
        }
        let longest = limiter.shards.iter().flat_map(|shard| {
            let shard = lock(shard);
            shard.counts.values().map(|window| window.parts.len()).collect::<Vec<_>>()
        });
        assert!(longest.max().unwrap() <= Charge::PARTS as usize + 1);
    }
}
