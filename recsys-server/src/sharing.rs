//! What servers share besides the database: a cache of lists, limits, and announcements.

use recsys_store::StoreError;
use recsys_store::engine::EngineBuilder;
use recsys_store::redis::{Redis, RedisBus, RedisCache, RedisConfig, RedisLimiter};
use std::sync::Arc;

/// A Redis that servers share. Clones share the connections.
#[derive(Clone, Debug)]
pub struct Sharing {
    redis: Redis,
    bus: RedisBus,
}

impl Sharing {
    /// Prepares the connections; they are made in the background. Needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`StoreError`] for addresses that cannot be read.
    pub fn open(config: &RedisConfig) -> Result<Self, StoreError> {
        let redis = Redis::open(config)?;
        let bus = RedisBus::start(&redis)?;
        Ok(Self { redis, bus })
    }

    /// Lets an engine share what it keeps ready and what it announces.
    pub fn equip(&self, engine: EngineBuilder) -> EngineBuilder {
        let cache = RedisCache::new(self.redis.clone());
        engine.events(Arc::new(self.bus.clone())).shared_cache(Arc::new(cache))
    }

    /// Returns limits that hold for all servers together; divided by `replicas` while Redis is away.
    pub fn limiter(&self, replicas: u32) -> RedisLimiter {
        RedisLimiter::new(self.redis.clone()).with_replicas(replicas)
    }

    /// Tells whether Redis answers.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it does not.
    pub async fn health(&self) -> Result<(), StoreError> {
        self.redis.ping().await
    }

    /// Waits until what was announced is on its way, or cannot be sent.
    pub async fn close(&self) {
        self.bus.flush().await;
    }
}
