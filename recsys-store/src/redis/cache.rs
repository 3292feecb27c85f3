//! The cache that replicas share.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Read as _;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use super::Redis;
use super::names::Purpose;
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::traits::{Cache, CacheKey};
use crate::types::TenantId;

/// Values longer than this are compressed.
const COMPRESSED_FROM: usize = 1_024;
/// A level at which lists shrink to a seventh in less time than they take to travel.
const LEVEL: i32 = 1;
/// Bytes of a value at most, once it is not compressed any more.
const LARGEST: u64 = 64 << 20;

/// How a value is written: its first byte.
const PLAIN: u8 = 0;
const ZSTD: u8 = 1;

/// A [`Cache`] in Redis. Values over a kilobyte are compressed; the time of each is spread by a tenth, so that
/// what was kept together does not end together. Reads of many keys are one command for each tenant.
#[derive(Clone, Debug)]
pub struct RedisCache {
    redis: Redis,
}

impl RedisCache {
    /// Returns a cache over a connection.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self { redis }
    }

    fn name(&self, key: &CacheKey) -> String {
        self.redis.name(Some(key.tenant()), Purpose::Cache, key.name())
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get_many(&self, keys: &[CacheKey]) -> Result<Vec<Option<Bytes>>> {
        let op = "cache.get_many";
        let mut values: Vec<Option<Bytes>> = vec![None; keys.len()];
        for places in by_tenant(keys) {
            let names: Vec<String> = places.iter().map(|at| self.name(&keys[*at])).collect();
            let mut command = redis::cmd("MGET");
            command.arg(&names);
            let found: Vec<Option<Vec<u8>>> =
                self.redis.run(op, async |link| command.query_async(link).await).await?;
            for (at, value) in places.into_iter().zip(found) {
                values[at] = value.map(unpack).transpose()?;
            }
        }
        Ok(values)
    }

    async fn put_many(&self, entries: Vec<(CacheKey, Bytes)>, ttl: Duration) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut pipeline = redis::pipe();
        for (key, value) in &entries {
            let milliseconds = u64::try_from(spread(ttl).as_millis()).unwrap_or(u64::MAX).max(1);
            pipeline.cmd("SET").arg(self.name(key)).arg(pack(value)?).arg("PX").arg(milliseconds);
            pipeline.ignore();
        }
        self.redis.run("cache.put_many", async |link| pipeline.exec_async(link).await).await
    }

    async fn invalidate(&self, keys: &[CacheKey]) -> Result<()> {
        for places in by_tenant(keys) {
            let names: Vec<String> = places.iter().map(|at| self.name(&keys[*at])).collect();
            let mut command = redis::cmd("UNLINK");
            command.arg(&names);
            self.redis.run("cache.invalidate", async |link| command.exec_async(link).await).await?;
        }
        Ok(())
    }
}

/// Groups keys that live in one slot; returns their places.
fn by_tenant(keys: &[CacheKey]) -> impl Iterator<Item = Vec<usize>> + use<> {
    let mut groups: HashMap<TenantId, Vec<usize>> = HashMap::new();
    for (at, key) in keys.iter().enumerate() {
        groups.entry(key.tenant()).or_default().push(at);
    }
    groups.into_values()
}

/// Moves a time by up to a tenth down, never up: a value is kept for its time and no longer.
fn spread(ttl: Duration) -> Duration {
    let share = (RandomState::new().hash_one(0_u8) % 1_000) as f64 / 1_000.0;
    ttl.mul_f64(1.0 - 0.1 * share)
}

fn pack(value: &[u8]) -> Result<Vec<u8>> {
    let packed = if value.len() > COMPRESSED_FROM {
        zstd::bulk::compress(value, LEVEL).map(|body| (ZSTD, body))
    } else {
        Ok((PLAIN, value.to_vec()))
    };
    let (form, mut body) = packed.map_err(|error| {
        StoreError::new(Backend::Redis, "cache.put_many", StoreErrorKind::Internal)
            .with_source(error)
    })?;
    body.insert(0, form);
    Ok(body)
}

fn unpack(mut packed: Vec<u8>) -> Result<Bytes> {
    let corrupt = || StoreError::new(Backend::Redis, "cache.get_many", StoreErrorKind::Corrupt);
    match packed.first() {
        Some(&PLAIN) => Ok(Bytes::from(packed.split_off(1))),
        Some(&ZSTD) => {
            let mut value = Vec::new();
            let read = zstd::Decoder::new(&packed[1..])
                .and_then(|decoder| decoder.take(LARGEST).read_to_end(&mut value));
            read.map(|_| Bytes::from(value)).map_err(|error| corrupt().with_source(error))
        }
        _ => Err(corrupt()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_compressed_and_come_back() {
        for length in [0, 1, COMPRESSED_FROM, COMPRESSED_FROM + 1, 100_000] {
            let value: Vec<u8> = (0..length).map(|at| (at % 7) as u8).collect();
            let packed = pack(&value).unwrap();
            assert_eq!(packed[0], if length > COMPRESSED_FROM { ZSTD } else { PLAIN });
            assert!(length <= COMPRESSED_FROM || packed.len() < length / 2);
            assert_eq!(unpack(packed).unwrap(), value);
        }
    }

    #[test]
    fn what_was_not_packed_here_is_refused() {
        for bytes in [vec![], vec![7, 1, 2], vec![ZSTD, 1, 2, 3]] {
            assert_eq!(*unpack(bytes).unwrap_err().kind(), StoreErrorKind::Corrupt);
        }
    }

    #[test]
    fn times_are_spread_and_never_longer() {
        let ttl = Duration::from_secs(1_000);
        let times: Vec<Duration> = (0..200).map(|_| spread(ttl)).collect();
        assert!(times.iter().all(|time| *time <= ttl && *time >= ttl.mul_f64(0.9)));
        assert!(times.iter().max().unwrap().abs_diff(*times.iter().min().unwrap()) > ttl / 20);
    }
}
