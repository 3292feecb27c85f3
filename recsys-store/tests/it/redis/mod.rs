//! Redis, alone and as a cluster, passes the suites of caches, limiters and buses; and what happens when it
//! fails.

mod agreement;
mod outage;
mod sentinel;
mod server;
mod together;

use std::time::Duration;

use recsys_store::redis::{Redis, RedisBus, RedisCache, RedisConfig, RedisLimiter};

/// Returns the address in a variable that `.ci/services` sets.
fn address(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        unreachable!("{variable} is not set: run the tests through .ci/test, which starts Redis")
    })
}

/// Connects with more patience than users have: on a busy machine a late answer is not an outage.
fn open(address: String) -> Redis {
    let mut config = RedisConfig::new([address]);
    config.response_timeout = Duration::from_secs(10);
    config.connection_timeout = Duration::from_secs(10);
    Redis::open(&config).unwrap()
}

fn single() -> Redis {
    open(address("RECSYS_TEST_REDIS"))
}

fn cluster() -> Redis {
    open(address("RECSYS_TEST_REDIS_CLUSTER"))
}

/// The suites, over one kind of connection.
macro_rules! suites {
    ($redis:ident) => {
        mod $redis {
            mod cache {
                async fn open() -> $crate::redis::RedisCache {
                    std::future::ready($crate::redis::RedisCache::new($crate::redis::$redis()))
                        .await
                }
                recsys_store::cache_suite!(open);
            }

            mod limiter {
                async fn open() -> $crate::redis::RedisLimiter {
                    let limiter = $crate::redis::RedisLimiter::new($crate::redis::$redis());
                    std::future::ready(limiter).await
                }
                recsys_store::rate_limiter_suite!(open);
            }

            mod bus {
                async fn open() -> $crate::redis::RedisBus {
                    let bus = $crate::redis::RedisBus::start(&$crate::redis::$redis()).unwrap();
                    std::future::ready(bus).await
                }
                recsys_store::event_bus_suite!(open);
            }
        }
    };
}

suites!(single);
suites!(cluster);
