//! A server on a port of its own, for the length of a test.

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server that stands in for a service.
pub(crate) struct Fake {
    pub(crate) url: String,
    address: SocketAddr,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Fake {
    /// Serves routes until the runtime of the test ends.
    pub(crate) async fn start(routes: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut fake = Self { url: format!("http://{address}"), address, running: None };
        fake.serve(listener, routes);
        fake
    }

    fn serve(&mut self, listener: TcpListener, routes: Router) {
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            // Without anybody left to say so the server goes on.
            let stopped = async {
                if stopped.await.is_err() {
                    std::future::pending::<()>().await;
                }
            };
            axum::serve(listener, routes).with_graceful_shutdown(stopped).await.unwrap();
        });
        self.running = Some((stop, serving));
    }

    /// Closes the port and all connections.
    pub(crate) async fn stop(&mut self) {
        if let Some((stop, serving)) = self.running.take() {
            stop.send(()).unwrap();
            serving.await.unwrap();
        }
    }

    /// Serves on the same port again.
    pub(crate) async fn start_again(&mut self, routes: Router) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.serve(listener, routes);
    }
}
