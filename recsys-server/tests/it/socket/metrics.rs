//! Figures of the last minutes, metrics and health.

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::client::Live;
use crate::api::support::Server;

/// Asks for a page and returns the whole answer as text.
async fn get(live: &Live, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(live.address).await.expect("a connection");
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}

const FIGURES: &str = "queryCount averageResponseTime p95ResponseTime errorRate cacheHitRate
    activeSubscriptions recommendationLatencyMs status issues timestamp";

#[tokio::test]
async fn metrics_have_the_names_that_dashboards_use() {
    let live = Live::start().await;
    let (server, ada) = (&live.server, &live.ada);
    server.items(ada, &["Kettle"]).await;
    for _ in 0..2 {
        server.ask(ada, "query Made_up { recommendations { totalCount } }").await;
    }
    server.fail(Some(ada), "{ made_up }").await;
    server
        .fail(Some(ada), r#"{ recommendations(options: { algorithm: "made_up" }) { id } }"#)
        .await;
    let mut client = live.ready(Some(ada)).await;
    client.start("1", "subscription { tenantItemUpdates { id } }").await;
    live.subscriptions(1).await;
    let page = get(&live, "/metrics", "").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    for metric in [
        "graphql_requests_total{",
        "graphql_request_duration_seconds_bucket{",
        "operation_name=\"recommendations\"",
        "operation_name=\"none\"",
        "recommendation_requests_total{algorithm=\"hybrid\"",
        "recommendation_requests_total{algorithm=\"unknown\"",
        "recommendation_duration_seconds_bucket{algorithm=\"hybrid\"",
        "rate_limit_decisions_total{scope=\"user:query\",decision=\"allowed\"}",
        "cache_hits_total{cache=\"recommendations\"} 1",
        "websocket_connections 1",
        "active_subscriptions 1",
        "outbox_pending 0",
        "outbox_lag_seconds 0",
        "store_call_duration_seconds_bucket{store=\"catalog\",call=\"create_many\",status=\"ok\"",
    ] {
        assert!(page.contains(metric), "{metric} is not in {page}");
    }
    assert!(!page.to_lowercase().contains("made_up"), "no label is made up by a client");
    let forwarded = get(&live, "/metrics", "x-forwarded-for: 127.0.0.1\r\n").await;
    assert!(forwarded.starts_with("HTTP/1.1 403"), "{forwarded}");
}

#[tokio::test]
async fn metrics_are_for_configured_networks_only() {
    let server = Server::open(|options| options.metrics_from = Vec::new()).await;
    let live = Live::over(server).await;
    assert!(get(&live, "/metrics", "").await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn health_is_ready_until_the_shutdown() {
    let live = Live::start().await;
    assert!(get(&live, "/health/ready", "").await.ends_with(r#"{"status":"ready"}"#));
    let page = get(&live, "/health", "").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains(r#""status":"healthy""#) && page.contains(r#""issues":[]"#), "{page}");
}

#[tokio::test]
async fn administrators_see_the_figures_of_their_tenant_and_of_no_other() {
    let live = Live::start().await;
    let (server, ada) = (&live.server, &live.ada);
    let ben = server.register("shop", "ben").await;
    server.tenant("other").await;
    let zoe = server.register("other", "zoe").await;
    server.items(ada, &["Kettle"]).await;
    for _ in 0..4 {
        server.ask(ada, "{ recommendations { totalCount } }").await;
    }
    let mut client = live.following(&ben, "subscription { trendingItems { score } }").await;
    // It counts from its beginning, of which this is the sign.
    client.next().await;
    let query = format!("{{ performanceMetrics {{ {FIGURES} }} }}");
    let mut figures = server.ask(ada, &query).await["performanceMetrics"].take();
    assert_eq!(figures["queryCount"], 5);
    assert_eq!(figures["cacheHitRate"], 0.75);
    assert_eq!(figures["activeSubscriptions"], 1);
    assert_eq!((&figures["status"], &figures["issues"]), (&json!("healthy"), &json!([])));
    assert!(figures["p95ResponseTime"].take().as_f64() > Some(0.0));
    assert!(figures["recommendationLatencyMs"].take().as_f64() > Some(0.0));
    let other = server.ask(&zoe, &query).await["performanceMetrics"].take();
    assert_eq!((&other["queryCount"], &other["activeSubscriptions"]), (&json!(0), &json!(0)));
    assert_eq!(server.fail(Some(&ben), &query).await.0, "FORBIDDEN");
    assert_eq!(server.fail(None, &query).await.0, "UNAUTHENTICATED");
}

#[tokio::test]
async fn figures_are_sent_at_once_and_again_after_the_interval() {
    let live = Live::start().await;
    let stream = |seconds: i32| {
        format!(
            "subscription {{ performanceMetricsStream(intervalSeconds: {seconds}) {{ {FIGURES} }} }}"
        )
    };
    let mut client = live.following(&live.ada, &stream(1)).await;
    let first: Value = client.next().await["performanceMetricsStream"].take();
    live.server.ask(&live.ada, "{ me { id } }").await;
    let second = client.next().await["performanceMetricsStream"].take();
    assert_eq!((&first["queryCount"], &second["queryCount"]), (&json!(0), &json!(1)));
    let mut client = live.following(&live.ada, &stream(0)).await;
    assert_eq!(client.error("1").await, "BAD_USER_INPUT");
    let ben = live.server.register("shop", "ben").await;
    let mut client = live.following(&ben, &stream(1)).await;
    assert_eq!(client.error("1").await, "FORBIDDEN");
}
