//! The rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::rules::Counted;
use crate::types::{
    Credentials, Interaction, Item, ItemId, ModelVersion, Rating, Tenant, TenantId, TokenDigest,
    TrainingJob, UserId,
};

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) tenants: BTreeMap<TenantId, TenantState>,
}

#[derive(Debug, Default)]
pub(super) struct TenantState {
    pub(super) tenant: Option<Tenant>,
    pub(super) users: BTreeMap<UserId, Credentials>,
    pub(super) emails: HashMap<String, UserId>,
    pub(super) items: BTreeMap<ItemId, Item>,
    /// Every item that exists or existed, by the revision of its newest state.
    pub(super) feed: BTreeSet<(u64, ItemId)>,
    /// The revision that last changed the description of each item.
    pub(super) described: HashMap<ItemId, u64>,
    /// Revision of the deletion of each item that is gone.
    pub(super) deleted: HashMap<ItemId, u64>,
    pub(super) revision: u64,
    pub(super) events: BTreeMap<u64, Interaction>,
    pub(super) events_of: HashMap<UserId, BTreeSet<(DateTime<Utc>, u64)>>,
    pub(super) last_sequence: u64,
    /// Idempotency key to fingerprint and sequence.
    pub(super) keys: HashMap<String, (Uuid, u64)>,
    pub(super) ratings: BTreeMap<(UserId, ItemId), Rating>,
    /// In order of publication.
    pub(super) models: Vec<(ModelVersion, Bytes)>,
    /// The current version of each algorithm.
    pub(super) current: BTreeMap<String, Uuid>,
    /// In order of queueing.
    pub(super) jobs: Vec<JobRow>,
    pub(super) sessions: HashMap<TokenDigest, SessionRow>,
}

#[derive(Debug)]
pub(super) struct JobRow {
    pub(super) job: TrainingJob,
    pub(super) owner: Option<String>,
    pub(super) lease_until: Option<DateTime<Utc>>,
    pub(super) cancel_requested: bool,
}

#[derive(Clone, Debug)]
pub(super) struct SessionRow {
    pub(super) family: Uuid,
    pub(super) user_id: UserId,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) used: bool,
}

impl TenantState {
    /// Puts an item in its newest state, which carries a fresh revision, into catalogue and feed.
    pub(super) fn put_item(&mut self, item: Item) {
        self.described.insert(item.id, item.revision);
        self.put_counts(item);
    }

    /// The same for an item of which only the counters have changed.
    pub(super) fn put_counts(&mut self, item: Item) {
        let id = item.id;
        self.leave_feed(id);
        self.feed.insert((item.revision, id));
        self.deleted.remove(&id);
        self.items.insert(id, item);
    }

    /// Returns the current model of each algorithm, by algorithm.
    pub(super) fn current_models(&self) -> impl Iterator<Item = &ModelVersion> {
        let find = |id: &Uuid| self.models.iter().find(|(version, _)| version.id == *id);
        self.current.values().filter_map(find).map(|(version, _)| version)
    }

    /// Takes an item and everything that refers to it away, and notes the deletion in the feed.
    pub(super) fn remove_item(&mut self, id: ItemId) {
        self.leave_feed(id);
        self.revision += 1;
        self.feed.insert((self.revision, id));
        self.deleted.insert(id, self.revision);
        self.items.remove(&id);
        self.described.remove(&id);
        self.ratings.retain(|(_, item), _| *item != id);
        let gone = self.events.extract_if(.., |_, event| event.item_id == id);
        for (sequence, event) in gone {
            if let Some(of_user) = self.events_of.get_mut(&event.user_id) {
                of_user.remove(&(event.at, sequence));
            }
        }
        let events = &self.events;
        self.keys.retain(|_, (_, sequence)| events.contains_key(sequence));
    }

    /// Erases a user with everything that refers to the user; false if there was none.
    pub(super) fn remove_user(&mut self, id: UserId) -> bool {
        let Some(gone) = self.users.remove(&id) else { return false };
        self.emails.remove(&gone.user.email);
        self.sessions.retain(|_, session| session.user_id != id);
        let mut counts: BTreeMap<ItemId, Counted> = BTreeMap::new();
        for (_, event) in self.events.extract_if(.., |_, event| event.user_id == id) {
            counts.entry(event.item_id).or_default().interactions += 1;
        }
        for ((_, item), rating) in self.ratings.extract_if(.., |(user, _), _| *user == id) {
            let counted = counts.entry(item).or_default();
            counted.ratings += 1;
            counted.rating_sum += rating.rating;
        }
        self.events_of.remove(&id);
        let events = &self.events;
        self.keys.retain(|_, (_, sequence)| events.contains_key(sequence));
        self.last_sequence += 1;
        self.revision += u64::from(!counts.is_empty());
        for (item, counted) in counts {
            if let Some(mut item) = self.items.get(&item).cloned() {
                item.interaction_count -= counted.interactions;
                item.rating_count -= counted.ratings;
                item.rating_sum -= counted.rating_sum;
                item.revision = self.revision;
                self.put_counts(item);
            }
        }
        true
    }

    pub(super) fn put_event(&mut self, event: Interaction) {
        self.events_of.entry(event.user_id).or_default().insert((event.at, event.sequence));
        self.last_sequence = event.sequence;
        self.events.insert(event.sequence, event);
    }

    /// Returns the events of a user, newest first.
    pub(super) fn history(&self, user: UserId) -> impl Iterator<Item = &Interaction> {
        let of_user = self.events_of.get(&user).into_iter().flatten().rev();
        of_user.filter_map(|(_, sequence)| self.events.get(sequence))
    }

    fn leave_feed(&mut self, id: ItemId) {
        let live = self.items.get(&id).map(|item| item.revision);
        if let Some(revision) = live.or_else(|| self.deleted.get(&id).copied()) {
            self.feed.remove(&(revision, id));
        }
    }
}
