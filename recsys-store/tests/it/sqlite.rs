//! The SQLite backend passes the suite, survives reopening and explains what it cannot open.

use std::error::Error;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use recsys_store::testing::durability::{expect_everything, write_everything};
use recsys_store::testing::{Fixture, event, shop};
use recsys_store::types::{ItemQuery, NewModel};
use recsys_store::{SqliteConfig, SqliteStorage, Storage, StoreErrorKind};
use serde_json::json;
use sqlx::sqlite::SqliteConnectOptions;

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
    let folder = tempfile::tempdir().unwrap();
    let models = Some(models_url());
    let config = SqliteConfig { models, ..SqliteConfig::new(folder.path()) };
    let storage = SqliteStorage::open(&config).await.unwrap();
    Fixture::new(Arc::new(storage)).keeping(folder)
}

async fn open() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(&SqliteConfig::new(folder.path())).await.unwrap();
    Fixture::new(Arc::new(storage)).keeping(folder)
}

#[tokio::test]
async fn everything_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let config = SqliteConfig::new(folder.path());
    let storage = SqliteStorage::open(&config).await.unwrap();
    let written = write_everything(&storage).await;
    storage.close().await;
    let storage = SqliteStorage::open(&config).await.unwrap();
    expect_everything(&storage, &written).await;
}

#[tokio::test]
async fn everything_is_there_without_closing_first() {
    let folder = tempfile::tempdir().unwrap();
    let config = SqliteConfig::new(folder.path());
    let storage = SqliteStorage::open(&config).await.unwrap();
    let written = write_everything(&storage).await;
    let second = SqliteStorage::open(&config).await.unwrap();
    expect_everything(&second, &written).await;
    drop(storage);
}

#[tokio::test]
async fn a_write_that_nobody_waits_for_still_happens_whole() {
    let fixture = open().await;
    let (stores, user, items) = shop(fixture.storage(), "shop", &["Lamp"]).await;
    let batch = [event(user.id, items[0].id), event(user.id, items[0].id)];
    for micros in (0..400).step_by(20) {
        let append = stores.interactions.append(&batch);
        let _ = tokio::time::timeout(Duration::from_micros(micros), append).await;
        let marker = stores.interactions.append(&[event(user.id, items[0].id)]).await.unwrap();
        let events = stores.interactions.scan(0, 1_000).await.unwrap();
        assert!(events.contains(&marker[0]), "acknowledged, so visible to other connections");
        let item = stores.catalog.get_many(&[items[0].id]).await.unwrap()[0].clone().unwrap();
        assert_eq!(item.interaction_count, events.len() as u64, "events and counters agree");
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let config = SqliteConfig::new(folder.path());
    SqliteStorage::open(&config).await.unwrap().close().await;
    let path = folder.path().join("recsys.db");
    let options = SqliteConnectOptions::new().filename(&path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'from the future', 1, x'00', 0)",
    )
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;
    let error = SqliteStorage::open(&config).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::UnsupportedVersion);
    assert!(error.to_string().contains("newer version of this program"), "{error}");
    assert!(error.to_string().contains("recsys.db"), "{error}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("recsys.db"), vec![b'?'; 8192]).unwrap();
    let error = SqliteStorage::open(&SqliteConfig::new(folder.path())).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::Corrupt, "{error} {:?}", error.source());
    assert!(error.to_string().contains("recsys.db"), "{error}");
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let fixture = open().await;
    assert_eq!(fixture.storage().migrate().await.unwrap(), 4);
    assert_eq!(fixture.storage().migrate().await.unwrap(), 4);
    fixture.storage().health().await.unwrap();
}

#[tokio::test]
async fn as_many_versions_are_kept_as_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let one = NonZeroU32::MIN;
    let config = SqliteConfig { models_kept: one, ..SqliteConfig::new(folder.path()) };
    let storage = SqliteStorage::open(&config).await.unwrap();
    let (tenant, version) = write_everything(&storage).await.model();
    let models = storage.tenant(tenant).models;
    let new = NewModel { algorithm: "als".into(), watermark: 2, metrics: json!({}), claim: None };
    let published = models.publish(new, "again".into()).await.unwrap();
    assert_eq!(models.versions("als").await.unwrap(), [published]);
    assert!(models.switch_to(version).await.is_err());
    let files = std::fs::read_dir(folder.path().join(format!("models/{tenant}"))).unwrap();
    assert_eq!(files.count(), 1, "what is not kept leaves no file");
}

#[tokio::test]
async fn models_of_before_digests_were_kept_are_still_read() {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(&SqliteConfig::new(folder.path())).await.unwrap();
    let written = write_everything(&storage).await;
    let path = folder.path().join("recsys.db");
    let options = SqliteConnectOptions::new().filename(&path);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let sql = "UPDATE models SET digest = NULL, activated_at = NULL";
    sqlx::query(sql).execute(&pool).await.unwrap();
    let (tenant, version) = written.model();
    let models = storage.tenant(tenant).models;
    assert_eq!(models.fetch(version).await.unwrap(), "model");
    let current = models.current("als").await.unwrap().unwrap();
    assert_eq!(current.activated_at, current.created_at);
}

#[tokio::test]
async fn items_of_an_older_version_are_found_by_their_words() {
    let folder = tempfile::tempdir().unwrap();
    let config = SqliteConfig::new(folder.path());
    let former = SqliteStorage::open(&config).await.unwrap();
    let titles: Vec<String> = (0..2_500).map(|at| format!("Lamp {at}")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let (one, _, _) = shop(&former, "one", &titles).await;
    let (two, _, _) = shop(&former, "two", &["Chair"]).await;
    former.close().await;
    let options = SqliteConnectOptions::new().filename(folder.path().join("recsys.db"));
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    sqlx::raw_sql(
        "DROP INDEX items_without_words; DROP TABLE item_words; DROP TABLE word_backlog; \
         ALTER TABLE items DROP COLUMN words; ALTER TABLE items DROP COLUMN described; \
         DELETE FROM _sqlx_migrations WHERE version = 3",
    )
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;
    let storage = SqliteStorage::open(&config).await.unwrap();
    for (tenant, search, expected) in
        [(one.id, "lamp", 2_500), (one.id, "lamp 2499", 1), (two.id, "chair", 1)]
    {
        let search = Some(search.to_owned());
        let query = ItemQuery { search, limit: 5_000, ..ItemQuery::default() };
        let found = storage.tenant(tenant).catalog.list(&query).await.unwrap();
        assert_eq!(found.len(), expected, "{query:?}");
    }
}

#[tokio::test]
async fn a_model_file_that_is_missing_or_cut_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(&SqliteConfig::new(folder.path())).await.unwrap();
    let written = write_everything(&storage).await;
    let (tenant, version) = written.model();
    let path = folder.path().join(format!("models/{tenant}/{version}.rsys"));
    let models = storage.tenant(tenant).models;
    std::fs::write(&path, b"mod").unwrap();
    let error = models.fetch(version).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::Corrupt);
    std::fs::remove_file(&path).unwrap();
    let error = models.fetch(version).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::Corrupt);
}
