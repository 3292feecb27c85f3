//! Behind a sentinel, the primary is found, and its successor when it dies.

use std::time::Duration;

use recsys_store::redis::{Redis, RedisConfig};
use recsys_store::traits::{Cache as _, CacheKey};
use recsys_store::types::TenantId;

use super::RedisCache;
use super::server::Server;

const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn the_cache_goes_on_at_the_replica_that_takes_over() {
    let mut primary = Server::start();
    let replica = Server::start_with(&format!("replicaof 127.0.0.1 {}", primary.port()));
    replica.wait_for("role:slave", "master_link_status:up");
    let sentinel = Server::start_sentinel(&format!(
        "sentinel monitor shop 127.0.0.1 {} 1\nsentinel down-after-milliseconds shop 200\n\
         sentinel failover-timeout shop 1000",
        primary.port()
    ));
    sentinel.wait_for("status=ok", "slaves=1");
    let config = RedisConfig::new([format!("redis+sentinel://127.0.0.1:{}/shop", sentinel.port())]);
    let cache =
        RedisCache::new(Redis::open(&config.with_pause(Duration::from_millis(50))).unwrap());
    let key = CacheKey::new(TenantId::generate(), "key");
    while cache.put_many(vec![(key.clone(), "1".into())], LONG).await.is_err() {}
    assert_eq!(cache.get_many(std::slice::from_ref(&key)).await.unwrap(), [Some("1".into())]);
    primary.stop();
    while cache.put_many(vec![(key.clone(), "2".into())], LONG).await.is_err() {
        tokio::task::yield_now().await;
    }
    replica.wait_for("role:master", "connected_slaves:0");
    assert_eq!(cache.get_many(&[key]).await.unwrap(), [Some("2".into())]);
}
