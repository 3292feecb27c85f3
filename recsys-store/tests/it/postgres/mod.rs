//! The PostgreSQL backend passes the suite, keeps what it acknowledged, and keeps tenants apart even where a
//! statement does not.

mod announcing;
mod locks;
mod opening;
mod writing;

use std::sync::Arc;

use recsys_store::PostgresStorage;
use recsys_store::testing::Fixture;
use recsys_store::testing::postgres::TestDatabase;

mod suite {
    use super::open;

    recsys_store::storage_suite!(open);
}

async fn open() -> Fixture {
    let database = TestDatabase::create().await;
    Fixture::new(Arc::new(storage(&database).await)).keeping(database)
}

async fn storage(database: &TestDatabase) -> PostgresStorage {
    PostgresStorage::open(&database.config()).await.unwrap()
}
