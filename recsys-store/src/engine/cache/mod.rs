//! What the engine keeps ready in this process: finished lists, similar items, users.
//!
//! A key names everything that an answer depends on (tenant, models, revision of the catalogue, version
//! of the user's history, settings, question), so that a change is another key: nothing is searched for
//! and removed, and what is not asked for any more dies of age. Items are not here: the followed
//! catalogue has them all.

mod config;
mod kept;
mod key;
mod second;
mod statistics;
mod users;

pub use self::config::{CacheConfig, CacheLimits};
pub(super) use self::kept::Kept;
pub(super) use self::key::{ListKey, Question, SimilarKey};
pub(super) use self::second::Second;
pub use self::statistics::{CacheStatistics, HitsAndMisses};
pub(super) use self::users::Users;

use std::sync::Arc;

use self::statistics::Counter;
use super::list::{List, Neighbours};
use crate::traits::Cache;

/// The caches of all tenants.
#[derive(Debug)]
pub(super) struct Caches {
    pub(super) lists: Kept<ListKey, Arc<List>>,
    /// What other processes made, and they find.
    pub(super) second: Second,
    pub(super) similar: Kept<SimilarKey, Arc<Neighbours>>,
    pub(super) users: Users,
    /// Items answered from the followed catalogue, and those that were read.
    pub(super) items: Counter,
}

impl Caches {
    pub(super) fn new(config: &CacheConfig, second: Option<Arc<dyn Cache>>) -> Self {
        Self {
            lists: Kept::new(config.recommendations, |list: &Arc<List>| list.bytes()),
            second: Second::new(second, config.recommendations.time_to_live),
            similar: Kept::new(config.similar, |similar: &Arc<Neighbours>| similar.bytes()),
            users: Users::new(config.users),
            items: Counter::default(),
        }
    }

    pub(super) fn statistics(&self) -> CacheStatistics {
        CacheStatistics {
            recommendations: self.lists.counter.read(),
            second_level: self.second.counter.read(),
            similar: self.similar.counter.read(),
            users: self.users.counter.read(),
            items: self.items.read(),
        }
    }
}
