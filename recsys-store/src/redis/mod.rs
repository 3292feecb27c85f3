//! What replicas share besides the database, in Redis: one node, a cluster, or a primary that sentinels
//! name.
//!
//! Redis is never the truth. While it cannot be reached, the cache misses, limits are kept by each process
//! alone, and announcements reach the process that made them; a circuit breaker keeps that cheap. All names
//! of a tenant carry the tenant as their hash tag, so that they live in one slot of a cluster and one
//! script can decide on several of them.

mod bus;
mod cache;
mod config;
mod connection;
mod limiter;
mod names;

pub use self::bus::RedisBus;
pub use self::cache::RedisCache;
pub use self::config::RedisConfig;
pub use self::connection::Redis;
pub use self::limiter::RedisLimiter;
