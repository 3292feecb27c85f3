//! What is kept, and what makes it anew.

use std::sync::Arc;

use futures_util::future::join_all;
use recsys_store::engine::{CacheConfig, Filter, RecommendQuery, SimilarQuery, Source};
use recsys_store::memory::MemoryCache;
use recsys_store::testing::WatchedStorage;
use recsys_store::types::{ItemPatch, NewRating};
use recsys_store::{Engine, MemoryStorage};

use super::fixture::{Shop, content, ids, plain};

/// Tells whether the next answer to `query` is one that was kept.
async fn is_kept(shop: &Shop, query: &RecommendQuery) -> bool {
    let before = shop.engine.cache_statistics().recommendations;
    shop.list(query.clone()).await;
    let after = shop.engine.cache_statistics().recommendations;
    assert_eq!(after.hits + after.misses, before.hits + before.misses + 1);
    after.hits > before.hits
}

#[tokio::test]
async fn a_list_is_made_once() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let query = RecommendQuery { explain: true, ..RecommendQuery::for_user(users[0].id) };
    let first = shop.list(query.clone()).await;
    let second = shop.list(query).await;
    assert_eq!(content(&first), content(&second));
    assert_eq!(first.generated_at, second.generated_at, "the time of the making");
    assert_ne!(first.id, second.id, "each answer can be told apart");
    let found = shop.engine.cache_statistics().recommendations;
    assert_eq!((found.hits, found.misses), (1, 1));
}

#[tokio::test]
async fn an_own_event_makes_the_next_list_anew_and_leaves_those_of_others() {
    let shop = Shop::open().await;
    let (users, items) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let queries = [&users[0], &users[1]].map(|user| RecommendQuery::for_user(user.id));
    for query in &queries {
        assert!(!is_kept(&shop, query).await);
        assert!(is_kept(&shop, query).await);
    }
    shop.record(&users[0], "view", &[&items[6]]).await;
    let list = shop.list(queries[0].clone()).await;
    assert!(!ids(&list).contains(&items[6].id), "the event counts at once");
    assert_eq!(list.source, Source::FoldIn);
    assert!(is_kept(&shop, &queries[1]).await);
}

#[tokio::test]
async fn a_change_of_the_catalogue_and_a_new_model_make_lists_anew() {
    let shop = Shop::open().await;
    let (users, items) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let query = RecommendQuery::for_user(users[0].id);
    shop.list(query.clone()).await;
    let renamed = ItemPatch { title: Some("another name".into()), ..ItemPatch::default() };
    shop.tenant.update_item(items[0].id, renamed).await.unwrap();
    assert!(!is_kept(&shop, &query).await);
    shop.items(vec![plain("just in")]).await;
    assert!(!is_kept(&shop, &query).await);
    shop.tenant.delete_item(items[7].id).await.unwrap();
    assert!(!is_kept(&shop, &query).await);
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    assert!(!is_kept(&shop, &query).await);
    assert!(is_kept(&shop, &query).await);
}

#[tokio::test]
async fn a_list_by_counters_follows_the_events_of_others() {
    let shop = Shop::open().await;
    let ann = shop.user("ann").await;
    let items = shop.items(vec![plain("first"), plain("second")]).await;
    let popular = RecommendQuery::anonymous();
    shop.list(popular.clone()).await;
    assert!(is_kept(&shop, &popular).await);
    shop.record(&ann, "view", &[&items[1]]).await;
    assert_eq!(ids(&shop.list(popular).await)[0], items[1].id);
    let rated = Filter { min_rating: Some(4.0), ..Filter::default() };
    let rated = RecommendQuery { filter: rated, ..RecommendQuery::anonymous() };
    assert_eq!(shop.list(rated.clone()).await.total_count, 0);
    let rating =
        NewRating { user_id: ann.id, item_id: items[0].id, rating: 5.0, review: None, at: None };
    shop.tenant.rate(rating).await.unwrap();
    assert_eq!(shop.list(rated).await.total_count, 1);
}

#[tokio::test]
async fn a_kept_list_shows_its_items_as_they_are_now() {
    let shop = Shop::open().await;
    let (users, items) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let query = RecommendQuery::for_user(users[0].id);
    let counted =
        |list: &recsys_store::engine::Recommendations| list.items[0].item.interaction_count;
    let before = shop.list(query.clone()).await;
    let top = items.iter().find(|item| item.id == ids(&before)[0]).unwrap();
    shop.record(&users[1], "view", &[top]).await;
    let hits = shop.engine.cache_statistics().recommendations.hits;
    let after = shop.list(query).await;
    assert_eq!(shop.engine.cache_statistics().recommendations.hits, hits + 1);
    assert_eq!(counted(&after), counted(&before) + 1);
}

#[tokio::test]
async fn many_who_ask_the_same_at_once_wait_for_one_list() {
    let storage = WatchedStorage::new(Arc::new(MemoryStorage::new()));
    let watch = storage.watch();
    let shop = Shop::on(Arc::new(storage)).await;
    let (users, _) = shop.two_tastes().await;
    let query = RecommendQuery::for_user(users[0].id);
    shop.list(RecommendQuery::anonymous()).await;
    let _ = watch.calls();
    let lists = join_all((0..40).map(|_| shop.tenant.recommend(query.clone()))).await;
    assert!(lists.iter().all(Result::is_ok));
    assert_eq!(watch.calls().get("interactions.histories"), Some(&1));
}

#[tokio::test]
async fn similar_items_are_found_once_until_something_changes() {
    let shop = Shop::open().await;
    let (_, items) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let query = || SimilarQuery { item: items[0].id, limit: 3 };
    let found = || shop.engine.cache_statistics().similar;
    shop.tenant.similar(query()).await.unwrap();
    shop.tenant.similar(query()).await.unwrap();
    assert_eq!((found().hits, found().misses), (1, 1));
    shop.tenant.delete_item(items[2].id).await.unwrap();
    let similar = shop.tenant.similar(query()).await.unwrap();
    assert!(similar.iter().all(|similar| similar.item.id != items[2].id));
    assert_eq!(found().misses, 2);
}

#[tokio::test]
async fn a_list_that_another_process_made_is_found_in_the_shared_cache() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let shared = Arc::new(MemoryCache::new(1 << 20));
    let mut lists = Vec::new();
    for _ in 0..2 {
        let builder = Engine::builder(shop.engine.storage().clone()).shared_cache(shared.clone());
        let engine = builder.build().unwrap();
        let tenant = engine.tenant(shop.tenant.stores().id).await.unwrap();
        let query = RecommendQuery { explain: true, ..RecommendQuery::for_user(users[0].id) };
        lists.push(tenant.recommend(query).await.unwrap());
        tokio::task::yield_now().await; // it is kept without anybody waiting
        let found = engine.cache_statistics().second_level;
        assert_eq!(found.hits, lists.len() as u64 - 1);
    }
    assert_eq!(content(&lists[0]), content(&lists[1]));
    assert_eq!(lists[0].generated_at, lists[1].generated_at);
}

#[tokio::test]
async fn without_a_cache_every_list_is_made() {
    let shop = Shop::open().await;
    let ann = shop.user("ann").await;
    let storage = Arc::clone(shop.engine.storage());
    let engine = Engine::builder(storage).cache(CacheConfig::disabled()).build().unwrap();
    let tenant = engine.tenant(shop.tenant.stores().id).await.unwrap();
    for _ in 0..3 {
        tenant.recommend(RecommendQuery::for_user(ann.id)).await.unwrap();
    }
    let found = engine.cache_statistics().recommendations;
    assert_eq!((found.hits, found.misses), (0, 3));
}
