//! What is refused before there is a connection.

use recsys_server::http::websocket::SocketSettings;
use tokio_tungstenite::tungstenite::Error;

use super::client::Live;

const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

async fn status(live: &Live, headers: &[(&'static str, &str)]) -> u16 {
    match live.open_with(headers).await {
        Err(Error::Http(response)) => response.status().as_u16(),
        Err(_) => 0,
        Ok(_) => 101,
    }
}

#[tokio::test]
async fn pages_of_other_sites_are_refused() {
    let origins = vec!["https://shop.example.com".to_owned()];
    let live = Live::with(SocketSettings { origins, ..SocketSettings::default() }).await;
    assert_eq!(status(&live, &[PROTOCOL, ("origin", "https://evil.example.com")]).await, 403);
    assert_eq!(status(&live, &[PROTOCOL, ("origin", "null")]).await, 403);
    let own = format!("http://{}", live.address);
    for origin in [own.as_str(), "https://shop.example.com"] {
        assert!(live.open_with(&[PROTOCOL, ("origin", origin)]).await.is_ok(), "{origin}");
    }
}

#[tokio::test]
async fn a_header_that_proves_nothing_is_refused_and_a_good_one_signs_in() {
    let live = Live::start().await;
    assert_eq!(status(&live, &[PROTOCOL, ("authorization", "Bearer x")]).await, 401);
    let header = format!("Bearer {}", live.ada.token);
    let mut client =
        live.open_with(&[PROTOCOL, ("authorization", &header)]).await.expect("a connection");
    client.say(&serde_json::json!({ "type": "connection_init" })).await;
    assert_eq!(client.hear().await["type"], "connection_ack");
    client.start("1", "{ me { username } }").await;
    assert_eq!(client.next().await["me"]["username"], "ada");
}

#[tokio::test]
async fn one_connection_too_many_is_refused_until_another_ends() {
    let live = Live::with(SocketSettings { connections: 1, ..SocketSettings::default() }).await;
    let first = live.ready(None).await;
    assert_eq!(live.server.app.socket_gauges().connections(), 1);
    assert_eq!(status(&live, &[PROTOCOL]).await, 503);
    drop(first);
    while live.server.app.socket_gauges().connections() > 0 {
        tokio::task::yield_now().await;
    }
    while live.open_with(&[PROTOCOL]).await.is_err() {}
}
