//! What subscriptions say, and to whom.

use futures_util::{FutureExt as _, StreamExt as _};
use recsys_graphql::{Caller, Principal, async_graphql::Request};
use recsys_store::types::{
    Change, Item, ItemId, ItemPatch, NewInteraction, NewRating, User, UserId,
};
use serde_json::{Value, json};

use crate::support::{Shop, data, error, user};

const LISTS: &str = "subscription { recommendationUpdates { rank item { title } } }";
const UPDATES: &str = "subscription { tenantItemUpdates { title } }";
const ACTIVITY: &str = "subscription { userActivity { kind
    interaction { interactionType item { title } } rating { rating } } }";

async fn record(shop: &Shop, user: UserId, item: ItemId, kind: &str) {
    let tenant = shop.engine.tenant(shop.tenant).await.expect("a tenant");
    tenant.record(vec![NewInteraction::new(user, item, kind)]).await.expect("recorded");
}

async fn patch(shop: &Shop, item: ItemId, patch: ItemPatch) {
    let tenant = shop.engine.tenant(shop.tenant).await.expect("a tenant");
    tenant.update_item(item, patch).await.expect("updated");
}

fn inactive() -> ItemPatch {
    ItemPatch { is_active: Some(false), ..ItemPatch::default() }
}

/// Somebody who administers nothing.
async fn ben(shop: &Shop) -> (User, Caller) {
    let stores = shop.engine.storage().tenant(shop.tenant);
    let ben = stores.users.create(user("ben")).await.expect("a user");
    let principal = Principal { user: ben.id, tenant: shop.tenant };
    (ben, Caller::signed_in(principal))
}

fn titles(list: &Value) -> Vec<&str> {
    let places = list.as_array().expect("a list").iter();
    places.map(|place| place["item"]["title"].as_str().expect("a title")).collect()
}

async fn shop_of(titles: &[&str]) -> (Shop, Vec<Item>) {
    let shop = Shop::open().await;
    let items = shop.items(titles).await;
    (shop, items)
}

#[tokio::test]
async fn a_list_comes_at_once_and_again_when_the_user_does_something() {
    let (shop, items) = shop_of(&["Kettle", "Lamp", "Spoon"]).await;
    let mut lists = shop.follow(LISTS);
    let first = lists.next().await;
    assert_eq!(titles(&first["recommendationUpdates"]).len(), 3);
    record(&shop, shop.admin.id, items[1].id, "purchase").await;
    let second = lists.next().await;
    let left = titles(&second["recommendationUpdates"]);
    assert!(left.len() == 2 && !left.contains(&"Lamp"), "{second}");
}

#[tokio::test(start_paused = true)]
async fn a_list_comes_again_for_a_new_model_and_not_for_what_others_do() {
    let (shop, items) = shop_of(&["Kettle", "Lamp", "Spoon"]).await;
    let (ben, _) = ben(&shop).await;
    record(&shop, shop.admin.id, items[0].id, "view").await;
    let mut lists = shop.follow(LISTS);
    let by_popularity = lists.next().await;
    record(&shop, ben.id, items[2].id, "purchase").await;
    assert!(lists.is_silent());
    let tenant = shop.engine.tenant(shop.tenant).await.expect("a tenant");
    tenant.train("hybrid", |_| {}).await.expect("a model");
    let by_model = lists.next().await;
    assert_ne!(by_model, by_popularity);
}

#[tokio::test(start_paused = true)]
async fn a_burst_makes_one_list_and_an_equal_list_is_not_sent_twice() {
    let titles: Vec<String> = (0..40).map(|number| format!("Item {number}")).collect();
    let (shop, items) = shop_of(&titles.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut lists = shop.follow("subscription { recommendationUpdates { item { id } } }");
    lists.next().await;
    let before = lists.is_silent();
    for item in &items[..5] {
        record(&shop, shop.admin.id, item.id, "view").await;
    }
    let list = lists.next().await.to_string();
    assert!(before && items[..5].iter().all(|item| !list.contains(&item.id.to_string())));
    // The own account, but nothing that changes the list.
    let tenant = shop.engine.tenant(shop.tenant).await.expect("a tenant");
    tenant.announce(Change::UserChanged(shop.admin.id));
    let pause = tokio::time::sleep(std::time::Duration::from_secs(5));
    tokio::select! {
        list = lists.next() => assert_eq!(list, json!(null), "nothing has changed"),
        () = pause => {}
    }
}

#[tokio::test]
async fn an_unknown_algorithm_is_named() {
    let (shop, _) = shop_of(&["Kettle"]).await;
    let query = r#"subscription { recommendationUpdates(algorithm: "astrology") { rank } }"#;
    let (code, message) = shop.follow(query).fails().await;
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.starts_with("algorithm: "), "{message}");
}

