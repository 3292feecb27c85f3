//! What a tenant's log of events says about which histories have changed.

use std::collections::HashMap;

use crate::types::{Interaction, UserId};

/// Users kept apart; with more, all histories count as changed.
const MOST_USERS: usize = 100_000;

/// The log up to some position, reduced to what tells whether a list is still right: a list that was made
/// from a history read at version `v` or later is right for as long as the user's version is `v`.
#[derive(Debug, Default)]
pub(super) struct Versions {
    /// Up to where the log has been followed; `None` before the first time.
    position: Option<u64>,
    /// The version of users of whom nothing newer is known.
    base: u64,
    /// The newest event of each user after `base`.
    newest: HashMap<UserId, u64>,
}

impl Versions {
    /// Returns up to where the log has been followed; `None` before the first time.
    pub(super) fn position(&self) -> Option<u64> {
        self.position
    }

    /// Returns the version of a user's history.
    pub(super) fn of(&self, user: UserId) -> u64 {
        self.newest.get(&user).copied().unwrap_or(self.base)
    }

    /// Takes in all events after the position, up to `last`.
    pub(super) fn follow(&mut self, events: &[Interaction], last: u64) {
        if self.newest.len() + events.len() > MOST_USERS {
            return self.restart(last);
        }
        for event in events {
            let newest = self.newest.entry(event.user_id).or_default();
            *newest = event.sequence.max(*newest);
        }
        self.position = Some(last);
    }

    /// Takes every history for changed: what happened up to `last` is not known in detail.
    pub(super) fn restart(&mut self, last: u64) {
        *self = Self { position: Some(last), base: last, newest: HashMap::new() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::event_row;
    use crate::types::{ItemId, NewInteraction, now};

    fn event(user: UserId, sequence: u64) -> Interaction {
        event_row(&NewInteraction::new(user, ItemId::generate(), "view"), sequence, now())
    }

    #[test]
    fn an_event_changes_the_version_of_its_user_only() {
        let (ann, ben) = (UserId::generate(), UserId::generate());
        let mut versions = Versions::default();
        versions.restart(7);
        assert_eq!((versions.of(ann), versions.of(ben)), (7, 7));
        versions.follow(&[event(ann, 8), event(ann, 9)], 9);
        assert_eq!((versions.of(ann), versions.of(ben)), (9, 7));
        assert_eq!(versions.position(), Some(9));
    }

    #[test]
    fn a_restart_changes_the_version_of_everybody() {
        let (ann, ben) = (UserId::generate(), UserId::generate());
        let mut versions = Versions::default();
        versions.follow(&[event(ann, 1)], 1);
        versions.restart(3);
        assert_eq!((versions.of(ann), versions.of(ben)), (3, 3));
    }
}
