//! What was acknowledged stays, and nothing else does.

use std::time::Duration;

use recsys_store::testing::durability::{expect_everything, write_everything};
use recsys_store::testing::postgres::TestDatabase;
use recsys_store::testing::{event, shop, tenant};
use recsys_store::types::NewModel;
use recsys_store::{PostgresConfig, PostgresStorage, Storage as _, StoreErrorKind};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _};

use super::storage;

#[tokio::test]
async fn everything_is_there_after_reopening() {
    let database = TestDatabase::create().await;
    let first = storage(&database).await;
    let written = write_everything(&first).await;
    first.close().await;
    expect_everything(&storage(&database).await, &written).await;
}

#[tokio::test]
async fn everything_is_there_without_closing_first() {
    let database = TestDatabase::create().await;
    let first = storage(&database).await;
    let written = write_everything(&first).await;
    expect_everything(&storage(&database).await, &written).await;
    drop(first);
}

/// With one connection, a transaction that was left open would swallow the write that comes next.
#[tokio::test]
async fn a_write_that_nobody_waits_for_still_happens_whole() {
    let database = TestDatabase::create().await;
    let config = PostgresConfig { connections: 1, ..database.config() };
    let storage = PostgresStorage::open(&config).await.unwrap();
    let watcher = PostgresStorage::open(&database.config()).await.unwrap();
    let (stores, user, items) = shop(&storage, "shop", &["Lamp"]).await;
    let watched = watcher.tenant(stores.id);
    let batch = [event(user.id, items[0].id), event(user.id, items[0].id)];
    for micros in (0..2_000).step_by(50) {
        let patience = Duration::from_micros(micros);
        let _ = tokio::time::timeout(patience, stores.interactions.append(&batch)).await;
        let _ = tokio::time::timeout(patience, stores.interactions.last_sequence()).await;
        let marker = stores.interactions.append(&[event(user.id, items[0].id)]).await.unwrap();
        let events = watched.interactions.scan(0, 1_000).await.unwrap();
        assert!(events.contains(&marker[0]), "acknowledged, so visible to other connections");
        let item = watched.catalog.get_many(&[items[0].id]).await.unwrap()[0].clone().unwrap();
        assert_eq!(item.interaction_count, events.len() as u64, "events and counters agree");
    }
}

#[tokio::test]
async fn connections_that_the_server_ended_are_replaced_and_nobody_notices() {
    let database = TestDatabase::create().await;
    let storage = storage(&database).await;
    let (stores, user, items) = shop(&storage, "shop", &["Lamp"]).await;
    let mut superuser = database.connect().await;
    let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let ended: i64 = sqlx::query_scalar(sql).fetch_one(&mut superuser).await.unwrap();
    assert!(ended > 0);
    for _ in 0..20 {
        stores.interactions.append(&[event(user.id, items[0].id)]).await.unwrap();
    }
    assert_eq!(stores.interactions.scan(0, 100).await.unwrap().len(), 20);
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended() {
    let database = TestDatabase::create().await;
    let config =
        PostgresConfig { statement_timeout: Duration::from_millis(50), ..database.config() };
    let storage = PostgresStorage::open(&config).await.unwrap();
    let (stores, user, items) = shop(&storage, "shop", &["Lamp"]).await;
    let mut superuser = database.connect().await;
    let mut holding = superuser.begin().await.unwrap();
    let sql = format!("SELECT 1 FROM tenants WHERE id = '{}' FOR UPDATE", stores.id);
    sqlx::query(AssertSqlSafe(sql)).execute(&mut *holding).await.unwrap();
    let error = stores.interactions.append(&[event(user.id, items[0].id)]).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::Unavailable);
    holding.rollback().await.unwrap();
    stores.interactions.append(&[event(user.id, items[0].id)]).await.unwrap();
    assert_eq!(stores.interactions.scan(0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_call_waits_only_so_long_for_a_connection() {
    let database = TestDatabase::create().await;
    let config = PostgresConfig {
        connections: 1,
        acquire_timeout: Duration::from_secs(1),
        ..database.config()
    };
    let storage = PostgresStorage::open(&config).await.unwrap();
    let shop = storage.tenant(tenant(&storage, "shop").await.id);
    let mut superuser = database.connect().await;
    let mut holding = superuser.begin().await.unwrap();
    let sql = format!("SELECT 1 FROM tenants WHERE id = '{}' FOR UPDATE", shop.id);
    sqlx::query(AssertSqlSafe(sql)).execute(&mut *holding).await.unwrap();
    // One call has the connection and waits for the lock, the other waits for the connection.
    let first = tokio::spawn({
        let jobs = shop.jobs.clone();
        async move { jobs.enqueue("als").await }
    });
    let error = loop {
        if let Err(error) = shop.jobs.list(1).await {
            break error;
        }
    };
    assert_eq!(*error.kind(), StoreErrorKind::Unavailable);
    holding.rollback().await.unwrap();
    first.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_model_of_many_parts_comes_back_whole() {
    let database = TestDatabase::create().await;
    let storage = storage(&database).await;
    let stores = storage.tenant(tenant(&storage, "shop").await.id);
    for length in [0, 1, 4 << 20, (4 << 20) + 1, 9 << 20] {
        let file: Vec<u8> = (0..length).map(|index: u32| (index % 251) as u8).collect();
        let model =
            NewModel { algorithm: "als".into(), watermark: 0, metrics: json!({}), claim: None };
        let version = stores.models.publish(model, file.clone().into()).await.unwrap();
        assert_eq!(stores.models.fetch(version.id).await.unwrap(), file, "{length}");
    }
    let mut superuser = database.connect().await;
    let models: i64 = sqlx::query_scalar("SELECT count(DISTINCT model_id) FROM model_parts")
        .fetch_one(&mut superuser)
        .await
        .unwrap();
    assert_eq!(models, 3, "parts go with their models");
    sqlx::query("DELETE FROM model_parts WHERE part = 1").execute(&mut superuser).await.unwrap();
    let current = stores.models.current("als").await.unwrap().unwrap();
    let error = stores.models.fetch(current.id).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::Corrupt);
}
