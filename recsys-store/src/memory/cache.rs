//! A cache in process memory.

use std::fmt;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use moka::Expiry;
use moka::future::Cache as Entries;

use crate::error::Result;
use crate::traits::{Cache, CacheKey};

/// A [`Cache`] of this process, bounded in bytes. Clones share the entries.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), recsys_store::StoreError> {
/// use std::time::Duration;
///
/// use recsys_store::memory::MemoryCache;
/// use recsys_store::traits::{Cache, CacheKey};
/// use recsys_store::types::TenantId;
///
/// let cache = MemoryCache::new(1 << 20);
/// let key = CacheKey::new(TenantId::generate(), "greeting");
/// cache.put_many(vec![(key.clone(), "hello".into())], Duration::from_secs(60)).await?;
/// assert_eq!(cache.get_many(&[key]).await?, [Some("hello".into())]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MemoryCache {
    entries: Entries<CacheKey, Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    value: Bytes,
    time_to_live: Duration,
}

impl MemoryCache {
    /// Creates a cache for at most so many bytes of keys and values.
    #[must_use]
    pub fn new(bytes: u64) -> Self {
        let weigh = |key: &CacheKey, entry: &Entry| {
            let size = size_of::<CacheKey>() + key.name().len() + entry.value.len();
            u32::try_from(size).unwrap_or(u32::MAX)
        };
        let builder = Entries::builder().max_capacity(bytes).weigher(weigh);
        Self { entries: builder.expire_after(EachItsTime).build() }
    }
}

impl fmt::Debug for MemoryCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCache").finish_non_exhaustive()
    }
}

#[async_trait]
impl Cache for MemoryCache {
    async fn get_many(&self, keys: &[CacheKey]) -> Result<Vec<Option<Bytes>>> {
        let mut found = Vec::with_capacity(keys.len());
        for key in keys {
            found.push(self.entries.get(key).await.map(|entry| entry.value));
        }
        Ok(found)
    }

    async fn put_many(
        &self,
        entries: Vec<(CacheKey, Bytes)>,
        time_to_live: Duration,
    ) -> Result<()> {
        for (key, value) in entries {
            self.entries.insert(key, Entry { value, time_to_live }).await;
        }
        Ok(())
    }

    async fn invalidate(&self, keys: &[CacheKey]) -> Result<()> {
        for key in keys {
            self.entries.invalidate(key).await;
        }
        Ok(())
    }
}

struct EachItsTime;

impl Expiry<CacheKey, Entry> for EachItsTime {
    fn expire_after_create(&self, _: &CacheKey, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.time_to_live)
    }

    fn expire_after_update(
        &self,
        _: &CacheKey,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.time_to_live)
    }
}
