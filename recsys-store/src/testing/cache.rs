//! Cases of caches. [`cache_suite!`](crate::cache_suite) turns them into one test each.

use std::time::Duration;

use bytes::Bytes;

use crate::traits::{Cache, CacheKey};
use crate::types::TenantId;

const LONG: Duration = Duration::from_secs(60);

fn key(tenant: TenantId, name: &str) -> CacheKey {
    CacheKey::new(tenant, name)
}

/// Values come back in the order of the question, missing ones as `None`.
pub async fn what_was_put_comes_back_in_order(cache: &dyn Cache) {
    let tenant = TenantId::generate();
    let (one, two, three) = (key(tenant, "one"), key(tenant, "two"), key(tenant, "three"));
    let long_name = key(tenant, &"ü".repeat(5_000));
    let bytes: Bytes = (0..=255).cycle().take(70_000).collect::<Vec<u8>>().into();
    let entries = vec![
        (one.clone(), Bytes::from_static(b"1")),
        (three.clone(), bytes.clone()),
        (long_name.clone(), Bytes::new()),
    ];
    cache.put_many(entries, LONG).await.unwrap();
    let found = cache.get_many(&[three, two, one.clone(), long_name, one]).await.unwrap();
    let first = Some(Bytes::from_static(b"1"));
    assert_eq!(found, [Some(bytes), None, first.clone(), Some(Bytes::new()), first]);
    assert!(cache.get_many(&[]).await.unwrap().is_empty());
}

/// A later value takes the place of the former one.
pub async fn a_later_value_replaces_the_former_one(cache: &dyn Cache) {
    let key = key(TenantId::generate(), "key");
    for value in ["first", "second"] {
        cache.put_many(vec![(key.clone(), value.into())], LONG).await.unwrap();
        let found = cache.get_many(std::slice::from_ref(&key)).await.unwrap();
        assert_eq!(found, [Some(Bytes::from_static(value.as_bytes()))]);
    }
}

/// The same name in two tenants is two values.
pub async fn tenants_do_not_share_keys(cache: &dyn Cache) {
    let (one, two) = (key(TenantId::generate(), "key"), key(TenantId::generate(), "key"));
    cache.put_many(vec![(one.clone(), "one".into())], LONG).await.unwrap();
    assert_eq!(cache.get_many(std::slice::from_ref(&two)).await.unwrap(), [None]);
    cache.put_many(vec![(two.clone(), "two".into())], LONG).await.unwrap();
    cache.invalidate(std::slice::from_ref(&two)).await.unwrap();
    assert_eq!(cache.get_many(&[one, two]).await.unwrap(), [Some("one".into()), None]);
}

/// What was invalidated is gone, and unknown keys do no harm.
pub async fn an_invalidated_key_is_gone(cache: &dyn Cache) {
    let tenant = TenantId::generate();
    let (gone, stays) = (key(tenant, "gone"), key(tenant, "stays"));
    let entries = vec![(gone.clone(), "1".into()), (stays.clone(), "2".into())];
    cache.put_many(entries, LONG).await.unwrap();
    cache.invalidate(&[gone.clone(), key(tenant, "unknown")]).await.unwrap();
    assert_eq!(cache.get_many(&[gone, stays]).await.unwrap(), [None, Some("2".into())]);
}

/// A value without time left is not handed out.
pub async fn a_value_ends_with_its_time(cache: &dyn Cache) {
    let key = key(TenantId::generate(), "key");
    cache.put_many(vec![(key.clone(), "1".into())], LONG).await.unwrap();
    cache.put_many(vec![(key.clone(), "2".into())], Duration::from_nanos(1)).await.unwrap();
    while cache.get_many(std::slice::from_ref(&key)).await.unwrap() != [None] {
        tokio::task::yield_now().await;
    }
}
