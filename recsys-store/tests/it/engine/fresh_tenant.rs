//! The first minutes of a tenant, before anything was trained, on both backends.

use std::sync::Arc;
use std::time::Duration;

use recsys_store::engine::{ErrorCode, FallbackReason, RecommendQuery, Source};
use recsys_store::types::{ItemId, NewInteraction, UserId};
use recsys_store::{MemoryStorage, SqliteConfig, SqliteStorage, Storage};

use super::fixture::{Shop, check, ids, of, plain};

async fn a_list_before_any_training(storage: Arc<dyn Storage>) {
    let shop = Shop::on(storage).await;
    let ann = shop.user("ann").await;
    let items = (0..5).map(|index| of("books", &format!("book {index}"))).collect();
    let items = shop.items(items).await;
    shop.record(&ann, "view", &[&items[0], &items[1], &items[2]]).await;

    let list = shop.list(RecommendQuery::for_user(ann.id)).await;
    let mut expected = [items[3].id, items[4].id];
    expected.sort();
    assert_eq!(ids(&list), expected, "what was viewed is left out, equals go by id");
    assert!(list.items.iter().all(|recommended| recommended.score > 0.0));
    assert!(list.elapsed > Duration::ZERO);
    assert_eq!((list.algorithm.as_str(), list.total_count), ("hybrid", 2));
    assert_eq!(list.source, Source::Fallback(FallbackReason::Untrained));
    assert_eq!(list.source.to_string(), "fallback:untrained");
    assert_eq!(list.model_version, None);

    let mut everything = RecommendQuery { explain: true, ..RecommendQuery::for_user(ann.id) };
    everything.filter.exclude_interacted = false;
    let list = shop.list(everything).await;
    assert_eq!(list.items.len(), 5);
    assert!(list.items.iter().all(|recommended| recommended.score > 0.0));
    assert!(ids(&list)[..3].contains(&items[0].id), "viewed items are the popular ones");
    check(&list);
    let explanation = list.explanation.unwrap();
    assert_eq!(explanation.method, "fallback");
    assert_eq!(explanation.weights.len(), 1);
}

#[tokio::test]
async fn a_fresh_tenant_gets_a_list_from_memory() {
    a_list_before_any_training(Arc::new(MemoryStorage::new())).await;
}

#[tokio::test]
async fn a_fresh_tenant_gets_a_list_from_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::open(&SqliteConfig::new(folder.path())).await.unwrap();
    a_list_before_any_training(Arc::new(storage)).await;
}

#[tokio::test]
async fn an_empty_catalogue_gives_an_empty_list() {
    let shop = Shop::open().await;
    let list = shop.list(RecommendQuery::anonymous()).await;
    assert_eq!((list.items.len(), list.total_count), (0, 0));
    assert_eq!(list.source, Source::Fallback(FallbackReason::Untrained));
}

#[tokio::test]
async fn wrong_questions_are_answered_by_name() {
    let shop = Shop::open().await;
    let unknown = RecommendQuery { algorithm: "astrology".into(), ..RecommendQuery::anonymous() };
    let error = shop.tenant.recommend(unknown).await.unwrap_err();
    assert_eq!((error.code(), error.field()), (ErrorCode::InvalidInput, Some("algorithm")));
    for name in ["als", "hybrid", "item_knn", "popularity"] {
        assert!(error.to_string().contains(name), "{error}");
    }
    for (query, field) in [
        (RecommendQuery { limit: 0, ..RecommendQuery::anonymous() }, "limit"),
        (RecommendQuery { limit: 1001, ..RecommendQuery::anonymous() }, "limit"),
        (RecommendQuery { diversity: Some(1.5), ..RecommendQuery::anonymous() }, "diversity"),
        (RecommendQuery { diversity: Some(f32::NAN), ..RecommendQuery::anonymous() }, "diversity"),
    ] {
        assert_eq!(shop.tenant.recommend(query).await.unwrap_err().field(), Some(field));
    }
    let nobody = RecommendQuery::for_user(UserId::generate());
    assert_eq!(shop.tenant.recommend(nobody).await.unwrap_err().code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn events_must_refer_to_what_exists_and_is_active() {
    let shop = Shop::open().await;
    let ann = shop.user("ann").await;
    let items = shop.items(vec![plain("lamp"), plain("chair")]).await;
    let hide = recsys_store::types::ItemPatch { is_active: Some(false), ..Default::default() };
    shop.tenant.update_item(items[1].id, hide).await.unwrap();
    for item in [ItemId::generate(), items[1].id] {
        let event = NewInteraction::new(ann.id, item, "view");
        let error = shop.tenant.record(vec![event]).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::NotFound);
        assert!(error.to_string().contains(&item.to_string()), "{error}");
    }
    let good = NewInteraction::new(ann.id, items[0].id, "view");
    let wrong = NewInteraction { kind: "Not a kind".into(), ..good.clone() };
    let error = shop.tenant.record(vec![good, wrong]).await.unwrap_err();
    assert_eq!((error.code(), error.field()), (ErrorCode::InvalidInput, Some("events[1].kind")));
    assert_eq!(shop.tenant.stores().interactions.last_sequence().await.unwrap(), 0);
}
