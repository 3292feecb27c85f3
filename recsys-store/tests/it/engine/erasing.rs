//! An erased user leaves nothing that answers.

use recsys_store::engine::{ErrorCode, FallbackReason, RecommendQuery, Source};
use recsys_store::testing::user;
use recsys_store::types::{Role, UserPatch};

use super::fixture::{Shop, engine};

#[tokio::test]
async fn neither_a_kept_list_nor_the_model_answers_for_an_erased_user() {
    let shop = Shop::open().await;
    let (users, items) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let query = || RecommendQuery::for_user(users[2].id);
    assert_eq!(shop.list(query()).await.source, Source::Model);
    assert!(shop.tenant.users(&[users[2].id]).await.unwrap()[0].is_some());

    assert!(shop.tenant.delete_user(users[2].id).await.unwrap());
    assert!(!shop.tenant.delete_user(users[2].id).await.unwrap());
    let error = shop.tenant.recommend(query()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
    assert_eq!(shop.tenant.users(&[users[2].id]).await.unwrap(), [None]);

    // The same person, imported again, is somebody new to the model.
    let again = shop.tenant.import_users(vec![user("user2")]).await.unwrap().remove(0);
    assert_eq!(again.id, users[2].id);
    let list = shop.list(query()).await;
    assert_eq!(list.source, Source::Fallback(FallbackReason::NoHistory));
    assert_eq!(list.items.len(), items.len(), "what was bought before is forgotten");
    shop.record(&again, "view", &[&items[0]]).await;
    assert_eq!(shop.list(query()).await.source, Source::FoldIn);
}

#[tokio::test]
async fn the_next_training_does_not_see_an_erased_user() {
    let shop = Shop::open().await;
    let (users, items) = shop.two_tastes().await;
    let before = shop.tenant.train("popularity", |_| {}).await.unwrap().metrics.unwrap();
    assert_eq!(before["users"], 6);
    shop.tenant.delete_user(users[2].id).await.unwrap();
    let after = shop.tenant.train("popularity", |_| {}).await.unwrap().metrics.unwrap();
    assert_eq!((&after["users"], &after["events"]), (&5.into(), &18.into()));
    let item = shop.tenant.items(&[items[0].id]).await.unwrap()[0].clone().unwrap();
    assert_eq!(item.interaction_count, 2);
}

#[tokio::test]
async fn another_engine_notices_that_a_user_was_erased() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    let other = engine(shop.engine.storage().clone());
    let other = other.tenant(shop.tenant.stores().id).await.unwrap();
    let query = || RecommendQuery::for_user(users[2].id);
    other.recommend(query()).await.unwrap();
    shop.tenant.delete_user(users[2].id).await.unwrap();
    assert_eq!(other.recommend(query()).await.unwrap_err().code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    let error = shop.tenant.delete_user(users[0].id).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict);
    let promote = UserPatch { role: Some(Role::Admin), preferences: None };
    let promoted = shop.tenant.update_user(users[1].id, promote).await.unwrap();
    assert_eq!(promoted.role, Role::Admin);
    assert!(shop.tenant.delete_user(users[0].id).await.unwrap());
}
