//! What the engine keeps ready in this process: finished lists, similar items, users.
//!
//! A key names everything that an answer depends on (tenant, models, revision of the catalogue, version
//! of the user's history, settings, question), so that a change is another key: nothing is searched for
//! and removed, and what is not asked for any more dies of age. Items are not here: the followed
//! catalogue has them all.

mod config;
mod kept;
mod key;
mod statistics;
mod users;

pub use self::config::{CacheConfig, CacheLimits};
pub(super) use self::kept::Kept;
pub(super) use self::key::{ListKey, Question, SimilarKey};
pub use self::statistics::{CacheStatistics, HitsAndMisses};
pub(super) use self::users::Users;

use std::sync::Arc;

use self::statistics::Counter;
use super::list::{List, Neighbours};

/// The caches of all tenants.
#[derive(Debug)]
pub(super) struct Caches {
    pub(super) lists: Kept<ListKey, Arc<List>>,
    pub(super) similar: Kept<SimilarKey, Arc<Neighbours>>,
    pub(super) users: Users,
    /// Items answered from the followed catalogue, and those that were read.
    pub(super) items: Counter,
}

impl Caches {
    pub(super) fn new(config: &CacheConfig) -> Self {
        Self {
            lists: Kept::new(config.recommendations, |list: &Arc<List>| list.bytes()),
            similar: Kept::new(config.similar, |similar: &Arc<Neighbours>| similar.bytes()),
            users: Users::new(config.users),
            items: Counter::default(),
        }
    }

    pub(super) fn statistics(&self) -> CacheStatistics {
        CacheStatistics {
            recommendations: self.lists.counter.read(),
            similar: self.similar.counter.read(),
            users: self.users.counter.read(),
            items: self.items.read(),
        }
    }
}
