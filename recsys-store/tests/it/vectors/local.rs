//! The index inside one process.

use recsys_store::vectors::LocalVectors;

async fn open() -> LocalVectors {
    std::future::ready(LocalVectors::new()).await
}

recsys_store::vector_store_suite!(open);
