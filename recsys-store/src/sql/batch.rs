//! Batches: what a call with many rows does, decided on what the database has of them.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::SqlRow;
use crate::rules::{described_by, event_row, item_row, user_row};
use crate::types::{
    Credentials, Interaction, Item, ItemId, NewInteraction, NewItem, NewUser, TenantId, User,
    UserId,
};

/// An event to insert, with the idempotency key and the fingerprint of its request.
pub(crate) type KeyedEvent<'a> = (Interaction, Option<(&'a str, Uuid)>);

/// A user to insert, with the hash of the password.
pub(crate) type UserRow = (User, Option<String>);

/// What a batch of events does: those that are new are recorded, the others are answered as before.
#[derive(Debug)]
pub(crate) struct EventPlan<'a> {
    /// The events to record, in their order.
    pub(crate) fresh: Vec<&'a NewInteraction>,
    answers: Vec<Answer>,
}

#[derive(Debug)]
enum Answer {
    Fresh(usize),
    Stored(Interaction),
}

impl<'a> EventPlan<'a> {
    /// Decides on `events`, given the `known` ones of the same idempotency keys with their
    /// fingerprints. The error is the key that was used before for something else.
    pub(crate) fn new(
        events: &'a [NewInteraction],
        known: &HashMap<String, (Uuid, Interaction)>,
    ) -> Result<Self, &'a str> {
        let mut in_batch: HashMap<&str, (Uuid, usize)> = HashMap::new();
        let mut plan = Self {
            fresh: Vec::with_capacity(events.len()),
            answers: Vec::with_capacity(events.len()),
        };
        for event in events {
            let Some(key) = event.idempotency_key.as_deref() else {
                plan.record(event);
                continue;
            };
            let fingerprint = event.fingerprint();
            let stored = known.get(key).map(|(f, row)| (*f, Answer::Stored(row.clone())));
            let repeated = || in_batch.get(key).map(|(f, index)| (*f, Answer::Fresh(*index)));
            match stored.or_else(repeated) {
                Some((first, _)) if first != fingerprint => return Err(key),
                Some((_, answer)) => plan.answers.push(answer),
                None => {
                    in_batch.insert(key, (fingerprint, plan.fresh.len()));
                    plan.record(event);
                }
            }
        }
        Ok(plan)
    }

    /// Returns one row for each event that was given; `recorded` are those of [`Self::fresh`].
    pub(crate) fn answer(self, recorded: &[Interaction]) -> Vec<Interaction> {
        let row = |answer| match answer {
            Answer::Fresh(index) => Interaction::clone(&recorded[index]),
            Answer::Stored(row) => row,
        };
        self.answers.into_iter().map(row).collect()
    }

    fn record(&mut self, event: &'a NewInteraction) {
        self.answers.push(Answer::Fresh(self.fresh.len()));
        self.fresh.push(event);
    }
}

/// Returns the rows of events that get the sequences up to `last`.
pub(crate) fn keyed_events<'a>(
    events: &[&'a NewInteraction],
    last: u64,
    now: DateTime<Utc>,
) -> Vec<KeyedEvent<'a>> {
    let first = last - events.len() as u64 + 1;
    let keyed = |(event, sequence): (&&'a NewInteraction, u64)| {
        let key = event.idempotency_key.as_deref();
        (event_row(event, sequence, now), key.map(|key| (key, event.fingerprint())))
    };
    events.iter().zip(first..).map(keyed).collect()
}

/// Returns the ids of items that are imported.
pub(crate) fn external_item_ids(tenant: TenantId, items: &[NewItem]) -> Vec<ItemId> {
    let external = items.iter().filter_map(|item| item.external_id.as_deref());
    external.map(|id| ItemId::from_external(tenant, id)).collect()
}

/// Returns the ids of users who are imported.
pub(crate) fn external_user_ids(tenant: TenantId, users: &[NewUser]) -> Vec<UserId> {
    let external = users.iter().filter_map(|user| user.external_id.as_deref());
    external.map(|id| UserId::from_external(tenant, id)).collect()
}

/// Returns imported items as they are to be; those that change something have the given revision.
pub(crate) fn merged_items(
    tenant: TenantId,
    former: &HashMap<ItemId, Item>,
    items: Vec<NewItem>,
    revision: u64,
    now: DateTime<Utc>,
) -> Vec<Item> {
    let ids = external_item_ids(tenant, &items);
    let merged = |(id, new): (&ItemId, NewItem)| match former.get(id) {
        None => item_row(tenant, new, revision, now),
        Some(old) => match described_by(old, new) {
            same if same == *old => same,
            described => Item { revision, updated_at: now, ..described },
        },
    };
    ids.iter().zip(items).map(merged).collect()
}

/// Returns the first item that exists already or comes twice.
pub(crate) fn first_taken_item<'a>(
    items: &'a [Item],
    existing: &HashMap<ItemId, Item>,
) -> Option<&'a Item> {
    let mut seen = HashSet::new();
    items.iter().find(|item| existing.contains_key(&item.id) || !seen.insert(item.id))
}

/// Returns imported users as they are to be: role, preferences and age of those who exist stay.
pub(crate) fn merged_users(
    tenant: TenantId,
    former: &HashMap<UserId, Credentials>,
    users: Vec<NewUser>,
    now: DateTime<Utc>,
) -> Vec<UserRow> {
    let merged = |new: NewUser| {
        let mut user = user_row(tenant, &new, now);
        let mut hash = new.password_hash;
        if let Some(former) = former.get(&user.id) {
            user.role = former.user.role;
            user.preferences.clone_from(&former.user.preferences);
            user.created_at = former.user.created_at;
            hash = hash.or_else(|| former.password_hash.clone());
        }
        (user, hash)
    };
    users.into_iter().map(merged).collect()
}

/// Returns the first email that comes twice.
pub(crate) fn first_repeated_email(rows: &[UserRow]) -> Option<&str> {
    let mut seen = HashSet::new();
    rows.iter().map(|(user, _)| user.email.as_str()).find(|email| !seen.insert(*email))
}

/// Sorts rows into one list for each of `places`, by the number in `column`.
pub(crate) fn by_place<R: SqlRow, T>(
    places: usize,
    found: &[R],
    column: usize,
    read: fn(&R) -> Result<T, sqlx::Error>,
) -> Result<Vec<Vec<T>>, sqlx::Error> {
    let mut lists: Vec<Vec<T>> = std::iter::repeat_with(Vec::new).take(places).collect();
    for row in found {
        let list =
            usize::try_from(row.unsigned(column)?).ok().and_then(|place| lists.get_mut(place));
        list.expect("the number is a place of the parameter").push(read(row)?);
    }
    Ok(lists)
}