#[tokio::test]
async fn an_item_tells_what_is_done_with_it_and_ends_with_it() {
    let (shop, items) = shop_of(&["Kettle", "Lamp"]).await;
    let (ben, as_ben) = ben(&shop).await;
    let query = format!(
        r#"subscription {{ itemInteractions(itemId: "{}") {{ interactionType context user {{ username }} }} }}"#,
        items[0].id
    );
    let (mut followed, mut by_ben) = (shop.follow(&query), shop.follow_as(as_ben, &query));
    assert!(followed.is_silent() && by_ben.is_silent());
    let tenant = shop.engine.tenant(shop.tenant).await.expect("a tenant");
    let event = |user, item: &Item| NewInteraction {
        context: Some(json!({ "page": 7 })),
        ..NewInteraction::new(user, item.id, "view")
    };
    let events = vec![event(ben.id, &items[1]), event(shop.admin.id, &items[0])];
    tenant.record(events).await.expect("recorded");
    let context = json!({ "page": 7 });
    for (followed, context) in [(&mut followed, context), (&mut by_ben, Value::Null)] {
        let expected = json!({
            "interactionType": "view", "context": context, "user": { "username": "ada" } });
        assert_eq!(followed.next().await["itemInteractions"], expected);
    }
    tenant.delete_item(items[0].id).await.expect("deleted");
    followed.ends().await;
}

