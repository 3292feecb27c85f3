//! Cases of the bus.

use futures_util::{FutureExt as _, StreamExt as _};

use crate::traits::{Delivery, EventBus, Subscription};
use crate::types::{BusEvent, Change, Interaction, InteractionId, ItemId, Subject, Topic};
use crate::types::{TenantId, UserId, now};

/// More than any bus keeps for one subscriber.
const MANY: u64 = 100_000;

fn topic(tenant: TenantId, subject: Subject) -> Topic {
    Topic { tenant, subject }
}

fn created(tenant: TenantId, item: ItemId) -> BusEvent {
    BusEvent::new(tenant, Change::ItemCreated(item))
}

fn viewed(tenant: TenantId, user_id: UserId, item_id: ItemId) -> BusEvent {
    let event = Interaction {
        id: InteractionId::generate(),
        user_id,
        item_id,
        kind: "view".to_owned(),
        value: 1.0,
        context: None,
        recommendation_id: None,
        at: now(),
        created_at: now(),
        sequence: 1,
    };
    BusEvent::new(tenant, Change::InteractionRecorded(Box::new(event)))
}

async fn next_event(subscription: &mut Subscription) -> BusEvent {
    let event = match subscription.next().await.unwrap() {
        Delivery::Event(event) => Some(BusEvent::clone(&event)),
        Delivery::Missed(_) => None,
    };
    event.unwrap()
}

/// Subscribers of a topic all hear of what is announced under it, in order, and of nothing else.
pub async fn every_subscriber_of_a_topic_hears_of_it_in_order(bus: &dyn EventBus) {
    let (tenant, user) = (TenantId::generate(), UserId::generate());
    let catalog = [topic(tenant, Subject::Catalog)];
    let mut first = bus.subscribe(&catalog).await.unwrap();
    let mut second = bus.subscribe(&catalog).await.unwrap();
    bus.publish(viewed(tenant, user, ItemId::generate()));
    let events: Vec<BusEvent> = (0..50).map(|_| created(tenant, ItemId::generate())).collect();
    events.iter().for_each(|event| bus.publish(event.clone()));
    for subscription in [&mut first, &mut second] {
        for event in &events {
            assert_eq!(next_event(subscription).await, *event);
        }
    }
}

/// An event about several subjects reaches a subscriber of several of them once.
pub async fn an_event_of_several_topics_arrives_once(bus: &dyn EventBus) {
    let (tenant, user, item) = (TenantId::generate(), UserId::generate(), ItemId::generate());
    let subjects = [Subject::User(user), Subject::Item(item), Subject::Feedback];
    let mut all = bus.subscribe(&subjects.map(|subject| topic(tenant, subject))).await.unwrap();
    let mut one = bus.subscribe(&[topic(tenant, subjects[1])]).await.unwrap();
    let (first, second) = (viewed(tenant, user, item), viewed(tenant, user, item));
    bus.publish(first.clone());
    bus.publish(second.clone());
    for subscription in [&mut all, &mut one] {
        assert_eq!(next_event(subscription).await, first);
        assert_eq!(next_event(subscription).await, second);
    }
}

/// The same subject in another tenant is another topic.
pub async fn tenants_do_not_hear_each_other(bus: &dyn EventBus) {
    let (here, there, item) = (TenantId::generate(), TenantId::generate(), ItemId::generate());
    let subjects = [Subject::Item(item), Subject::Catalog];
    let mut ours = bus.subscribe(&subjects.map(|subject| topic(here, subject))).await.unwrap();
    bus.publish(created(there, item));
    bus.publish(created(here, item));
    assert_eq!(next_event(&mut ours).await.tenant, here);
}

/// Who does not listen holds nobody up, is told of the gap, and hears what comes later.
pub async fn who_does_not_listen_is_told_and_hears_later_events(bus: &dyn EventBus) {
    let (tenant, item) = (TenantId::generate(), ItemId::generate());
    let item_topic = [topic(tenant, Subject::Item(item))];
    let mut slow = bus.subscribe(&item_topic).await.unwrap();
    let mut other = bus.subscribe(&[topic(tenant, Subject::Models)]).await.unwrap();
    for _ in 0..MANY {
        bus.publish(created(tenant, item));
    }
    let model = Change::ModelPublished { algorithm: "als".into(), version: item.0 };
    bus.publish(BusEvent::new(tenant, model.clone()));
    assert_eq!(next_event(&mut other).await.change, model);
    let (mut kept, mut missed) = (0, 0);
    while kept + missed < MANY {
        match slow.next().await.unwrap() {
            Delivery::Event(_) => kept += 1,
            Delivery::Missed(some) => missed += some,
        }
    }
    assert!(kept > 0 && missed > MANY / 2, "{kept} kept, {missed} missed");
    let last = BusEvent::new(tenant, Change::ItemDeleted(item));
    bus.publish(last.clone());
    assert_eq!(next_event(&mut slow).await, last);
}

/// There is nothing to hear of what happened before.
pub async fn what_was_announced_before_is_not_heard(bus: &dyn EventBus) {
    let (tenant, item) = (TenantId::generate(), ItemId::generate());
    bus.publish(created(tenant, item));
    let mut late = bus.subscribe(&[topic(tenant, Subject::Catalog)]).await.unwrap();
    assert_eq!(late.next().now_or_never(), None);
    let event = BusEvent::new(tenant, Change::ItemChanged(item)).with_revision(Some(7));
    bus.publish(event.clone());
    assert_eq!(next_event(&mut late).await, event);
}

/// What is delivered in this process arrives here like what is announced.
pub async fn what_is_delivered_here_is_heard_here(bus: &dyn EventBus) {
    let (tenant, item) = (TenantId::generate(), ItemId::generate());
    let mut heard = bus.subscribe(&[topic(tenant, Subject::Item(item))]).await.unwrap();
    let (first, second) = (created(tenant, item), viewed(tenant, UserId::generate(), item));
    bus.deliver(first.clone());
    bus.deliver(created(TenantId::generate(), item));
    bus.publish(second.clone());
    assert_eq!(next_event(&mut heard).await, first);
    assert_eq!(next_event(&mut heard).await, second);
}

/// All subscribers of a tenant are told of a gap, those of others are not.
pub async fn a_gap_is_told_to_the_subscribers_of_its_tenant(bus: &dyn EventBus) {
    let (here, there) = (TenantId::generate(), TenantId::generate());
    let mut catalog = bus.subscribe(&[topic(here, Subject::Catalog)]).await.unwrap();
    let mut models = bus.subscribe(&[topic(here, Subject::Models)]).await.unwrap();
    let mut elsewhere = bus.subscribe(&[topic(there, Subject::Catalog)]).await.unwrap();
    bus.miss(here);
    for subscription in [&mut catalog, &mut models] {
        assert!(matches!(subscription.next().await, Some(Delivery::Missed(_))));
    }
    let event = created(there, ItemId::generate());
    bus.publish(event.clone());
    assert_eq!(next_event(&mut elsewhere).await, event);
}
