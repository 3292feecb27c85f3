//! Batched loads: what the resolvers of one request want at the same time is read (or ranked) in one call.
//!
//! Loaders live as long as one request, and the tenant is part of each key, so nothing is shared
//! between callers.

mod feedback;
mod items;
mod lists;
mod users;

pub(crate) use self::{
    feedback::{EventLoader, EventsOf, RatingLoader, RatingsOf},
    items::ItemLoader,
    lists::{ListLoader, Question, SimilarLoader},
    users::UserLoader,
};

use std::{collections::HashMap, hash::Hash};

/// Returns keys in groups, each of which is one call.
fn grouped<K: Clone, G: Eq + Hash>(keys: &[K], group: impl Fn(&K) -> G) -> HashMap<G, Vec<K>> {
    let mut groups: HashMap<G, Vec<K>> = HashMap::new();
    for key in keys {
        groups.entry(group(key)).or_default().push(key.clone());
    }
    groups
}
