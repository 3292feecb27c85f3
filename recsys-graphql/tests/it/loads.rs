//! Relations are read in batches: the number of reads does not grow with the lists.

use std::collections::BTreeMap;

use recsys_store::types::{NewInteraction, NewRating};
use serde_json::Value;

use crate::support::{Shop, data};

/// A shop with so many users, each of whom viewed and rated as many items.
async fn busy(size: usize) -> Shop {
    let shop = Shop::open().await;
    let titles: Vec<String> = (0..size).map(|number| format!("Item {number}")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let items = shop.items(&titles).await;
    let tenant = shop.engine.tenant(shop.tenant).await.expect("a tenant");
    for number in 0..size {
        let user = shop.user(&format!("user{number}")).await;
        let event = |kind| {
            move |item: &recsys_store::types::Item| NewInteraction::new(user.id, item.id, kind)
        };
        let events = items.iter().map(event("view")).chain(items.iter().map(event("like")));
        tenant.record(events.collect()).await.expect("recorded");
        for item in &items {
            let (user_id, item_id) = (user.id, item.id);
            let rating = NewRating { user_id, item_id, rating: 4.0, review: None, at: None };
            tenant.rate(rating).await.expect("rated");
        }
    }
    shop
}

/// Returns the data of a query and the calls that it took, on the shop as another process finds it.
async fn calls(shop: &Shop, query: &str) -> (Value, BTreeMap<&'static str, usize>) {
    let _ = shop.watch.calls();
    let found = data(shop.ask(query).await);
    (found, shop.watch.calls())
}

const NESTED: &str = r#"{
    users(limit: 20) {
        username
        tenant { domain }
        interactions(type: "view", limit: 20) { item { title averageRating } user { username } }
        likes: interactions(type: "like", limit: 20) { item { title } }
        ratings(limit: 20) { rating item { title averageRating } user { role } }
    }
    items(limit: 20) { title similarItems(topK: 3) { item { title similarItems { score } } } }
    recommendations { items { item { title tenant { id } } } }
}"#;

#[tokio::test]
async fn a_nested_query_takes_as_many_reads_whatever_the_length_of_its_lists() {
    let (few, many) = (busy(3).await, busy(9).await);
    let (data, calls_of_few) = calls(&few, NESTED).await;
    assert_eq!(data["users"][1]["interactions"].as_array().map(Vec::len), Some(3));
    let (data, calls_of_many) = calls(&many, NESTED).await;
    assert_eq!(data["users"][1]["interactions"].as_array().map(Vec::len), Some(9));
    assert_eq!(data["users"][1]["ratings"].as_array().map(Vec::len), Some(9));
    assert_eq!(data["users"][1]["likes"][0]["item"]["title"], "Item 8");
    assert_eq!(calls_of_few, calls_of_many);
    for (call, expected) in
        [("interactions.histories", 3), ("interactions.ratings", 1), ("users.list", 1)]
    {
        assert_eq!(calls_of_many.get(call), Some(&expected), "{calls_of_many:?}");
    }
}

#[tokio::test]
async fn the_items_and_users_of_many_events_are_read_at_once() {
    let shop = busy(8).await;
    let query = "{ users(limit: 100) { interactions { item { title } user { username } } } }";
    let (found, calls) = calls(&shop, query).await;
    assert_eq!(found["users"][3]["interactions"].as_array().map(Vec::len), Some(24));
    let calls = ["catalog.get_many", "users.get_many"].map(|call| calls.get(call).copied());
    // The caller is read first.
    assert!(calls[0] <= Some(1) && calls[1] <= Some(2), "{calls:?}");
}

#[tokio::test]
async fn recommended_items_come_with_the_list() {
    let shop = Shop::open().await;
    shop.items(&["Kettle", "Lamp", "Spoon"]).await;
    let (found, calls) = calls(&shop, "{ recommendations { items { item { title } } } }").await;
    assert_eq!(found["recommendations"]["items"].as_array().map(Vec::len), Some(3));
    assert_eq!(calls.get("catalog.get_many"), None);
}

#[tokio::test]
async fn aliases_share_a_read() {
    let shop = Shop::open().await;
    let items = shop.items(&["Kettle", "Lamp"]).await;
    let query = format!(
        r#"{{ a: item(id: "{}") {{ title }} b: item(id: "{}") {{ title }} }}"#,
        items[0].id, items[1].id
    );
    let (found, calls) = calls(&shop, &query).await;
    assert_eq!(found["b"]["title"], "Lamp");
    assert_eq!(calls.get("catalog.get_many"), Some(&1));
}

#[tokio::test]
async fn a_page_of_lists_reads_the_history_once() {
    let shop = busy(6).await;
    let query = r#"{
        plain: recommendations { totalCount }
        long: recommendations(options: { numRecommendations: 50 }) { totalCount }
        seen: recommendations(options: { filters: { excludeInteracted: false } }) { totalCount }
        popular: recommendations(options: { algorithm: "popularity" }) { totalCount }
    }"#;
    let (found, calls) = calls(&shop, query).await;
    assert_eq!(
        (&found["plain"]["totalCount"], &found["seen"]["totalCount"]),
        (&6.into(), &6.into())
    );
    assert_eq!(calls.get("interactions.histories"), Some(&1), "{calls:?}");
}

#[tokio::test]
async fn an_alias_that_is_refused_leaves_the_others() {
    let shop = busy(2).await;
    let query = r#"{ items { title }
        recommendations(options: { algorithm: "guessing" }) { totalCount } }"#;
    let response = shop.ask(query).await;
    assert_eq!(crate::support::error(&response).0, "BAD_USER_INPUT");
}
