//! A server on a port, and a client of `graphql-transport-ws`.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::{net::SocketAddr, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use recsys_server::{app::AppError, http::websocket::SocketSettings, shutdown::Shutdown};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest as _},
};

use crate::api::support::{Account, Server};

/// Longer than anything here takes; a test that needs it has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// A server with the tenant `shop` and its administrator, on a port.
pub(super) struct Live {
    pub(super) server: Server,
    pub(super) ada: Account,
    pub(super) address: SocketAddr,
    shutdown: Shutdown,
    serving: JoinHandle<Result<(), AppError>>,
}

impl Live {
    pub(super) async fn start() -> Self {
        Self::with(SocketSettings::default()).await
    }

    pub(super) async fn with(sockets: SocketSettings) -> Self {
        Self::over(Server::with(sockets).await).await
    }

    /// Puts a server on a port.
    pub(super) async fn over(server: Server) -> Self {
        server.tenant("shop").await;
        let ada = server.register("shop", "ada").await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = Shutdown::new();
        let (app, stop) = (server.app.clone(), shutdown.begun());
        let serving = tokio::spawn(async move { app.serve(listener, stop).await });
        Self { server, ada, address, shutdown, serving }
    }

    pub(super) fn shut_down(&self) {
        self.shutdown.begin();
    }

    /// Waits until the server has stopped.
    pub(super) async fn stopped(self) {
        timeout(PATIENCE, self.serving).await.unwrap().unwrap().unwrap();
    }

    /// Opens a connection on which nothing has been said.
    pub(super) async fn open(&self) -> Client {
        let headers = [("sec-websocket-protocol", "graphql-transport-ws")];
        self.open_with(&headers).await.unwrap()
    }

    /// Opens a connection with headers of its own.
    pub(super) async fn open_with(
        &self,
        headers: &[(&'static str, &str)],
    ) -> Result<Client, Error> {
        let mut request = format!("ws://{}/graphql", self.address).into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        Ok(Client(connect_async(request).await?.0))
    }

    /// Opens a connection of a user, or of nobody, that is acknowledged.
    pub(super) async fn ready(&self, account: Option<&Account>) -> Client {
        let mut client = self.open().await;
        let token = account.map(|account| account.token.as_str());
        client.say(&json!({ "type": "connection_init", "payload": { "token": token } })).await;
        assert_eq!(client.hear().await, json!({ "type": "connection_ack" }));
        client
    }

    /// Opens a connection of a user with one subscription on it.
    pub(super) async fn following(&self, account: &Account, query: &str) -> Client {
        let mut client = self.ready(Some(account)).await;
        client.start("1", query).await;
        client
    }

    /// Waits until `count` subscriptions are under way.
    pub(super) async fn subscriptions(&self, count: u64) {
        let reached = async {
            while self.server.app.socket_gauges().subscriptions() != count {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, reached).await.unwrap();
    }
}

pub(super) struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    pub(super) async fn say(&mut self, message: &Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub(super) async fn send(&mut self, message: Message) {
        timeout(PATIENCE, self.0.send(message)).await.unwrap().unwrap();
    }

    pub(super) async fn start(&mut self, id: &str, query: &str) {
        self.say(&json!({ "type": "subscribe", "id": id, "payload": { "query": query } })).await;
    }

    /// Waits for the next message.
    pub(super) async fn hear(&mut self) -> Value {
        loop {
            let message = timeout(PATIENCE, self.0.next()).await.unwrap().unwrap().unwrap();
            match message {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Close(frame) => return json!({ "closed": format!("{frame:?}") }),
                _ => {}
            }
        }
    }

    /// Waits for the next message, which must be a good result, and returns its data.
    pub(super) async fn next(&mut self) -> Value {
        let mut message = self.hear().await;
        assert_eq!(message["type"], "next", "{message}");
        assert_eq!(message["payload"]["errors"], Value::Null, "{message}");
        message["payload"]["data"].take()
    }

    /// Waits for the next message, which must be an error, and returns its code.
    pub(super) async fn error(&mut self, id: &str) -> String {
        let message = self.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!(id)), "{message}");
        message["payload"][0]["extensions"]["code"].as_str().unwrap().to_owned()
    }

    pub(super) async fn completes(&mut self, id: &str) {
        assert_eq!(self.hear().await, json!({ "type": "complete", "id": id }));
    }

    /// Waits until the server closes the connection, whatever else it says, and returns the code.
    pub(super) async fn closed(&mut self) -> u16 {
        loop {
            if let Message::Close(frame) =
                timeout(PATIENCE, self.0.next()).await.unwrap().unwrap().unwrap()
            {
                return frame.unwrap().code.into();
            }
        }
    }
}
