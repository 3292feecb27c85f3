//! How often a cache had the answer.

use std::sync::atomic::{AtomicU64, Ordering};

/// How often the engine's caches had the answer since it was built, by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStatistics {
    /// Lists of recommendations.
    pub recommendations: HitsAndMisses,
    /// Those of the lists that were looked for in the shared cache.
    pub second_level: HitsAndMisses,
    /// Similar items.
    pub similar: HitsAndMisses,
    /// Users.
    pub users: HitsAndMisses,
    /// Items, which the followed catalogue answers for.
    pub items: HitsAndMisses,
}

/// Two counts that only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HitsAndMisses {
    /// Answered from what was kept.
    pub hits: u64,
    /// Made or read anew.
    pub misses: u64,
}

/// Counts hits and misses.
#[derive(Debug, Default)]
pub(in super::super) struct Counter {
    hits: AtomicU64,
    misses: AtomicU64,
}

impl Counter {
    pub(in super::super) fn count(&self, hits: usize, misses: usize) {
        self.hits.fetch_add(hits as u64, Ordering::Relaxed);
        self.misses.fetch_add(misses as u64, Ordering::Relaxed);
    }

    pub(in super::super) fn read(&self) -> HitsAndMisses {
        HitsAndMisses {
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
        }
    }
}
