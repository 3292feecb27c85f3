//! Events and ratings, in memory.

use std::cmp::Reverse;
use std::collections::HashMap;

use async_trait::async_trait;

use super::state::TenantState;
use super::{MemoryTenant, count, invalid, missing};
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::rules::{
    Counted, check_events, check_ratings, count_events, event_row, plan_ratings, rating_event,
};
use crate::traits::InteractionStore;
use crate::types::{Interaction, ItemId, NewInteraction, NewRating, Rating, UserId, now};

#[async_trait]
impl InteractionStore for MemoryTenant {
    async fn append(&self, events: &[NewInteraction]) -> Result<Vec<Interaction>> {
        const OP: &str = "interactions.append";
        check_events(events).map_err(invalid(OP))?;
        self.write(OP, |state| {
            let now = now();
            let first = state.last_sequence + 1;
            let mut keys = HashMap::new();
            let mut fresh: Vec<Interaction> = Vec::new();
            let mut results = Vec::with_capacity(events.len());
            for event in events {
                let key = event.idempotency_key.as_deref();
                let known = key.and_then(|key| keys.get(key).or_else(|| state.keys.get(key)));
                if let Some((fingerprint, sequence)) = known.copied() {
                    if fingerprint != event.fingerprint() {
                        return Err(reused(OP, key.unwrap_or_default()));
                    }
                    let in_batch = fresh.iter().find(|row| row.sequence == sequence);
                    let stored = in_batch.or_else(|| state.events.get(&sequence));
                    results.extend(stored.cloned());
                    continue;
                }
                check_exists(state, OP, event.user_id, event.item_id)?;
                let row = event_row(event, first + fresh.len() as u64, now);
                if let Some(key) = key {
                    keys.insert(key.to_owned(), (event.fingerprint(), row.sequence));
                }
                results.push(row.clone());
                fresh.push(row);
            }
            apply_counts(state, &count_events(fresh.iter()));
            state.keys.extend(keys);
            for row in fresh {
                state.put_event(row);
            }
            Ok(results)
        })
    }

    async fn rate(&self, ratings: &[NewRating]) -> Result<Vec<Rating>> {
        const OP: &str = "interactions.rate";
        check_ratings(ratings).map_err(invalid(OP))?;
        self.write(OP, |state| {
            let mut existing = HashMap::new();
            for new in ratings {
                check_exists(state, OP, new.user_id, new.item_id)?;
                let key = (new.user_id, new.item_id);
                existing.extend(state.ratings.get(&key).map(|former| (key, former.clone())));
            }
            let now = now();
            let plan = plan_ratings(ratings, existing, now);
            apply_counts(state, &plan.counts);
            state.ratings.extend(plan.stored);
            for (rating, _) in plan.results.iter().zip(&plan.changed).filter(|(_, c)| **c) {
                state.put_event(rating_event(rating, state.last_sequence + 1, now));
            }
            Ok(plan.results)
        })
    }

    async fn histories(
        &self,
        users: &[UserId],
        kind: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Vec<Interaction>>> {
        Ok(self.read(|state| {
            let of_user = |user: &UserId| {
                let history = state.history(*user);
                let wanted = history.filter(|event| kind.is_none_or(|k| k == event.kind));
                wanted.take(count(limit)).cloned().collect()
            };
            users.iter().map(of_user).collect()
        }))
    }

    async fn ratings(&self, users: &[UserId], limit: u32) -> Result<Vec<Vec<Rating>>> {
        Ok(self.read(|state| {
            let of_user = |user: &UserId| {
                let ratings = state.ratings.values().filter(|rating| rating.user_id == *user);
                let mut ratings: Vec<&Rating> = ratings.collect();
                ratings.sort_by_key(|rating| Reverse((rating.created_at, rating.item_id)));
                ratings.into_iter().take(count(limit)).cloned().collect()
            };
            users.iter().map(of_user).collect()
        }))
    }

    async fn ratings_of(&self, pairs: &[(UserId, ItemId)]) -> Result<Vec<Option<Rating>>> {
        Ok(self.read(|state| pairs.iter().map(|pair| state.ratings.get(pair).cloned()).collect()))
    }

    async fn scan(&self, after_sequence: u64, limit: u32) -> Result<Vec<Interaction>> {
        Ok(self.read(|state| {
            let rest = state.events.range(after_sequence.saturating_add(1)..);
            rest.take(count(limit)).map(|(_, event)| event.clone()).collect()
        }))
    }

    async fn last_sequence(&self) -> Result<u64> {
        Ok(self.read(|state| state.last_sequence))
    }
}

fn check_exists(state: &TenantState, op: &'static str, user: UserId, item: ItemId) -> Result<()> {
    if !state.users.contains_key(&user) {
        return Err(missing(op, format!("user {user} does not exist")));
    }
    if !state.items.contains_key(&item) {
        return Err(missing(op, format!("item {item} does not exist")));
    }
    Ok(())
}

fn apply_counts(state: &mut TenantState, counts: &HashMap<ItemId, Counted>) {
    state.revision += u64::from(!counts.is_empty());
    for (id, counted) in counts {
        if let Some(mut item) = state.items.get(id).cloned() {
            item.interaction_count += counted.interactions;
            item.rating_count += counted.ratings;
            item.rating_sum += counted.rating_sum;
            item.revision = state.revision;
            state.put_counts(item);
        }
    }
}

fn reused(op: &'static str, key: &str) -> StoreError {
    StoreError::new(Backend::Memory, op, StoreErrorKind::IdempotencyKeyReused)
        .with_context(format!("idempotency key {key:?} was used before for another event"))
}
