//! Several questions at once: the same answers, fewer reads.

use std::sync::Arc;

use recsys_store::MemoryStorage;
use recsys_store::engine::{CacheConfig, ErrorCode, Filter, RecommendQuery};
use recsys_store::testing::WatchedStorage;
use recsys_store::types::{ItemId, UserId};
use recsys_store::{Engine, EngineError, TenantEngine};

use super::fixture::{Shop, content};

/// The shop's tenant in an engine that keeps nothing.
async fn uncached(shop: &Shop) -> TenantEngine {
    let storage = Arc::clone(shop.engine.storage());
    let engine = Engine::builder(storage).cache(CacheConfig::disabled()).build().unwrap();
    engine.tenant(shop.tenant.stores().id).await.unwrap()
}

#[tokio::test]
async fn each_answer_of_a_batch_is_what_it_would_be_alone() {
    let shop = Shop::open().await;
    let (users, items) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    shop.record(&users[1], "view", &[&items[0]]).await;
    shop.items(vec![super::fixture::plain("just in")]).await;
    let tenant = uncached(&shop).await;
    let mut queries = Vec::new();
    for user in [Some(users[0].id), Some(users[1].id), None] {
        for algorithm in ["hybrid", "als", "popularity", "user_knn"] {
            let plain =
                RecommendQuery { user, algorithm: algorithm.into(), ..RecommendQuery::anonymous() };
            let some = Filter { exclude_items: vec![items[3].id], ..Filter::default() };
            queries.extend([
                RecommendQuery { limit: 2, ..plain.clone() },
                RecommendQuery { diversity: Some(0.5), explain: true, ..plain.clone() },
                RecommendQuery { filter: some, ..plain.clone() },
                RecommendQuery { seed_items: vec![items[4].id], ..plain },
            ]);
        }
    }
    let together = tenant.recommend_many(queries.clone()).await;
    for (query, answer) in queries.into_iter().zip(together) {
        let alone = tenant.recommend(query).await.unwrap();
        assert_eq!(content(&answer.unwrap()), content(&alone));
    }
}

#[tokio::test]
async fn a_wrong_question_does_not_spoil_the_others() {
    let shop = Shop::open().await;
    let ann = shop.user("ann").await;
    let good = RecommendQuery::for_user(ann.id);
    let answers = shop
        .tenant
        .recommend_many(vec![
            RecommendQuery { algorithm: "guessing".into(), ..good.clone() },
            good.clone(),
            RecommendQuery::for_user(UserId::generate()),
            RecommendQuery { limit: 0, ..good.clone() },
            RecommendQuery { seed_items: vec![ItemId::generate()], ..good },
        ])
        .await;
    let codes: Vec<Option<ErrorCode>> =
        answers.iter().map(|answer| answer.as_ref().err().map(EngineError::code)).collect();
    let (wrong, unknown) = (Some(ErrorCode::InvalidInput), Some(ErrorCode::NotFound));
    assert_eq!(codes, [wrong, None, unknown, wrong, None]);
}

#[tokio::test]
async fn the_histories_of_many_users_are_read_at_once() {
    let storage = WatchedStorage::new(Arc::new(MemoryStorage::new()));
    let watch = storage.watch();
    let shop = Shop::on(Arc::new(storage)).await;
    let (users, _) = shop.two_tastes().await;
    let newcomers = [shop.user("new").await, shop.user("newer").await];
    shop.list(RecommendQuery::anonymous()).await;
    let _ = watch.calls();
    let everybody = users.iter().chain(&newcomers).map(|user| RecommendQuery::for_user(user.id));
    let answers = shop.tenant.recommend_many(everybody.collect()).await;
    assert!(answers.iter().all(Result::is_ok));
    let calls = watch.calls();
    let reads = ["interactions.histories", "users.get_many"].map(|call| calls.get(call).copied());
    assert_eq!(reads, [Some(1), Some(1)], "{calls:?}");
}
