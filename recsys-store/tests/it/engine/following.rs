//! Several engines on one storage, several tenants in one engine.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use recsys_store::engine::{ErrorCode, RecommendQuery, Source};
use recsys_store::testing::{WatchedStorage, item, tenant, user};
use recsys_store::types::{NewInteraction, TenantId};
use recsys_store::{Engine, MemoryStorage, SqliteConfig, SqliteStorage, Storage};

use super::fixture::{Shop, engine, ids, plain};

#[tokio::test]
async fn an_engine_follows_what_another_one_does() {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let shop = Shop::on(Arc::clone(&storage)).await;
    let (users, items) = shop.two_tastes().await;
    let other = engine(storage).tenant(shop.tenant.tenant().id).await.unwrap();
    let query = || RecommendQuery::for_user(users[0].id);
    let untrained = other.recommend(query()).await.unwrap();
    assert_eq!(untrained.source.to_string(), "fallback:untrained");

    let job = shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let trained = other.recommend(query()).await.unwrap();
    assert_eq!((trained.source, trained.model_version), (Source::Model, job.model_version));
    assert_eq!(ids(&trained), ids(&shop.list(query()).await));

    shop.tenant.delete_item(items[6].id).await.unwrap();
    let added = shop.items(vec![plain("just in")]).await.remove(0);
    let list = ids(&other.recommend(query()).await.unwrap());
    assert!(list.contains(&added.id) && !list.contains(&items[6].id));
}

#[tokio::test]
async fn requests_at_once_share_a_look_at_the_storage() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteStorage::open(&SqliteConfig::new(folder.path())).await.unwrap();
    let shop = Shop::on(Arc::new(sqlite)).await;
    let ann = shop.user("ann").await;
    let watched = WatchedStorage::new(Arc::clone(shop.engine.storage()));
    let watch = watched.watch();
    let other = Engine::builder(Arc::new(watched)).follow_interval(Duration::ZERO).build().unwrap();
    let other = other.tenant(shop.tenant.stores().id).await.unwrap();
    let ask = || other.recommend(RecommendQuery::for_user(ann.id));
    ask().await.unwrap();
    let _ = watch.calls();
    let lists = join_all((0..50).map(|_| ask())).await;
    assert!(lists.iter().all(Result::is_ok));
    // One that began before some of them came is not for those; the next one is.
    let looks = watch.calls()["tenants.revisions"];
    assert!(looks <= 10, "{looks} looks for 50 requests");
}

#[tokio::test]
async fn swapping_models_under_readers_never_mixes_versions() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    let first = shop.tenant.train("popularity", |_| {}).await.unwrap();
    let user = users[0].id;
    let reader = tokio::spawn({
        let tenant = shop.tenant.clone();
        async move {
            let mut seen = Vec::new();
            for _ in 0..200 {
                let query = RecommendQuery {
                    algorithm: "popularity".into(),
                    ..RecommendQuery::for_user(user)
                };
                let list = tenant.recommend(query).await.unwrap();
                assert_eq!(list.source, Source::Model);
                seen.extend(list.model_version);
            }
            seen
        }
    });
    let mut published = vec![first.model_version.unwrap()];
    for _ in 0..5 {
        let job = shop.tenant.train("popularity", |_| {}).await.unwrap();
        published.push(job.model_version.unwrap());
    }
    let seen = reader.await.unwrap();
    assert_eq!(seen.len(), 200);
    assert!(seen.iter().all(|version| published.contains(version)));
    assert!(seen.is_sorted(), "an older version never comes back");
}

#[tokio::test]
async fn tenants_never_meet() {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let one = Shop::on(Arc::clone(&storage)).await;
    let (users, items) = one.two_tastes().await;
    one.tenant.train("hybrid", |_| {}).await.unwrap();

    let second = tenant(&*storage, "second").await;
    let two = one.engine.tenant(second.id).await.unwrap();
    let ann = two.stores().users.create(user("user0")).await.unwrap();
    let own = two.create_items(vec![item("item 0"), item("item 1")]).await.unwrap();
    let list = two.recommend(RecommendQuery::for_user(ann.id)).await.unwrap();
    assert_eq!(list.source.to_string(), "fallback:untrained");
    let mut expected = vec![own[0].id, own[1].id];
    expected.sort();
    assert_eq!(ids(&list), expected);

    let foreign = two.recommend(RecommendQuery::for_user(users[0].id)).await.unwrap_err();
    assert_eq!(foreign.code(), ErrorCode::NotFound);
    let event = NewInteraction::new(ann.id, items[0].id, "view");
    assert_eq!(two.record(vec![event]).await.unwrap_err().code(), ErrorCode::NotFound);
    let seeded =
        RecommendQuery { seed_items: vec![items[0].id], ..RecommendQuery::for_user(ann.id) };
    assert_eq!(two.recommend(seeded).await.unwrap().items.len(), 2);
    assert!(two.algorithms().await.unwrap().iter().all(|algorithm| !algorithm.trained));
    assert!(two.training_jobs(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_unknown_tenant_has_no_engine() {
    let engine = engine(Arc::new(MemoryStorage::new()));
    let error = engine.tenant(TenantId::generate()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn models_that_do_not_fit_make_room_and_come_back() {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let shop = Shop::on(Arc::clone(&storage)).await;
    let (users, _) = shop.two_tastes().await;
    let job = shop.tenant.train("item_knn", |_| {}).await.unwrap();
    let second = tenant(&*storage, "second").await.id;
    let watched = WatchedStorage::new(storage);
    let watch = watched.watch();
    // Room for nothing but what is being asked for.
    let small = Engine::builder(Arc::new(watched)).model_memory(1).build().unwrap();
    let (one, two) =
        (small.tenant(shop.tenant.stores().id).await.unwrap(), small.tenant(second).await.unwrap());
    let ann = two.stores().users.create(user("ann")).await.unwrap();
    let items = two.create_items((0..3).map(|at| item(&format!("{at}"))).collect()).await.unwrap();
    two.record(vec![NewInteraction::new(ann.id, items[0].id, "purchase")]).await.unwrap();
    two.train("popularity", |_| {}).await.unwrap();
    let item_knn =
        || RecommendQuery { algorithm: "item_knn".into(), ..RecommendQuery::for_user(users[0].id) };
    // What goes with the catalogue is loaded once.
    one.recommend(RecommendQuery { limit: 2, ..item_knn() }).await.unwrap();
    let popular =
        || RecommendQuery { algorithm: "popularity".into(), ..RecommendQuery::for_user(ann.id) };
    two.recommend(popular()).await.unwrap();
    for _ in 0..3 {
        let _ = watch.calls();
        let list = one.recommend(RecommendQuery { limit: 3, ..item_knn() }).await.unwrap();
        assert_eq!((list.source, list.model_version), (Source::Model, job.model_version));
        assert_eq!(watch.calls().get("models.fetch"), Some(&1), "loaded again");
        one.recommend(item_knn()).await.unwrap();
        assert_eq!(watch.calls().get("models.fetch"), None, "and kept while nobody needs the room");
        assert_eq!(two.recommend(popular()).await.unwrap().source, Source::Model);
    }
}
