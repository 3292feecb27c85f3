//! Telling subscribers what has changed.

use futures_util::StreamExt as _;

use super::{Result, TenantEngine};
use crate::traits::Subscription;
use crate::types::{BusEvent, Change, Item, Subject, Topic};

impl TenantEngine {
    /// Subscribes to changes in this tenant, to all of `subjects` at once.
    ///
    /// The engine announces what goes through it after the commit, when serving sees it: who reads
    /// upon the news reads the new state. Events, ratings, items and models of others (imports, other processes
    /// that the [bus](super::EngineBuilder::events) does not reach, and those that died before they announced what
    /// they had committed) are told of within two seconds, many at once as a gap. What is told is told at least
    /// once, and of each user in order.
    ///
    /// # Errors
    /// `Unavailable` if the bus cannot be reached.
    pub async fn subscribe(&self, subjects: &[Subject]) -> Result<Subscription> {
        let tenant = self.stores().id;
        let watched = self.shared.outbox.watch(&self.shared, tenant).await?;
        let topics: Vec<Topic> =
            subjects.iter().map(|&subject| Topic { tenant, subject }).collect();
        let news = self.shared.events.subscribe(&topics).await?;
        let held = news.map(move |delivery| {
            let _ = &watched;
            delivery
        });
        Ok(held.boxed())
    }

    /// Announces a change. The engine does it for its own writes; this is for writes that go past it,
    /// for example to the users.
    pub fn announce(&self, change: Change) {
        self.shared.events.publish(BusEvent::new(self.stores().id, change));
    }

    /// Announces what has become of the description of an item.
    pub(super) fn announce_item(&self, item: &Item, change: Change) {
        let event = BusEvent::new(self.stores().id, change).with_revision(Some(item.revision));
        self.shared.events.publish(event);
    }
}
