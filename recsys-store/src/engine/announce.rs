//! Telling subscribers what has changed.

use super::{Result, TenantEngine};
use crate::traits::Subscription;
use crate::types::{BusEvent, Change, Subject, Topic};

impl TenantEngine {
    /// Subscribes to changes in this tenant, to all of `subjects` at once.
    ///
    /// The engine announces what goes through it after the commit, when serving sees it: who reads
    /// upon the news reads the new state. Imports announce nothing. Other processes are heard if the
    /// [bus](super::EngineBuilder::events) reaches them.
    ///
    /// # Errors
    /// `Unavailable` if the bus cannot be reached.
    pub async fn subscribe(&self, subjects: &[Subject]) -> Result<Subscription> {
        let tenant = self.stores().id;
        let topics: Vec<Topic> =
            subjects.iter().map(|&subject| Topic { tenant, subject }).collect();
        Ok(self.shared.events.subscribe(&topics).await?)
    }

    /// Announces a change. The engine does it for its own writes; this is for writes that go past it,
    /// for example to the users.
    pub fn announce(&self, change: Change) {
        self.shared.events.publish(BusEvent { tenant: self.stores().id, change });
    }
}