#[tokio::test]
async fn an_item_that_is_not_shown_cannot_be_followed() {
    let (shop, items) = shop_of(&["Kettle"]).await;
    patch(&shop, items[0].id, inactive()).await;
    for id in [items[0].id, ItemId::generate()] {
        let query =
            format!(r#"subscription {{ itemInteractions(itemId: "{id}") {{ interactionType }} }}"#);
        assert_eq!(shop.follow(&query).fails().await.0, "NOT_FOUND");
    }
}

#[tokio::test]
async fn users_follow_what_they_do_themselves() {
    let (shop, items) = shop_of(&["Kettle"]).await;
    let (ben, _) = ben(&shop).await;
    let mut activity = shop.follow(ACTIVITY);
    assert!(activity.is_silent());
    record(&shop, ben.id, items[0].id, "view").await;
    record(&shop, shop.admin.id, items[0].id, "cart").await;
    let tenant = shop.engine.tenant(shop.tenant).await.expect("a tenant");
    let (user_id, item_id) = (shop.admin.id, items[0].id);
    let rating = NewRating { user_id, item_id, rating: 4.0, review: None, at: None };
    tenant.rate(rating).await.expect("rated");
    let interaction = json!({ "interactionType": "cart", "item": { "title": "Kettle" } });
    let expected = json!({ "kind": "interaction", "interaction": interaction, "rating": null });
    assert_eq!(activity.next().await["userActivity"], expected);
    let expected = json!({ "kind": "rating", "interaction": null, "rating": { "rating": 4.0 } });
    assert_eq!(activity.next().await["userActivity"], expected);
}

#[tokio::test]
async fn updates_show_active_items_in_their_newest_state() {
    let (shop, items) = shop_of(&["Kettle", "Lamp"]).await;
    let mut updates = shop.follow(UPDATES);
    assert!(updates.is_silent());
    patch(&shop, items[0].id, inactive()).await;
    patch(&shop, items[1].id, ItemPatch { title: Some("Lantern".into()), ..ItemPatch::default() })
        .await;
    shop.items(&["Spoon"]).await;
    assert_eq!(updates.next().await["tenantItemUpdates"]["title"], "Lantern");
    assert_eq!(updates.next().await["tenantItemUpdates"]["title"], "Spoon");
}

#[tokio::test(start_paused = true)]
async fn trends_come_at_once_and_again_when_they_change() {
    let (shop, items) = shop_of(&["Kettle", "Lamp"]).await;
    let fields = "item { title } interactionCount";
    let mut trends = shop.follow(&format!("subscription {{ trendingItems {{ {fields} }} }}"));
    assert_eq!(trends.next().await["trendingItems"], json!([]));
    record(&shop, shop.admin.id, items[1].id, "view").await;
    let lamp = json!([{ "item": { "title": "Lamp" }, "interactionCount": 1 }]);
    assert_eq!(trends.next().await["trendingItems"], lamp);
    let asked = shop.ask(&format!("{{ trending(limit: 1) {{ {fields} score }} }}")).await;
    assert_eq!(data(asked)["trending"][0]["interactionCount"], 1);
    patch(&shop, items[1].id, inactive()).await;
    assert_eq!(trends.next().await["trendingItems"], json!([]));
    let query = r#"subscription { trendingItems(category: "tea") { score } }"#;
    assert_eq!(shop.follow(query).next().await["trendingItems"], json!([]));
}

#[tokio::test]
async fn a_training_is_followed_to_its_end() {
    let (shop, items) = shop_of(&["Kettle"]).await;
    record(&shop, shop.admin.id, items[0].id, "view").await;
    let tenant = shop.engine.tenant(shop.tenant).await.expect("a tenant");
    let job = tenant.submit_training("popularity").await.expect("queued");
    let query = format!(
        r#"subscription {{ trainingProgress(jobId: "{}") {{ status progress }} }}"#,
        job.id
    );
    let (_, as_ben) = ben(&shop).await;
    assert_eq!(shop.follow_as(as_ben, &query).fails().await.0, "FORBIDDEN");
    let mut progress = shop.follow(&query);
    assert_eq!(progress.next().await["trainingProgress"]["status"], "QUEUED");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let worker = shop.engine.spawn_worker(async {
        let _ = stopped.await;
    });
    let ended = loop {
        let mut job = progress.next().await;
        if job["trainingProgress"]["status"] != "RUNNING" {
            break job["trainingProgress"].take();
        }
    };
    assert_eq!(ended, json!({ "status": "SUCCEEDED", "progress": 1.0 }));
    progress.ends().await;
    stop.send(()).expect("it runs");
    worker.await.expect("it stops");
    let unknown = query.replace(&job.id.to_string(), &ItemId::generate().to_string());
    assert_eq!(shop.follow(&unknown).fails().await.0, "NOT_FOUND");
}

#[tokio::test]
async fn who_has_not_signed_in_follows_the_catalogue_at_most() {
    let (shop, items) = shop_of(&["Kettle"]).await;
    let visitor = Caller::in_tenant(shop.tenant);
    let at_item = format!(
        r#"subscription {{ itemInteractions(itemId: "{}") {{ interactionType }} }}"#,
        items[0].id
    );
    for query in [LISTS, ACTIVITY, &at_item] {
        assert_eq!(shop.follow_as(visitor, query).fails().await.0, "UNAUTHENTICATED");
    }
    for query in [UPDATES, "subscription { trendingItems { score } }"] {
        assert_eq!(shop.follow_as(Caller::anonymous(), query).fails().await.0, "UNAUTHENTICATED");
    }
    let mut updates = shop.follow_as(visitor, UPDATES);
    assert!(updates.is_silent());
    shop.items(&["Lamp"]).await;
    assert_eq!(updates.next().await["tenantItemUpdates"]["title"], "Lamp");
}

#[tokio::test]
async fn an_account_that_is_gone_hears_nothing() {
    let (shop, _) = shop_of(&["Kettle"]).await;
    let gone = Principal { user: UserId::generate(), tenant: shop.tenant };
    let (code, _) = shop.follow_as(Caller::signed_in(gone), UPDATES).fails().await;
    assert_eq!(code, "UNAUTHENTICATED");
    let ben = shop.user("ben").await;
    let mut updates = shop.follow_as(shop.caller(&ben), UPDATES);
    assert!(updates.is_silent());
    let tenant = shop.engine.tenant(shop.tenant).await.expect("a tenant");
    assert!(tenant.delete_user(ben.id).await.expect("a storage"));
    assert_eq!(updates.fails().await.0, "UNAUTHENTICATED");
}

#[tokio::test]
async fn who_is_too_slow_is_told_of_the_gap() {
    let (shop, items) = shop_of(&["Kettle"]).await;
    let mut updates = shop.follow(UPDATES);
    assert!(updates.is_silent());
    let tenant = shop.engine.tenant(shop.tenant).await.expect("a tenant");
    for _ in 0..5_000 {
        tenant.announce(Change::ItemChanged(items[0].id));
    }
    let (code, message) = updates.fails().await;
    assert_eq!(code, "UNAVAILABLE");
    assert!(message.contains("read again"), "{message}");
}

#[tokio::test]
async fn a_subscription_has_one_field() {
    let (shop, _) = shop_of(&["Kettle"]).await;
    for query in [
        "subscription { tenantItemUpdates { title } userActivity { kind } }",
        "subscription { ...F } fragment F on Subscription { tenantItemUpdates { title } }",
    ] {
        assert_eq!(shop.follow(query).fails().await.0, "GRAPHQL_VALIDATION_FAILED");
    }
    let request = Request::new(UPDATES).data(shop.caller(&shop.admin));
    let response = shop.schema.execute(request).await;
    assert_eq!(error(&response).0, "GRAPHQL_VALIDATION_FAILED", "no stream was asked for");
}

#[tokio::test]
async fn the_executor_may_follow_as_well_and_hears_the_same() {
    let (shop, items) = shop_of(&["Kettle", "Lamp"]).await;
    let request = Request::new(ACTIVITY).data(shop.caller(&shop.admin));
    let (mut with, mut without) = (shop.schema.execute_stream(request), shop.follow(ACTIVITY));
    assert!(with.next().now_or_never().is_none() && without.is_silent());
    for item in &items {
        record(&shop, shop.admin.id, item.id, "view").await;
        assert_eq!(data(with.next().await.expect("an entry")), without.next().await);
    }
}
