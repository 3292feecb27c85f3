//! Going back to an older model, and models that cannot be had.

use std::sync::Arc;

use futures_util::StreamExt as _;
use recsys_store::engine::{ErrorCode, RecommendQuery, Source};
use recsys_store::testing::WatchedStorage;
use recsys_store::traits::Delivery;
use recsys_store::types::{Change, Subject, User};
use recsys_store::{
    MemoryStorage, ModelsUrl, SqliteConfig, SqliteStorage, Storage as _, StoreErrorKind,
};
use uuid::Uuid;

use super::fixture::{Shop, content, engine};

async fn train(shop: &Shop, algorithm: &str) -> Uuid {
    shop.tenant.train(algorithm, |_| {}).await.unwrap().model_version.unwrap()
}

fn by(algorithm: &str, user: &User) -> RecommendQuery {
    RecommendQuery { algorithm: algorithm.to_owned(), ..RecommendQuery::for_user(user.id) }
}

/// Which version answers with the trained profile of the user.
async fn serving(shop: &Shop, algorithm: &str, user: &User) -> Option<Uuid> {
    let list = shop.list(by(algorithm, user)).await;
    assert_eq!(list.source, Source::Model);
    list.model_version
}

#[tokio::test]
async fn the_version_before_serves_again_as_it_did() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    let first = train(&shop, "item_knn").await;
    let before = content(&shop.list(by("item_knn", &users[0])).await);
    let second = train(&shop, "item_knn").await;
    assert_eq!(serving(&shop, "item_knn", &users[0]).await, Some(second));
    let other = engine(Arc::clone(shop.engine.storage()));
    let other = other.tenant(shop.tenant.stores().id).await.unwrap();
    assert_eq!(
        other.recommend(by("item_knn", &users[0])).await.unwrap().model_version,
        Some(second)
    );

    let mut news = shop.tenant.subscribe(&[Subject::Models]).await.unwrap();
    assert_eq!(shop.tenant.roll_back("item_knn", None).await.unwrap().id, first);
    assert_eq!(content(&shop.list(by("item_knn", &users[0])).await), before);
    let followed = other.recommend(by("item_knn", &users[0])).await.unwrap();
    assert_eq!(content(&followed), before, "engines that follow see it");
    let Some(Delivery::Event(event)) = news.next().await else { unreachable!("the bus is there") };
    let expected = Change::ModelPublished { algorithm: "item_knn".into(), version: first };
    assert_eq!(event.change, expected);

    let third = train(&shop, "item_knn").await;
    assert_eq!(serving(&shop, "item_knn", &users[0]).await, Some(third));
}

#[tokio::test]
async fn any_kept_version_can_be_chosen() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    let first = train(&shop, "item_knn").await;
    let second = train(&shop, "item_knn").await;
    let third = train(&shop, "item_knn").await;
    shop.tenant.roll_back("item_knn", Some(first)).await.unwrap();
    assert_eq!(serving(&shop, "item_knn", &users[0]).await, Some(first));
    shop.tenant.roll_back("item_knn", Some(third)).await.unwrap();
    assert_eq!(serving(&shop, "item_knn", &users[0]).await, Some(third), "forward as well");
    let versions = shop.tenant.model_versions().await.unwrap();
    let listed: Vec<(Uuid, bool)> =
        versions.iter().map(|(version, is_current)| (version.id, *is_current)).collect();
    assert_eq!(listed, [(third, true), (second, false), (first, false)]);
}

#[tokio::test]
async fn going_back_by_one_ends_at_the_oldest() {
    let shop = Shop::open().await;
    shop.two_tastes().await;
    let error = shop.tenant.roll_back("item_knn", None).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict, "nothing was ever published");
    let first = train(&shop, "item_knn").await;
    let second = train(&shop, "item_knn").await;
    train(&shop, "item_knn").await;
    assert_eq!(shop.tenant.roll_back("item_knn", None).await.unwrap().id, second);
    assert_eq!(shop.tenant.roll_back("item_knn", None).await.unwrap().id, first);
    let error = shop.tenant.roll_back("item_knn", None).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict);
    let other = train(&shop, "popularity").await;
    let error = shop.tenant.roll_back("item_knn", Some(other)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound, "a version of another algorithm");
}

#[tokio::test]
async fn a_model_that_was_gone_back_to_comes_before_the_member_of_a_newer_hybrid() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    let first = train(&shop, "item_knn").await;
    train(&shop, "item_knn").await;
    let hybrid = train(&shop, "hybrid").await;
    assert_eq!(serving(&shop, "item_knn", &users[0]).await, Some(hybrid));
    shop.tenant.roll_back("item_knn", None).await.unwrap();
    assert_eq!(serving(&shop, "item_knn", &users[0]).await, Some(first));
}

