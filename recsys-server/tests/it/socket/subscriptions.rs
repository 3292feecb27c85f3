//! All subscriptions, from the change to the message.

use serde_json::{Value, json};

use super::client::{Client, Live};
use crate::api::support::Account;

const LIST: &str = "subscription { recommendationUpdates { item { id } } }";

async fn record(live: &Live, account: &Account, item: &str) {
    let query = format!(
        r#"mutation {{ recordInteraction(input: {{ itemId: "{item}", interactionType: "purchase" }}) {{ id }} }}"#
    );
    live.server.ask(account, &query).await;
}

async fn list(client: &mut Client) -> Vec<String> {
    let data = client.next().await;
    let places = data["recommendationUpdates"].as_array().expect("a list").iter();
    places.map(|place| place["item"]["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test]
async fn two_users_see_their_own_lists_change() {
    let live = Live::start().await;
    let items = live.server.items(&live.ada, &["Kettle", "Lamp", "Spoon"]).await;
    let ben = live.server.register("shop", "ben").await;
    let mut of_ada = live.following(&live.ada, LIST).await;
    let mut of_ben = live.following(&ben, LIST).await;
    assert_eq!(list(&mut of_ada).await.len(), 3);
    assert_eq!(list(&mut of_ben).await.len(), 3);
    record(&live, &live.ada, &items[0]).await;
    let after = list(&mut of_ada).await;
    assert!(after.len() == 2 && !after.contains(&items[0]), "{after:?}");
    // The next that is heard there is about the own event: there was nothing about the other's.
    record(&live, &ben, &items[1]).await;
    let after = list(&mut of_ben).await;
    assert!(after.len() == 2 && after.contains(&items[0]), "{after:?}");
}

#[tokio::test]
async fn interactions_of_an_item() {
    let live = Live::start().await;
    let items = live.server.items(&live.ada, &["Kettle", "Lamp"]).await;
    let query = format!(
        r#"subscription {{ itemInteractions(itemId: "{}") {{ interactionType user {{ username }} item {{ title }} }} }}"#,
        items[1]
    );
    let ben = live.server.register("shop", "ben").await;
    let mut client = live.following(&ben, &query).await;
    let data = heard(&mut client, async || {
        record(&live, &live.ada, &items[0]).await;
        record(&live, &live.ada, &items[1]).await;
    });
    let expected = json!({ "itemInteractions": {
        "interactionType": "purchase", "user": { "username": "ada" }, "item": { "title": "Lamp" } } });
    assert_eq!(data.await, expected);
}

#[tokio::test]
async fn activity_of_the_user() {
    let live = Live::start().await;
    let items = live.server.items(&live.ada, &["Kettle"]).await;
    let ben = live.server.register("shop", "ben").await;
    let query = "subscription { userActivity { kind interaction { item { title } } } }";
    let mut client = live.following(&live.ada, query).await;
    let data = heard(&mut client, async || {
        record(&live, &ben, &items[0]).await;
        record(&live, &live.ada, &items[0]).await;
    });
    let expected = json!({ "userActivity": {
        "kind": "interaction", "interaction": { "item": { "title": "Kettle" } } } });
    assert_eq!(data.await, expected);
}

#[tokio::test]
async fn items_of_the_own_tenant() {
    let live = Live::start().await;
    live.server.tenant("market").await;
    let mallory = live.server.register("market", "mallory").await;
    let query = "subscription { tenantItemUpdates { title } }";
    let mut client = live.following(&live.ada, query).await;
    let data = heard(&mut client, async || {
        live.server.items(&mallory, &["Theirs"]).await;
        live.server.items(&live.ada, &["Ours"]).await;
    });
    let expected = json!({ "tenantItemUpdates": { "title": "Ours" } });
    assert_eq!(data.await, expected);
}

#[tokio::test]
async fn what_is_trending() {
    let live = Live::start().await;
    let items = live.server.items(&live.ada, &["Kettle", "Lamp"]).await;
    let query = "subscription { trendingItems { item { title } interactionCount } }";
    let mut client = live.following(&live.ada, query).await;
    assert_eq!(client.next().await, json!({ "trendingItems": [] }));
    record(&live, &live.ada, &items[1]).await;
    let lamp = json!({ "item": { "title": "Lamp" }, "interactionCount": 1 });
    assert_eq!(client.next().await, json!({ "trendingItems": [lamp] }));
}

#[tokio::test]
async fn a_training() {
    let live = Live::start().await;
    let items = live.server.items(&live.ada, &["Kettle"]).await;
    record(&live, &live.ada, &items[0]).await;
    let query = r#"mutation { trainModel(algorithm: "popularity") { id } }"#;
    let job = live.server.ask(&live.ada, query).await;
    let job = job["trainModel"]["id"].as_str().expect("an id").to_owned();
    let query =
        format!(r#"subscription {{ trainingProgress(jobId: "{job}") {{ status progress }} }}"#);
    let mut client = live.following(&live.ada, &query).await;
    let ended = loop {
        let mut data = client.next().await;
        let job = data["trainingProgress"].take();
        if job["status"] != "QUEUED" && job["status"] != "RUNNING" {
            break job;
        }
    };
    assert_eq!(ended, json!({ "status": "SUCCEEDED", "progress": 1.0 }));
    client.completes("1").await;
}

#[tokio::test]
async fn a_training_is_for_administrators() {
    let live = Live::start().await;
    let ben = live.server.register("shop", "ben").await;
    let query = format!(r#"subscription {{ trainingProgress(jobId: "{}") {{ id }} }}"#, ben.id);
    let mut client = live.following(&ben, &query).await;
    assert_eq!(client.error("1").await, "FORBIDDEN");
}

/// Does something again and again until the client hears of it, and returns what it hears first. Only
/// the server knows when a subscription begins to listen.
async fn heard(client: &mut Client, act: impl AsyncFn()) -> Value {
    let acting = async {
        loop {
            act().await;
        }
    };
    tokio::select! {
        data = client.next() => data,
        () = acting => Value::Null,
    }
}
