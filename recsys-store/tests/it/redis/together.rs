//! Several processes over one Redis.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use recsys_store::EventBus as _;
use recsys_store::redis::Redis;
use recsys_store::traits::{Charge, Delivery, LimitKey, RateLimiter as _, Subscription};
use recsys_store::types::{BusEvent, Change, ItemId, Subject, TenantId, Topic, now};

use super::{RedisBus, RedisLimiter, cluster, single};

pub(super) fn created(tenant: TenantId) -> BusEvent {
    BusEvent::new(tenant, Change::ItemCreated(ItemId::generate()))
}

pub(super) fn catalog(tenant: TenantId) -> [Topic; 1] {
    [Topic { tenant, subject: Subject::Catalog }]
}

/// Returns the next event, past gaps.
pub(super) async fn next_event(subscription: &mut Subscription) -> BusEvent {
    loop {
        if let Delivery::Event(event) = subscription.next().await.unwrap() {
            return BusEvent::clone(&event);
        }
    }
}

async fn news_of_one_reach_the_other(redis: Redis) {
    let (here, there) = (RedisBus::start(&redis).unwrap(), RedisBus::start(&redis).unwrap());
    let (tenant, other) = (TenantId::generate(), TenantId::generate());
    let mut heard_there = there.subscribe(&catalog(tenant)).await.unwrap();
    let mut heard_here = here.subscribe(&catalog(tenant)).await.unwrap();
    let events: Vec<BusEvent> = (0..100).map(|_| created(tenant)).collect();
    here.publish(created(other));
    events.iter().for_each(|event| here.publish(event.clone()));
    for event in &events {
        assert_eq!(next_event(&mut heard_there).await, *event);
        assert_eq!(next_event(&mut heard_here).await, *event, "once, though Redis brings it back");
    }
    let answer = created(tenant);
    there.publish(answer.clone());
    assert_eq!(next_event(&mut heard_here).await, answer);
}

#[tokio::test]
async fn news_of_one_process_reach_the_other() {
    news_of_one_reach_the_other(single()).await;
}

#[tokio::test]
async fn news_of_one_process_reach_the_other_through_a_cluster() {
    news_of_one_reach_the_other(cluster()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_keep_one_limit_together() {
    let limiters: Vec<_> = [single(), single(), single()].map(RedisLimiter::new).into();
    let limiters = Arc::new(limiters);
    let (key, at) = (LimitKey::of_tenant(TenantId::generate(), "user"), now());
    let mut callers = Vec::new();
    for caller in 0..600 {
        let (limiters, key) = (Arc::clone(&limiters), key.clone());
        callers.push(tokio::spawn(async move {
            let window = Duration::from_secs(60);
            let charge = Charge { key, cost: 1, limit: 100, window };
            limiters[caller % 3].charge(&[charge], at).await.unwrap().allowed
        }));
    }
    let mut admitted = 0;
    for caller in callers {
        admitted += usize::from(caller.await.unwrap());
    }
    assert_eq!(admitted, 100);
}
