//! The codes with which the server closes connections: one test for each row of the table.

use std::time::Duration;

use chrono::Utc;
use recsys_server::{
    auth::{
        jwt::{Claims, TokenKeys},
        secret::SigningKeys,
    },
    http::websocket::SocketSettings,
};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::client::{Live, PATIENCE};

#[tokio::test]
async fn code_1001_when_the_server_shuts_down() {
    let live = Live::start().await;
    let mut idle = live.ready(None).await;
    let query = "subscription { tenantItemUpdates { title } }";
    let mut following = live.following(&live.ada, query).await;
    live.subscriptions(1).await;
    live.shut_down();
    assert_eq!(idle.closed().await, 1001);
    // Without a complete before it: clients that come back subscribe again.
    assert!(following.hear().await["closed"].is_string());
    drop((idle, following));
    live.stopped().await;
}

#[tokio::test]
async fn a_shutdown_waits_for_the_answers_under_way() {
    let live = Live::start().await;
    let mut client = live.ready(None).await;
    // Hashing the password takes a while.
    let mutation = r#"mutation { register(input: { email: "ben@example.org", username: "ben",
        password: "correct horse battery", tenantDomain: "shop" }) { user { username } } }"#;
    client.start("slow", mutation).await;
    client.start("quick", "{ __typename }").await;
    let mut heard = Vec::new();
    // The quick one came second: once it is answered, the slow one has begun.
    while !heard.contains(&json!("quick")) {
        heard.push(client.hear().await["id"].take());
    }
    live.shut_down();
    loop {
        let mut message = client.hear().await;
        if message["closed"].is_string() {
            break;
        }
        heard.push(message["id"].take());
    }
    assert_eq!(heard.iter().filter(|id| **id == "slow").count(), 2, "next and complete: {heard:?}");
    drop(client);
    live.stopped().await;
}

#[tokio::test]
async fn code_1009_when_a_message_is_too_large() {
    let live = Live::start().await;
    let mut client = live.ready(None).await;
    client.start("1", &format!("{{ me {{ id }} }} # {}", "x".repeat(256 * 1024))).await;
    assert_eq!(client.closed().await, 1009);
}

#[tokio::test]
async fn code_4400_when_the_protocol_does_not_know_the_message() {
    let live = Live::start().await;
    for message in [
        Message::text("{"),
        Message::text(r#"{"type":"start"}"#),
        Message::binary(br#"{"type":"connection_init"}"#.to_vec()),
    ] {
        let mut client = live.open().await;
        client.send(message).await;
        assert_eq!(client.closed().await, 4400);
    }
}

#[tokio::test]
async fn code_4401_when_an_operation_comes_first() {
    let live = Live::start().await;
    let mut client = live.open().await;
    client.start("1", "{ __typename }").await;
    assert_eq!(client.closed().await, 4401);
}

#[tokio::test]
async fn code_4403_when_the_token_is_not_valid() {
    let live = Live::start().await;
    let mut client = live.open().await;
    let payload = json!({ "Authorization": "Bearer not.a.token" });
    client.say(&json!({ "type": "connection_init", "payload": payload })).await;
    assert_eq!(client.closed().await, 4403);
}

#[tokio::test]
async fn code_4403_when_the_token_has_expired_since() {
    let live = Live::start().await;
    let storage = live.server.app.engine().storage();
    let tenant = storage.tenants().by_domain("shop").await.expect("found").expect("a tenant");
    let users = storage.tenant(tenant.id).users.list(1, 0).await.expect("users");
    let keys = live.server.folder.path().join("data/secret.key");
    let keys = TokenKeys::new(&SigningKeys::load_or_create(&keys).expect("keys"));
    // Over by a moment, which is forgiven when a connection begins and not while it goes on.
    let issued = Utc::now() - chrono::Duration::seconds(3_605);
    let token = keys.sign(&Claims::new(&users[0], &tenant, issued));
    let mut client = live.open().await;
    client.say(&json!({ "type": "connection_init", "payload": { "token": token } })).await;
    assert_eq!(client.hear().await["type"], "connection_ack");
    assert_eq!(client.closed().await, 4403);
}

#[tokio::test]
async fn code_4406_when_the_client_speaks_another_protocol() {
    let live = Live::start().await;
    let mut client = live.open_with(&[]).await.expect("a connection");
    assert_eq!(client.closed().await, 4406);
}

#[tokio::test]
async fn code_4408_when_nothing_is_said() {
    let init_patience = Duration::from_millis(20);
    let live = Live::with(SocketSettings { init_patience, ..SocketSettings::default() }).await;
    assert_eq!(live.open().await.closed().await, 4408);
}

#[tokio::test]
async fn code_4409_when_an_id_is_taken() {
    let live = Live::start().await;
    let query = "subscription { tenantItemUpdates { title } }";
    let mut client = live.following(&live.ada, query).await;
    client.start("1", query).await;
    assert_eq!(client.closed().await, 4409);
}

#[tokio::test]
async fn code_4429_when_the_client_begins_twice() {
    let live = Live::start().await;
    let mut client = live.ready(None).await;
    client.say(&json!({ "type": "connection_init" })).await;
    assert_eq!(client.closed().await, 4429);
}

#[tokio::test]
async fn code_4508_when_the_client_takes_nothing() {
    let send_patience = Duration::from_millis(50);
    let live = Live::with(SocketSettings { send_patience, ..SocketSettings::default() }).await;
    let inputs: Vec<Value> = (0..100)
        .map(|number| json!({ "title": format!("Item {number}"), "description": "x".repeat(20_000) }))
        .collect();
    let query = "mutation($inputs: [ItemInput!]!) { createItems(inputs: $inputs) { id } }";
    for inputs in inputs.chunks(25) {
        live.server.execute(Some(&live.ada), query, json!({ "inputs": inputs })).await.data();
    }
    let mut client = live.ready(Some(&live.ada)).await;
    // Two megabytes each, far more than the sockets hold.
    for number in 0..20 {
        client.start(&number.to_string(), "{ items(limit: 100) { description } }").await;
    }
    let dropped = async {
        while live.server.app.socket_gauges().dropped() == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, dropped).await.expect("the server gives up");
    assert_eq!(client.closed().await, 4508);
}

#[tokio::test]
async fn code_4508_when_the_client_does_not_answer_pings() {
    let ping_interval = Duration::from_millis(20);
    let live = Live::with(SocketSettings { ping_interval, ..SocketSettings::default() }).await;
    let mut client = live.ready(None).await;
    // The client answers when it reads, and it does not read until it is over.
    let gone = async {
        while live.server.app.socket_gauges().dropped() == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, gone).await.expect("the server gives up");
    assert_eq!(client.closed().await, 4508);
}
