//! The bus inside one process.

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use futures_util::stream::{Stream, StreamExt as _};

use crate::error::Result;
use crate::traits::{Delivery, EventBus, Subscription};
use crate::types::{BusEvent, TenantId, Topic};

/// Events kept for a subscriber that does not take them: more than one bulk mutation announces.
/// Events are shared between subscribers, and an empty mailbox has no room for any.
const MAILBOX: usize = 1_024;

/// An [`EventBus`] that reaches the subscribers of this process. Clones share the subscribers.
///
/// Publishing costs a lookup for each topic and a push for each subscriber.
#[derive(Clone, Debug, Default)]
pub struct LocalBus {
    hub: Arc<RwLock<Hub>>,
}

#[derive(Debug, Default)]
struct Hub {
    topics: HashMap<Topic, Vec<u64>>,
    mailboxes: HashMap<u64, Arc<Mailbox>>,
    /// Subscriptions ever made, which numbers them.
    made: u64,
}

/// What the bus puts and a subscriber takes.
#[derive(Debug, Default)]
struct Mailbox(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    events: VecDeque<Arc<BusEvent>>,
    /// Events that found the mailbox full.
    missed: u64,
    /// There is no bus any more.
    is_closed: bool,
    subscriber: Option<Waker>,
}

impl LocalBus {
    /// Returns a bus without subscribers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl EventBus for LocalBus {
    fn publish(&self, event: BusEvent) {
        let hub = self.hub.read().unwrap_or_else(PoisonError::into_inner);
        let subscribed = event.topics().filter_map(|topic| hub.topics.get(&topic));
        let mut numbers: Vec<u64> = subscribed.flatten().copied().collect();
        if numbers.is_empty() {
            return;
        }
        numbers.sort_unstable();
        numbers.dedup();
        let event = Arc::new(event);
        for mailbox in numbers.iter().filter_map(|number| hub.mailboxes.get(number)) {
            mailbox.put(Arc::clone(&event));
        }
    }

    fn deliver(&self, event: BusEvent) {
        self.publish(event);
    }

    fn miss(&self, tenant: TenantId) {
        let hub = self.hub.read().unwrap_or_else(PoisonError::into_inner);
        let topics = hub.topics.iter().filter(|(topic, _)| topic.tenant == tenant);
        let mut numbers: Vec<u64> = topics.flat_map(|(_, numbers)| numbers).copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        for mailbox in numbers.iter().filter_map(|number| hub.mailboxes.get(number)) {
            mailbox.miss();
        }
    }

    async fn subscribe(&self, topics: &[Topic]) -> Result<Subscription> {
        let mailbox = Arc::<Mailbox>::default();
        let mut hub = self.hub.write().unwrap_or_else(PoisonError::into_inner);
        let number = hub.made;
        hub.made += 1;
        hub.mailboxes.insert(number, Arc::clone(&mailbox));
        for topic in topics {
            hub.topics.entry(*topic).or_default().push(number);
        }
        let (hub, topics) = (Arc::downgrade(&self.hub), topics.into());
        Ok(Subscriber { mailbox, number, topics, hub }.boxed())
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        for mailbox in self.mailboxes.values() {
            mailbox.change(|contents| contents.is_closed = true);
        }
    }
}

impl Mailbox {
    fn put(&self, event: Arc<BusEvent>) {
        self.change(|contents| {
            if contents.events.len() < MAILBOX {
                contents.events.push_back(event);
            } else {
                contents.missed += 1;
            }
        });
    }

    fn miss(&self) {
        self.change(|contents| contents.missed += 1);
    }

    /// Changes the contents and lets the subscriber look at them.
    fn change(&self, change: impl FnOnce(&mut Contents)) {
        let mut contents = self.open();
        change(&mut contents);
        let subscriber = contents.subscriber.take();
        // Whoever is woken may want to open the mailbox at once.
        drop(contents);
        if let Some(subscriber) = subscriber {
            subscriber.wake();
        }
    }

    fn open(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The subscriber's end of a subscription.
struct Subscriber {
    mailbox: Arc<Mailbox>,
    number: u64,
    topics: Box<[Topic]>,
    hub: Weak<RwLock<Hub>>,
}

impl Stream for Subscriber {
    type Item = Delivery;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Delivery>> {
        let mut contents = self.mailbox.open();
        let missed = std::mem::take(&mut contents.missed);
        if missed > 0 {
            return Poll::Ready(Some(Delivery::Missed(missed)));
        }
        if let Some(event) = contents.events.pop_front() {
            if contents.events.is_empty() {
                contents.events = VecDeque::new();
            }
            return Poll::Ready(Some(Delivery::Event(event)));
        }
        if contents.is_closed {
            return Poll::Ready(None);
        }
        contents.subscriber = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        let Some(hub) = self.hub.upgrade() else { return };
        let mut hub = hub.write().unwrap_or_else(PoisonError::into_inner);
        hub.mailboxes.remove(&self.number);
        for topic in &self.topics {
            if let Some(numbers) = hub.topics.get_mut(topic) {
                numbers.retain(|number| *number != self.number);
                if numbers.is_empty() {
                    hub.topics.remove(topic);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Change, ItemId, Subject};

    #[tokio::test]
    async fn nothing_is_left_of_a_subscription_that_ended() {
        let bus = LocalBus::new();
        let (tenant, item) = (TenantId::generate(), ItemId::generate());
        let topic = |subject| Topic { tenant, subject };
        let topics = [topic(Subject::Catalog), topic(Subject::Item(item))];
        let first = bus.subscribe(&topics).await.unwrap();
        let mut second = bus.subscribe(&topics[..1]).await.unwrap();
        drop(first);
        bus.publish(BusEvent::new(tenant, Change::ItemCreated(item)));
        assert!(second.next().await.is_some());
        drop(second);
        let hub = bus.hub.read().unwrap();
        assert!(hub.topics.is_empty() && hub.mailboxes.is_empty());
    }

    #[tokio::test]
    async fn a_subscription_ends_with_its_bus() {
        let bus = LocalBus::new();
        let topic = Topic { tenant: TenantId::generate(), subject: Subject::Models };
        let mut subscription = bus.subscribe(&[topic]).await.unwrap();
        drop(bus);
        assert_eq!(subscription.next().await, None);
    }
}
