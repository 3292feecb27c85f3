//! A server on a port of its own, for the length of a test.

use axum::Router;
use tokio::net::TcpListener;

/// A server that stands in for a service.
pub(super) struct Fake {
    pub(super) url: String,
}

impl Fake {
    /// Serves routes until the runtime of the test ends.
    pub(super) async fn start(routes: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url }
    }
}
