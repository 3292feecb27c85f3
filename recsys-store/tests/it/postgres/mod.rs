//! The PostgreSQL backend passes the suite, keeps what it acknowledged, and keeps tenants apart even where a
//! statement does not.

mod announcing;
mod locks;
mod opening;
mod outage;
mod writing;

use std::sync::Arc;

use recsys_store::testing::Fixture;
use recsys_store::testing::durability::{expect_everything, write_everything};
use recsys_store::testing::postgres::TestDatabase;
use recsys_store::types::NewModel;
use recsys_store::{PostgresConfig, PostgresStorage, Storage as _, StoreErrorKind};
use serde_json::json;

use super::models_url;

mod suite {
    use super::open;

    recsys_store::storage_suite!(open);
}

mod models_in_an_object_store {
    use super::open_with_models;

    recsys_store::model_store_suite!(open_with_models);
}

async fn open_with_models() -> Fixture {
    let database = TestDatabase::create().await;
    let config = PostgresConfig { models: Some(models_url()), ..database.config() };
    let storage = PostgresStorage::open(&config).await.unwrap();
    Fixture::new(Arc::new(storage)).keeping(database)
}

#[tokio::test]
async fn models_that_were_in_the_database_are_found_there_after_they_have_a_place_of_their_own() {
    let database = TestDatabase::create().await;
    let written = write_everything(&storage(&database).await).await;
    let config = PostgresConfig { models: Some(models_url()), ..database.config() };
    let moved = PostgresStorage::open(&config).await.unwrap();
    expect_everything(&moved, &written).await;
    let (tenant, version) = written.model();
    let models = moved.tenant(tenant).models;
    let new = NewModel { algorithm: "als".into(), watermark: 2, metrics: json!({}), claim: None };
    let later = models.publish(new, "later".into()).await.unwrap();
    assert_eq!(models.fetch(later.id).await.unwrap(), "later");
    assert_eq!(models.fetch(version).await.unwrap(), "model");
    let error = storage(&database).await.tenant(tenant).models.fetch(later.id).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::Corrupt, "who does not know the place says so");
}

async fn open() -> Fixture {
    let database = TestDatabase::create().await;
    Fixture::new(Arc::new(storage(&database).await)).keeping(database)
}

async fn storage(database: &TestDatabase) -> PostgresStorage {
    PostgresStorage::open(&database.config()).await.unwrap()
}
