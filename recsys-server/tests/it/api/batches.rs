//! Bulk mutations: all or nothing, and errors that say which entry was wrong.

use serde_json::{Value, json};

use super::support::{Account, Server};

const CREATE: &str = "mutation($inputs: [ItemInput!]!) { createItems(inputs: $inputs) { id } }";
const RECORD: &str = "mutation($inputs: [InteractionInput!]!) {
    recordInteractions(inputs: $inputs) { id interactionType } }";

async fn count(server: &Server, account: &Account) -> usize {
    let data = server.ask(account, "{ items(limit: 100) { id } }").await;
    data["items"].as_array().expect("a list").len()
}

#[tokio::test]
async fn one_wrong_item_and_none_is_created() {
    let (server, ada) = Server::with_admin().await;
    for (wrong, field) in [
        (json!({ "title": "" }), "inputs[1].title"),
        (json!({ "title": "x", "tags": "red" }), "inputs[1].tags"),
        (json!({ "title": "x", "tags": [1] }), "inputs[1].tags"),
        (json!({ "title": "x", "metadata": [] }), "inputs[1].metadata"),
        (json!({ "title": "x", "externalId": "" }), "inputs[1].externalId"),
    ] {
        let inputs = json!({ "inputs": [{ "title": "Kettle" }, wrong, { "title": "Lamp" }] });
        let answer = server.execute(Some(&ada), CREATE, inputs).await;
        let (code, message) = answer.error();
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(message.starts_with(&format!("{field}: ")), "{message}");
        assert_eq!(answer.json()["errors"][0]["extensions"]["field"], field);
    }
    assert_eq!(count(&server, &ada).await, 0);
}

#[tokio::test]
async fn an_own_id_that_is_taken_is_a_conflict() {
    let (server, ada) = Server::with_admin().await;
    let one = json!({ "inputs": [{ "title": "Kettle", "externalId": "sku-1" }] });
    server.execute(Some(&ada), CREATE, one.clone()).await.data();
    assert_eq!(server.execute(Some(&ada), CREATE, one).await.code(), "CONFLICT");
    assert_eq!(count(&server, &ada).await, 1);
}

#[tokio::test]
async fn one_wrong_event_and_none_is_recorded() {
    let (server, ada) = Server::with_admin().await;
    let item = server.items(&ada, &["Kettle"]).await.remove(0);
    let good = json!({ "itemId": item, "interactionType": "view" });
    let unknown = json!({ "itemId": ada.id, "interactionType": "view" });
    for (wrong, code, field) in [
        (
            json!({ "itemId": item, "interactionType": "View!" }),
            "BAD_USER_INPUT",
            "interactionType",
        ),
        (
            json!({ "itemId": item, "interactionType": "rating" }),
            "BAD_USER_INPUT",
            "interactionType",
        ),
        (
            json!({ "itemId": item, "interactionType": "view", "interactionValue": 1e30 }),
            "BAD_USER_INPUT",
            "interactionValue",
        ),
        (unknown, "NOT_FOUND", ""),
    ] {
        let inputs = json!({ "inputs": [good, wrong] });
        let (found, message) = server.execute(Some(&ada), RECORD, inputs).await.error();
        assert_eq!(found, code, "{message}");
        if !field.is_empty() {
            assert!(message.starts_with(&format!("inputs[1].{field}: ")), "{message}");
        }
    }
    let data = server.ask(&ada, "{ me { interactions { id } } }").await;
    assert_eq!(data["me"]["interactions"], json!([]));

    let data = server.execute(Some(&ada), RECORD, json!({ "inputs": [good, good] })).await.data();
    assert_eq!(data["recordInteractions"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_single_event_is_told_which_field_is_wrong() {
    let (server, ada) = Server::with_admin().await;
    let item = server.items(&ada, &["Kettle"]).await.remove(0);
    let query = format!(
        r#"mutation {{ recordInteraction(input: {{ itemId: "{item}", interactionType: "" }}) {{ id }} }}"#
    );
    let (code, message) = server.fail(Some(&ada), &query).await;
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.starts_with("input.interactionType: "), "{message}");
    let query =
        format!(r#"mutation {{ rateItem(input: {{ itemId: "{item}", rating: 11 }}) {{ id }} }}"#);
    let (code, message) = server.fail(Some(&ada), &query).await;
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.starts_with("input.rating: "), "{message}");
}

#[tokio::test]
async fn a_retry_with_the_same_key_records_once() {
    let (server, ada) = Server::with_admin().await;
    let item = server.items(&ada, &["Kettle"]).await.remove(0);
    let event = |kind: &str| {
        json!({ "inputs": [
        { "itemId": item, "interactionType": kind, "idempotencyKey": "click-7" }] })
    };
    let first = server.execute(Some(&ada), RECORD, event("click")).await.data();
    assert_eq!(server.execute(Some(&ada), RECORD, event("click")).await.data(), first);
    let answer = server.execute(Some(&ada), RECORD, event("view")).await;
    assert_eq!(answer.code(), "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test]
async fn a_thousand_entries_are_the_most() {
    let (server, ada) = Server::with_admin().await;
    let items = |count: usize| -> Value {
        let inputs = (0..count).map(|number| json!({ "title": format!("Item {number}") }));
        json!({ "inputs": inputs.collect::<Vec<_>>() })
    };
    let (code, message) = server.execute(Some(&ada), CREATE, items(1_001)).await.error();
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("BAD_USER_INPUT", "inputs: has 1001 entries, expected at most 1000")
    );
    let data = server.execute(Some(&ada), CREATE, items(1_000)).await.data();
    assert_eq!(data["createItems"].as_array().map(Vec::len), Some(1_000));
    assert_eq!(server.execute(Some(&ada), CREATE, items(0)).await.data()["createItems"], json!([]));
}
