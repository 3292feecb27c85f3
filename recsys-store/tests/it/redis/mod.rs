//! Redis, alone and as a cluster, passes the suites of caches, limiters and buses; and what happens when it
//! fails.

mod agreement;
mod outage;
mod server;
mod together;

use recsys_store::redis::{Redis, RedisBus, RedisCache, RedisConfig, RedisLimiter};

/// Returns the address in a variable that `.ci/services` sets.
fn address(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        unreachable!("{variable} is not set: run the tests through .ci/test, which starts Redis")
    })
}

fn single() -> Redis {
    Redis::open(&RedisConfig::new([address("RECSYS_TEST_REDIS")])).unwrap()
}

fn cluster() -> Redis {
    Redis::open(&RedisConfig::new([address("RECSYS_TEST_REDIS_CLUSTER")])).unwrap()
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
