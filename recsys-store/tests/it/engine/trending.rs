//! What is trending.

use std::sync::Arc;

use chrono::Duration;
use recsys_store::engine::TrendingQuery;
use recsys_store::types::{ItemPatch, NewInteraction, now};
use recsys_store::{MemoryStorage, Storage};

use super::fixture::{Shop, engine, of, plain};

fn all() -> TrendingQuery {
    TrendingQuery { category: None, limit: 10 }
}

async fn trending(shop: &Shop, query: TrendingQuery) -> Vec<(String, u64)> {
    let found = shop.tenant.trending(query).await.unwrap();
    assert!(found.is_sorted_by(|left, right| left.score >= right.score), "{found:?}");
    found.into_iter().map(|it| (it.item.title.clone(), it.interactions)).collect()
}

fn pair(title: &str, count: u64) -> (String, u64) {
    (title.to_owned(), count)
}

#[tokio::test]
async fn the_next_question_knows_of_every_event() {
    let shop = Shop::open().await;
    let ann = shop.user("ann").await;
    let items = shop.items(vec![plain("lamp"), plain("chair")]).await;
    assert_eq!(trending(&shop, all()).await, []);
    shop.record(&ann, "view", &[&items[0]]).await;
    assert_eq!(trending(&shop, all()).await, [pair("lamp", 1)]);
    shop.record(&ann, "view", &[&items[1], &items[1], &items[1]]).await;
    assert_eq!(trending(&shop, all()).await, [pair("chair", 3), pair("lamp", 1)]);
}

#[tokio::test]
async fn new_events_count_more_than_old_ones_and_dislikes_not_at_all() {
    let shop = Shop::open().await;
    let ann = shop.user("ann").await;
    let items = shop.items(["old", "new", "older", "disliked"].map(plain).to_vec()).await;
    let ago = |item: usize, days| NewInteraction {
        at: Some(now() - Duration::days(days)),
        ..NewInteraction::new(ann.id, items[item].id, "view")
    };
    let events = vec![ago(0, 3), ago(0, 3), ago(0, 3), ago(1, 0), ago(2, 8)];
    shop.tenant.record(events).await.unwrap();
    shop.record(&ann, "dislike", &[&items[3]]).await;
    assert_eq!(trending(&shop, all()).await, [pair("new", 1), pair("old", 3)]);
}

#[tokio::test]
async fn only_active_items_of_the_category_are_shown() {
    let shop = Shop::open().await;
    let ann = shop.user("ann").await;
    let new = vec![of("garden", "spade"), of("kitchen", "pan"), of("garden", "rake")];
    let items = shop.items(new).await;
    shop.record(&ann, "view", &[&items[0], &items[1], &items[2]]).await;
    let patch = ItemPatch { is_active: Some(false), ..ItemPatch::default() };
    shop.tenant.update_item(items[2].id, patch).await.unwrap();
    let garden = TrendingQuery { category: Some("garden".into()), ..all() };
    assert_eq!(trending(&shop, garden).await, [pair("spade", 1)]);
    let one = TrendingQuery { limit: 1, ..all() };
    assert_eq!(trending(&shop, one).await.len(), 1);
    let none = TrendingQuery { limit: 0, ..all() };
    assert_eq!(shop.tenant.trending(none).await.unwrap_err().field(), Some("limit"));
}

#[tokio::test]
async fn another_engine_counts_the_same_events() {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let shop = Shop::on(Arc::clone(&storage)).await;
    let ann = shop.user("ann").await;
    let lamp = shop.items(vec![plain("lamp")]).await.remove(0);
    shop.record(&ann, "view", &[&lamp, &lamp]).await;
    let other = engine(storage).tenant(shop.tenant.tenant().id).await.unwrap();
    let counted = async || other.trending(all()).await.unwrap()[0].interactions;
    assert_eq!(counted().await, 2);
    shop.record(&ann, "view", &[&lamp]).await;
    assert_eq!(counted().await, 3);
}
