//! Lists for many users, and why an item is not on one.

use recsys_store::types::{NewInteraction, UserId};
use serde_json::{Value, json};

use crate::support::{Shop, data, error};

async fn record(shop: &Shop, user: UserId, items: &[&recsys_store::types::Item]) {
    let tenant = shop.engine.tenant(shop.tenant).await.expect("a tenant");
    let events = items.iter().map(|item| NewInteraction::new(user, item.id, "purchase"));
    tenant.record(events.collect()).await.expect("recorded");
}

#[tokio::test]
async fn lists_for_many_users_come_in_their_order() {
    let shop = Shop::open().await;
    let items = shop.items(&["Kettle", "Lamp", "Spoon"]).await;
    let (ben, cid) = (shop.user("ben").await, shop.user("cid").await);
    record(&shop, ben.id, &[&items[0], &items[1]]).await;
    let batch = |ids: &[UserId]| {
        let ids: Vec<String> = ids.iter().map(|id| format!("\"{id}\"")).collect();
        format!(
            "{{ batchRecommendations(userIds: [{}]) {{ totalCount items {{ item {{ title }} }} }} }}",
            ids.join(", ")
        )
    };
    let found = data(shop.ask(&batch(&[ben.id, cid.id, ben.id])).await);
    let counts: Vec<&Value> = found["batchRecommendations"]
        .as_array()
        .map(|lists| lists.iter().map(|list| &list["totalCount"]).collect())
        .unwrap_or_default();
    assert_eq!(counts, [1, 3, 1]);
    assert_eq!(found["batchRecommendations"][0]["items"][0]["item"]["title"], "Spoon");

    let response = shop.ask_as(shop.caller(&ben), &batch(&[ben.id])).await;
    assert_eq!(error(&response).0, "FORBIDDEN");
    let response = shop.ask(&batch(&[UserId::generate()])).await;
    assert_eq!(error(&response).0, "NOT_FOUND");
    let many: Vec<UserId> = (0..101).map(|_| ben.id).collect();
    let response = shop.ask(&batch(&many)).await;
    assert_eq!(
        error(&response),
        ("BAD_USER_INPUT", "userIds: has 101 entries, expected at most 100")
    );
}

#[tokio::test]
async fn an_item_says_why_it_is_or_is_not_recommended() {
    let shop = Shop::open().await;
    let items = shop.items(&["Kettle", "Lamp"]).await;
    record(&shop, shop.admin.id, &[&items[0]]).await;
    let ask = |id: recsys_store::types::ItemId| {
        format!(
            r#"{{ explain(itemId: "{id}") {{ base contributions {{ weight }} score rank verdict summary }} }}"#
        )
    };
    let found = data(shop.ask(&ask(items[1].id)).await)["explain"].take();
    assert_eq!((&found["verdict"], &found["rank"]), (&json!("listed"), &json!(1)));
    let parts = found["contributions"].as_array().map_or(&[][..], Vec::as_slice);
    let sum: f64 = parts.iter().filter_map(|part| part["weight"].as_f64()).sum();
    let total = found["base"].as_f64().unwrap_or_default() + sum;
    assert!((total - found["score"].as_f64().unwrap_or_default()).abs() < 1e-4, "{found}");

    let found = data(shop.ask(&ask(items[0].id)).await)["explain"].take();
    assert_eq!(found["verdict"], "interacted");
    assert_eq!(found["summary"], "left out because of an interaction with it");
    let nothing = data(shop.ask(&ask(recsys_store::types::ItemId::generate())).await);
    assert_eq!(nothing["explain"], Value::Null);
    let query = format!(r#"{{ explain(itemId: "{}", algorithm: "x") {{ base }} }}"#, items[0].id);
    assert_eq!(error(&shop.ask(&query).await).0, "BAD_USER_INPUT");
}

#[tokio::test]
async fn an_event_keeps_the_list_that_led_to_it() {
    let shop = Shop::open().await;
    let item = shop.items(&["Kettle"]).await.remove(0);
    let list = data(shop.ask("{ recommendations { id } }").await)["recommendations"]["id"].take();
    let query = format!(
        r#"mutation {{ recordInteraction(input: {{ itemId: "{}", interactionType: "click",
            recommendationId: {list} }}) {{ recommendationId }} }}"#,
        item.id
    );
    assert_eq!(data(shop.ask(&query).await)["recordInteraction"]["recommendationId"], list);
    let found = data(shop.ask("{ me { interactions { recommendationId } } }").await);
    assert_eq!(found["me"]["interactions"][0]["recommendationId"], list);
}

#[tokio::test]
async fn lists_are_served_while_the_storage_is_away() {
    let shop = Shop::open().await;
    shop.items(&["Kettle", "Lamp"]).await;
    let query = "{ me { username } recommendations { items { item { title } } } }";
    let before = data(shop.ask(query).await);
    shop.watch.cut_off();
    assert_eq!(data(shop.ask(query).await), before);
    let write = r#"mutation { createItem(input: { title: "Spoon" }) { id } }"#;
    let response = shop.ask(write).await;
    assert_eq!(error(&response), ("UNAVAILABLE", "temporarily unavailable, try again"));
}
