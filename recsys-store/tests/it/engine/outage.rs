//! The storage cannot be reached: what is known still answers.

use std::sync::Arc;

use recsys_store::MemoryStorage;
use recsys_store::engine::{ErrorCode, RecommendQuery, SimilarQuery, Source};
use recsys_store::testing::{Watch, WatchedStorage};
use recsys_store::types::{Item, NewInteraction, User};

use super::fixture::{Shop, content, engine, ids};

/// A trained shop whose first user has a kept list.
async fn trained() -> (Shop, Watch, Vec<User>, Vec<Item>) {
    let storage = WatchedStorage::new(Arc::new(MemoryStorage::new()));
    let watch = storage.watch();
    let shop = Shop::on(Arc::new(storage)).await;
    let (users, items) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    shop.list(RecommendQuery::for_user(users[0].id)).await;
    (shop, watch, users, items)
}

#[tokio::test]
async fn a_kept_list_still_answers() {
    let (shop, watch, users, _) = trained().await;
    let query = || RecommendQuery::for_user(users[0].id);
    let before = shop.list(query()).await;
    watch.cut_off();
    assert_eq!(content(&shop.list(query()).await), content(&before));
    let tenant = shop.engine.tenant(shop.tenant.stores().id).await.unwrap();
    assert!(tenant.recommend(query()).await.is_ok(), "the tenant is known as well");
}

#[tokio::test]
async fn the_trained_profile_answers_for_a_user_who_is_known() {
    let (shop, watch, users, _) = trained().await;
    shop.tenant.users(&[users[1].id]).await.unwrap();
    let other = engine(shop.engine.storage().clone());
    let other = other.tenant(shop.tenant.stores().id).await.unwrap();
    let before = other.recommend(RecommendQuery::for_user(users[1].id)).await.unwrap();
    watch.cut_off();
    let list = shop.list(RecommendQuery::for_user(users[1].id)).await;
    assert_eq!((list.source, content(&list)), (Source::Model, content(&before)));
    let error = shop.tenant.recommend(RecommendQuery::for_user(users[2].id)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unavailable, "nobody knows whether the user still exists");
    watch.recover();
    let before = shop.engine.cache_statistics().recommendations;
    shop.list(RecommendQuery::for_user(users[1].id)).await;
    let after = shop.engine.cache_statistics().recommendations;
    assert_eq!(after.misses, before.misses + 1, "a list without the history is not kept");
}

#[tokio::test]
async fn visitors_neighbours_items_and_known_users_are_served() {
    let (shop, watch, users, items) = trained().await;
    shop.tenant.users(&[users[0].id]).await.unwrap();
    watch.cut_off();
    assert_eq!(shop.list(RecommendQuery::anonymous()).await.items.len(), 8);
    let query = SimilarQuery { item: items[0].id, limit: 3 };
    assert_eq!(shop.tenant.similar(query).await.unwrap().len(), 3);
    let found = shop.tenant.items(&[items[1].id]).await.unwrap();
    assert_eq!(found[0].as_deref().map(|item| item.id), Some(items[1].id));
    assert!(shop.tenant.users(&[users[0].id]).await.unwrap()[0].is_some());
    assert_eq!(shop.tenant.users(&[users[3].id]).await.unwrap_err().code(), ErrorCode::Unavailable);
}

#[tokio::test]
async fn a_write_is_not_acknowledged() {
    let (shop, watch, users, items) = trained().await;
    watch.cut_off();
    let event = NewInteraction::new(users[0].id, items[6].id, "view");
    let error = shop.tenant.record(vec![event]).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unavailable);
    watch.recover();
    let list = shop.list(RecommendQuery::for_user(users[0].id)).await;
    assert!(ids(&list).contains(&items[6].id));
}

#[tokio::test]
async fn a_tenant_that_was_never_served_is_unavailable() {
    let storage = WatchedStorage::new(Arc::new(MemoryStorage::new()));
    let watch = storage.watch();
    let shop = Shop::on(Arc::new(storage)).await;
    watch.cut_off();
    let error = shop.tenant.recommend(RecommendQuery::anonymous()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unavailable);
}
