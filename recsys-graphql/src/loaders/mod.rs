//! Batched loads: what the resolvers of one request want at the same time is read (or ranked) in one call.
//!
//! Loaders live as long as one request, and the tenant is part of each key, so nothing is shared
//! between callers. The tenant's engine in the key is the one that the request has opened.

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

use std::{
    collections::HashMap,
    hash::{Hash, Hasher},
};

use recsys_store::{TenantEngine, types::TenantId};

/// A tenant's engine as a part of a key: two are the same if the tenant is.
#[derive(Clone)]
pub(crate) struct Of(pub(crate) TenantEngine);

impl Of {
    fn id(&self) -> TenantId {
        self.0.stores().id
    }
}

impl PartialEq for Of {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}

impl Eq for Of {}

impl Hash for Of {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id().hash(state);
    }
}

/// Returns keys in groups, each of which is one call.
fn grouped<K: Clone, G: Eq + Hash>(keys: &[K], group: impl Fn(&K) -> G) -> HashMap<G, Vec<K>> {
    let mut groups: HashMap<G, Vec<K>> = HashMap::new();
    for key in keys {
        groups.entry(group(key)).or_default().push(key.clone());
    }
    groups
}
