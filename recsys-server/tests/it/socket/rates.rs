//! Rate limits over WebSocket.

use super::client::Live;
use crate::api::support::Server;

#[tokio::test]
async fn an_operation_above_the_limit_gets_an_error_and_the_connection_stays() {
    let server = Server::open(|options| {
        // Basic: each costs 2.
        options.rates.queries = 2;
        options.rates.subscriptions = 2;
    });
    let live = Live::over(server.await).await;
    let mut client = live.ready(Some(&live.ada)).await;
    client.start("1", "{ __typename }").await;
    client.next().await;
    client.completes("1").await;
    client.start("2", "{ __typename }").await;
    assert_eq!(client.error("2").await, "RATE_LIMITED");
    client.start("3", "{ nonsense(").await;
    assert_eq!(client.error("3").await, "RATE_LIMITED");
    client.start("4", "subscription { tenantItemUpdates { id } }").await;
    live.subscriptions(1).await;
    client.start("5", "subscription { tenantItemUpdates { id } }").await;
    assert_eq!(client.error("5").await, "RATE_LIMITED");
}