#[tokio::test]
async fn a_damaged_version_is_not_gone_back_to() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Arc::new(SqliteStorage::open(&SqliteConfig::new(folder.path())).await.unwrap());
    let shop = Shop::on(storage).await;
    let (users, _) = shop.two_tastes().await;
    let first = train(&shop, "item_knn").await;
    let second = train(&shop, "item_knn").await;
    let tenant = shop.tenant.stores().id;
    let path = folder.path().join(format!("models/{tenant}/{first}.rsys"));
    std::fs::write(&path, "not a model").unwrap();
    assert!(shop.tenant.roll_back("item_knn", None).await.is_err());
    std::fs::remove_file(&path).unwrap();
    assert!(shop.tenant.roll_back("item_knn", None).await.is_err());
    assert_eq!(serving(&shop, "item_knn", &users[0]).await, Some(second));
    assert_eq!(shop.tenant.model_versions().await.unwrap()[0].0.id, second);
}

#[tokio::test]
async fn a_file_that_is_missing_or_cut_leaves_the_former_model_serving() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Arc::new(SqliteStorage::open(&SqliteConfig::new(folder.path())).await.unwrap());
    let trainer = Shop::on(storage.clone()).await;
    let (users, _) = trainer.two_tastes().await;
    let first = train(&trainer, "item_knn").await;
    let tenant = trainer.tenant.stores().id;
    // Another engine, which loads what the first one publishes.
    let server = engine(storage.clone()).tenant(tenant).await.unwrap();
    server.recommend(by("item_knn", &users[0])).await.unwrap();
    for cut in [true, false] {
        let published = train(&trainer, "item_knn").await;
        let path = folder.path().join(format!("models/{tenant}/{published}.rsys"));
        if cut {
            std::fs::File::options().write(true).open(&path).unwrap().set_len(100).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        let list = server.recommend(by("item_knn", &users[0])).await.unwrap();
        assert_eq!((list.source, list.model_version), (Source::Model, Some(first)));
    }
}

#[tokio::test]
async fn a_model_that_cannot_be_reached_leaves_the_former_one_and_all_else_as_they_should_be() {
    let watched = WatchedStorage::new(Arc::new(MemoryStorage::new()));
    let watch = watched.watch();
    let storage = Arc::new(watched);
    let trainer = Shop::on(storage.clone()).await;
    let (users, items) = trainer.two_tastes().await;
    let first = train(&trainer, "item_knn").await;
    let server = engine(storage).tenant(trainer.tenant.stores().id).await.unwrap();
    server.recommend(by("item_knn", &users[0])).await.unwrap();
    train(&trainer, "item_knn").await;
    watch.fail("models.fetch", StoreErrorKind::Unavailable);
    let _ = watch.calls();
    for _ in 0..3 {
        let list = server.recommend(by("item_knn", &users[0])).await.unwrap();
        assert_eq!((list.source, list.model_version), (Source::Model, Some(first)));
    }
    assert_eq!(watch.calls()["models.fetch"], 1, "not asked for with every request");
    trainer.tenant.delete_item(items[6].id).await.unwrap();
    let list = server.recommend(by("item_knn", &users[0])).await.unwrap();
    assert!(list.items.iter().all(|place| place.item.id != items[6].id), "still followed");
}

#[tokio::test]
async fn who_cannot_reach_the_models_does_not_say_that_there_are_none() {
    let watched = WatchedStorage::new(Arc::new(MemoryStorage::new()));
    let watch = watched.watch();
    let storage = Arc::new(watched);
    let trainer = Shop::on(storage.clone()).await;
    let (users, _) = trainer.two_tastes().await;
    train(&trainer, "item_knn").await;
    watch.fail("models.fetch", StoreErrorKind::Unavailable);
    let _ = watch.calls();
    let fresh = engine(storage).tenant(trainer.tenant.stores().id).await.unwrap();
    for _ in 0..3 {
        let error = fresh.recommend(by("item_knn", &users[0])).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Unavailable);
    }
    assert_eq!(watch.calls()["models.fetch"], 1, "others do not wait for it again");
}

#[tokio::test]
async fn models_of_an_object_store_serve_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let config =
        SqliteConfig { models: Some(ModelsUrl::in_memory()), ..SqliteConfig::new(folder.path()) };
    let storage = SqliteStorage::open(&config).await.unwrap();
    let shop = Shop::on(Arc::new(storage.clone())).await;
    let (users, _) = shop.two_tastes().await;
    train(&shop, "hybrid").await;
    let before = content(&shop.list(by("hybrid", &users[0])).await);
    let tenant = shop.tenant.stores().id;
    drop(shop);
    storage.close().await;
    assert!(!folder.path().join("models").exists(), "nothing lies in the folder");
    let storage = SqliteStorage::open(&config).await.unwrap();
    let reopened = engine(Arc::new(storage)).tenant(tenant).await.unwrap();
    let after = reopened.recommend(by("hybrid", &users[0])).await.unwrap();
    assert_eq!(content(&after), before);
}
