//! Redis goes away and comes back.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use recsys_store::EventBus as _;
use recsys_store::redis::{Redis, RedisConfig};
use recsys_store::traits::{Cache as _, CacheKey, Charge, Delivery, LimitKey, RateLimiter as _};
use recsys_store::types::{TenantId, now};

use super::server::Server;
use super::together::{catalog, created, next_event};
use super::{RedisBus, RedisCache, RedisLimiter};

const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn the_cache_fails_at_once_and_works_again_later() {
    let mut server = Server::start();
    let cache = RedisCache::new(server.redis());
    let key = CacheKey::new(TenantId::generate(), "key");
    cache.put_many(vec![(key.clone(), "1".into())], LONG).await.unwrap();
    server.stop();
    // The circuit breaker opens after some failures; from then on a call costs nothing.
    for _ in 0..6 {
        assert!(cache.get_many(std::slice::from_ref(&key)).await.unwrap_err().is_retryable());
    }
    server.start_again();
    while cache.put_many(vec![(key.clone(), "2".into())], LONG).await.is_err() {
        tokio::task::yield_now().await;
    }
    assert_eq!(cache.get_many(&[key]).await.unwrap(), [Some("2".into())]);
}

#[tokio::test]
async fn what_does_not_answer_is_left_alone() {
    // A port that takes connections and never says anything.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("redis://{}", silent.local_addr().unwrap());
    let mut config = RedisConfig::new([address]);
    config.response_timeout = Duration::from_millis(60);
    let redis = Redis::open(&config).unwrap();
    let mut waited = Vec::new();
    for _ in 0..8 {
        let begin = Instant::now();
        assert!(redis.ping().await.unwrap_err().is_retryable());
        waited.push(begin.elapsed());
    }
    let refused = waited.iter().filter(|waited| **waited < Duration::from_millis(50)).count();
    assert!(refused >= 3, "{waited:?}");
}

#[tokio::test]
async fn each_process_keeps_its_share_of_a_limit_alone() {
    let mut server = Server::start();
    let limiter = RedisLimiter::new(server.redis()).with_replicas(3);
    let key = LimitKey::of_tenant(TenantId::generate(), "user");
    let charge = || Charge { key: key.clone(), cost: 1, limit: 9, window: LONG };
    let at = now();
    for _ in 0..4 {
        assert!(limiter.charge(&[charge()], at).await.unwrap().allowed);
    }
    server.stop();
    let mut admitted = 0;
    for _ in 0..9 {
        admitted += u32::from(limiter.charge(&[charge()], at).await.unwrap().allowed);
    }
    assert_eq!(admitted, 3, "a third of the limit");
    server.start_again();
    // It has forgotten what it had counted.
    while limiter.charge(&[charge()], at).await.unwrap().counts[0].remaining <= 3 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn subscribers_hear_their_own_process_and_are_told_of_the_gap() {
    let mut server = Server::start();
    let (here, there) =
        (RedisBus::start(&server.redis()).unwrap(), RedisBus::start(&server.redis()).unwrap());
    let tenant = TenantId::generate();
    let mut heard = here.subscribe(&catalog(tenant)).await.unwrap();
    let before = created(tenant);
    there.publish(before.clone());
    assert_eq!(next_event(&mut heard).await, before);
    server.stop();
    there.publish(created(tenant));
    let own = created(tenant);
    here.publish(own.clone());
    assert_eq!(next_event(&mut heard).await, own);
    server.start_again();
    assert!(matches!(heard.next().await, Some(Delivery::Missed(_))));
    let after = created(tenant);
    // The other process may not have found its way back yet.
    loop {
        there.publish(after.clone());
        let news = tokio::time::timeout(Duration::from_millis(100), next_event(&mut heard)).await;
        if news.is_ok_and(|event| event == after) {
            break;
        }
    }
}
