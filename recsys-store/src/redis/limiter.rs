//! Limits that replicas keep together.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use redis::Script;

use super::Redis;
use super::names::Purpose;
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::memory::{MemoryLimiter, check_charges, part_length};
use crate::traits::{Charge, Count, Decision, RateLimiter};
use crate::types::TenantId;

/// Whole numbers up to here are exact in a script.
const LARGEST: u64 = 1 << 53;
/// Counts kept by this process while Redis cannot be reached.
const LOCAL_COUNTS: usize = 200_000;

/// A [`RateLimiter`] in Redis, exact for all processes together.
///
/// The charges of one tenant, and those of no tenant, are decided by one script in one round trip. A call with
/// charges of several tenants is decided tenant by tenant, and what was counted is taken back when one
/// refuses: in between, others may be refused by what is taken back, but never admitted above a limit.
///
/// While Redis cannot be reached, each process keeps the limits alone, dividing them by the number of
/// replicas it was told of; what Redis had counted does not count then.
pub struct RedisLimiter {
    redis: Redis,
    charge: Script,
    refund: Script,
    alone: MemoryLimiter,
    replicas: u64,
}

/// What a script decided on some of the charges.
struct Decided {
    allowed: bool,
    /// The count of each charge and the part that it was counted in.
    counts: Vec<(Count, u64)>,
}

impl RedisLimiter {
    /// Returns a limiter over a connection.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self {
            redis,
            charge: Script::new(include_str!("charge.lua")),
            refund: Script::new(include_str!("refund.lua")),
            alone: MemoryLimiter::new(LOCAL_COUNTS),
            replicas: 1,
        }
    }

    /// Sets by how much limits are divided while Redis cannot be reached; default 1.
    #[must_use]
    pub fn with_replicas(mut self, replicas: u32) -> Self {
        self.replicas = u64::from(replicas.max(1));
        self
    }

    async fn decide(&self, charges: &[Charge], at: DateTime<Utc>) -> Result<Decision> {
        let mut allowed = true;
        let mut counts: Vec<Option<Count>> = vec![None; charges.len()];
        let mut charged: Vec<(usize, u64)> = Vec::new();
        for places in by_tenant(charges) {
            let decided = self.run(charges, &places, at, allowed).await?;
            allowed &= decided.allowed;
            for (place, (count, part)) in places.into_iter().zip(decided.counts) {
                counts[place] = Some(count);
                if allowed && charges[place].cost > 0 {
                    charged.push((place, part));
                }
            }
        }
        if !allowed {
            for (place, part) in charged {
                let charge = &charges[place];
                self.take_back(charge, part).await?;
                if let Some(count) = &mut counts[place] {
                    count.used -= charge.cost.min(count.used);
                    count.remaining = charge.limit.saturating_sub(count.used);
                }
            }
        }
        Ok(Decision { allowed, counts: counts.into_iter().flatten().collect() })
    }

    /// Decides on the charges at `places`, which live in one slot, and counts them if they are admitted and
    /// `count` says so.
    async fn run(
        &self,
        charges: &[Charge],
        places: &[usize],
        at: DateTime<Utc>,
        count: bool,
    ) -> Result<Decided> {
        let mut invocation = self.charge.prepare_invoke();
        invocation.arg(at.timestamp_millis().max(0)).arg(i32::from(count));
        for place in places {
            let Charge { cost, limit, window, .. } = &charges[*place];
            let window_length = u64::try_from(window.as_millis()).unwrap_or(u64::MAX);
            invocation.key(self.name(&charges[*place]));
            invocation.arg(part_length(*window)).arg(cost.min(&LARGEST));
            invocation.arg(limit.min(&LARGEST)).arg(window_length.min(LARGEST));
        }
        let answer: Vec<u64> = self
            .redis
            .run("limits.charge", async |link| invocation.invoke_async(link).await)
            .await?;
        let unexpected =
            || StoreError::new(Backend::Redis, "limits.charge", StoreErrorKind::Internal);
        let (allowed, rest) = answer.split_first().ok_or_else(unexpected)?;
        let count = |(place, state): (&usize, &[u64])| {
            let charge = &charges[*place];
            let count = Count {
                used: state[0],
                remaining: charge.limit.saturating_sub(state[0]),
                retry_after: Duration::from_millis(state[1]),
                resets_after: Duration::from_millis(state[2]),
            };
            (count, state[3])
        };
        let counts: Vec<_> = places.iter().zip(rest.chunks_exact(4)).map(count).collect();
        if counts.len() != places.len() {
            return Err(unexpected());
        }
        Ok(Decided { allowed: *allowed == 1, counts })
    }

    async fn take_back(&self, charge: &Charge, part: u64) -> Result<()> {
        let mut invocation = self.refund.key(self.name(charge));
        invocation.arg(part).arg(charge.cost.min(LARGEST));
        self.redis.run("limits.refund", async |link| invocation.invoke_async(link).await).await
    }

    fn name(&self, charge: &Charge) -> String {
        self.redis.name(charge.key.tenant(), Purpose::Limit, charge.key.name())
    }

    async fn decide_alone(&self, charges: &[Charge], at: DateTime<Utc>) -> Result<Decision> {
        let share = |charge: &Charge| Charge {
            limit: charge.limit.div_ceil(self.replicas),
            ..charge.clone()
        };
        let shares: Vec<Charge> = charges.iter().map(share).collect();
        self.alone.charge(&shares, at).await
    }
}

#[async_trait]
impl RateLimiter for RedisLimiter {
    async fn charge(&self, charges: &[Charge], at: DateTime<Utc>) -> Result<Decision> {
        check_charges(Backend::Redis, charges)?;
        match self.decide(charges, at).await {
            Err(error) if error.is_retryable() => self.decide_alone(charges, at).await,
            decided => decided,
        }
    }
}

impl fmt::Debug for RedisLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisLimiter")
            .field("redis", &self.redis)
            .field("replicas", &self.replicas)
            .finish_non_exhaustive()
    }
}

/// Groups charges whose counts live in one slot, in the order of their tenants, so that simultaneous calls
/// meet in one order.
fn by_tenant(charges: &[Charge]) -> Vec<Vec<usize>> {
    let tenant = |place: &usize| -> Option<TenantId> { charges[*place].key.tenant() };
    let mut places: Vec<usize> = (0..charges.len()).collect();
    places.sort_by_key(tenant);
    places.chunk_by(|one, other| tenant(one) == tenant(other)).map(<[usize]>::to_vec).collect()
}
