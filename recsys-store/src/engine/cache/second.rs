//! The second level: finished lists as bytes, in a cache that other processes share.

use std::sync::Arc;
use std::time::Duration;

use super::super::list::List;
use super::ListKey;
use super::statistics::Counter;
use crate::traits::{Cache, CacheKey};

/// A shared cache, if there is one. Its failures are misses.
#[derive(Debug)]
pub(in super::super) struct Second {
    cache: Option<Arc<dyn Cache>>,
    time_to_live: Duration,
    pub(in super::super) counter: Counter,
}

impl Second {
    pub(super) fn new(cache: Option<Arc<dyn Cache>>, time_to_live: Duration) -> Self {
        Self { cache, time_to_live, counter: Counter::default() }
    }

    /// Finds lists, in the order of `keys`.
    pub(in super::super) async fn find(&self, keys: &[ListKey]) -> Vec<Option<List>> {
        let Some(cache) = &self.cache else { return keys.iter().map(|_| None).collect() };
        let names = |key: &ListKey| [name(&key.without_counters()), name(key)];
        let names: Vec<CacheKey> = keys.iter().flat_map(names).collect();
        let values = cache.get_many(&names).await.unwrap_or_else(|error| {
            // Who keeps the cache says when it goes away and comes back; this is every list until then.
            tracing::debug!(%error, "the shared cache cannot be read");
            Vec::new()
        });
        let list = |pair: &[Option<bytes::Bytes>]| {
            let bytes = pair.iter().flatten().next()?;
            // Another version of the program may have written it.
            serde_json::from_slice(bytes).ok()
        };
        let mut lists: Vec<Option<List>> = values.chunks(2).map(list).collect();
        lists.resize_with(keys.len(), || None);
        let hits = lists.iter().flatten().count();
        self.counter.count(hits, keys.len() - hits);
        lists
    }

    /// Keeps a list, without the caller waiting for it.
    pub(in super::super) fn keep(&self, key: &ListKey, list: &List) {
        let Some(cache) = self.cache.clone() else { return };
        let name = if list.by_counters { name(key) } else { name(&key.without_counters()) };
        let value = serde_json::to_vec(list).expect("a list is plain data");
        let time_to_live = self.time_to_live;
        tokio::spawn(async move {
            if let Err(error) = cache.put_many(vec![(name, value.into())], time_to_live).await {
                tracing::debug!(%error, "the shared cache cannot be written");
            }
        });
    }
}

fn name(key: &ListKey) -> CacheKey {
    CacheKey::new(key.tenant, format!("list:1:{}", key.digest()))
}
