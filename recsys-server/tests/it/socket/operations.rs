//! Queries and mutations over the socket, and the life of operations.

use recsys_server::http::websocket::SocketSettings;
use serde_json::json;

use super::client::Live;

const UPDATES: &str = "subscription { tenantItemUpdates { title } }";

#[tokio::test]
async fn queries_and_mutations_are_answered_and_completed() {
    let live = Live::start().await;
    let mut client = live.ready(Some(&live.ada)).await;
    client.start("a", r#"mutation { createItem(input: { title: "Lamp" }) { title } }"#).await;
    assert_eq!(client.next().await, json!({ "createItem": { "title": "Lamp" } }));
    client.completes("a").await;
    client.start("a", "{ items { title } me { username } }").await;
    let expected = json!({ "items": [{ "title": "Lamp" }], "me": { "username": "ada" } });
    assert_eq!(client.next().await, expected);
    client.completes("a").await;
}

#[tokio::test]
async fn variables_and_operation_names_count() {
    let live = Live::start().await;
    let mut client = live.ready(Some(&live.ada)).await;
    let query = "query One { __typename } mutation Two($title: String!) {
        createItem(input: { title: $title }) { title } }";
    let payload =
        json!({ "query": query, "operationName": "Two", "variables": { "title": "Lamp" } });
    client.say(&json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
    assert_eq!(client.next().await, json!({ "createItem": { "title": "Lamp" } }));
}

#[tokio::test]
async fn nobody_is_anonymous_as_over_http() {
    let live = Live::start().await;
    let mut client = live.ready(None).await;
    client.start("1", "{ me { id } }").await;
    assert_eq!(client.next().await, json!({ "me": null }));
    client.completes("1").await;
    client.start("2", UPDATES).await;
    assert_eq!(client.error("2").await, "UNAUTHENTICATED");
}

#[tokio::test]
async fn what_is_refused_over_http_is_an_error_here() {
    let live = Live::start().await;
    let mut client = live.ready(Some(&live.ada)).await;
    let spreads = |next: usize| format!("...F{next} ").repeat(8);
    let fragments: String =
        (0..9).map(|at| format!("fragment F{at} on Query {{ {} }} ", spreads(at + 1))).collect();
    let bomb = format!("{{ ...F0 }} {fragments} fragment F9 on Query {{ __typename }}");
    for (query, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription { tenantItemUpdates { title } userActivity { kind } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("query A { me { id } } query B { me { id } }", "OPERATION_RESOLUTION_FAILURE"),
        (&bomb, "QUERY_TOO_COMPLEX"),
    ] {
        client.start("1", query).await;
        assert_eq!(client.error("1").await, code, "{query}");
    }
}

#[tokio::test]
async fn an_operation_that_is_completed_says_nothing_more() {
    let live = Live::start().await;
    let mut client = live.following(&live.ada, UPDATES).await;
    live.subscriptions(1).await;
    client.say(&json!({ "type": "complete", "id": "1" })).await;
    live.subscriptions(0).await;
    live.server.items(&live.ada, &["Lamp"]).await;
    client.start("1", "{ __typename }").await;
    assert_eq!(client.next().await, json!({ "__typename": "Query" }));
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_nothing_behind() {
    let live = Live::start().await;
    let client = live.following(&live.ada, UPDATES).await;
    live.subscriptions(1).await;
    drop(client);
    live.subscriptions(0).await;
    let gauges = live.server.app.socket_gauges();
    while gauges.connections() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(gauges.dropped(), 0);
}

#[tokio::test]
async fn a_mutation_goes_on_when_its_client_goes_away() {
    let live = Live::start().await;
    let mut client = live.ready(Some(&live.ada)).await;
    client.start("1", r#"mutation { createItem(input: { title: "Kept" }) { id } }"#).await;
    drop(client);
    let kept = json!({ "items": [{ "title": "Kept" }] });
    while live.server.ask(&live.ada, "{ items { title } }").await != kept {}
}

#[tokio::test]
async fn operations_on_one_connection_are_bounded() {
    let live = Live::with(SocketSettings { operations: 2, ..SocketSettings::default() }).await;
    let mut client = live.following(&live.ada, UPDATES).await;
    client.start("2", UPDATES).await;
    client.start("3", UPDATES).await;
    assert_eq!(client.error("3").await, "UNAVAILABLE");
    live.subscriptions(2).await;
}

#[tokio::test]
async fn subscriptions_are_not_answered_over_http() {
    let live = Live::start().await;
    let (code, message) = live.server.fail(Some(&live.ada), UPDATES).await;
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.contains("graphql-transport-ws"), "{message}");
}
