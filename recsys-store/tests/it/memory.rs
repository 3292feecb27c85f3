//! The in-memory backend passes the suite.

use std::sync::Arc;

use recsys_store::MemoryStorage;
use recsys_store::testing::Fixture;

async fn open() -> Fixture {
    std::future::ready(Fixture::new(Arc::new(MemoryStorage::new()))).await
}

recsys_store::storage_suite!(open);

mod cache {
    use recsys_store::memory::MemoryCache;

    async fn open() -> MemoryCache {
        std::future::ready(MemoryCache::new(1 << 20)).await
    }

    recsys_store::cache_suite!(open);
}
