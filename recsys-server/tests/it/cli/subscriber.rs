//! A subscription over WebSocket, read one entry after another.

use std::net::TcpStream;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use super::http::ask;
use super::program::Server;

pub(super) struct Subscriber {
    runtime: Runtime,
    socket: WebSocketStream<tokio::net::TcpStream>,
}

impl Subscriber {
    /// Subscribes to one field, as the first who does at this server and an administrator, and waits until the
    /// server has begun to listen.
    pub(super) fn open(server: &Server, token: &str, selection: &str) -> Self {
        let runtime = Runtime::new().unwrap();
        let address = server.url().replace("http://", "ws://") + "/graphql";
        let mut request = address.as_str().into_client_request().unwrap();
        let protocol = "graphql-transport-ws".parse().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let stream = TcpStream::connect(server.url().trim_start_matches("http://")).unwrap();
        stream.set_nonblocking(true).unwrap();
        let socket = runtime.block_on(async {
            let stream = tokio::net::TcpStream::from_std(stream).unwrap();
            tokio_tungstenite::client_async(request, stream).await.unwrap().0
        });
        let mut subscriber = Self { runtime, socket };
        let payload = json!({"authorization": format!("Bearer {token}")});
        subscriber.send(&json!({"type": "connection_init", "payload": payload}));
        let query = format!("subscription {{ {selection} }}");
        subscriber.send(&json!({"id": "1", "type": "subscribe", "payload": {"query": query}}));
        let begun = "{ performanceMetrics { activeSubscriptions } }";
        while ask(server.url(), Some(token), begun).unwrap()
            == json!({"performanceMetrics": {"activeSubscriptions": 0}})
        {}
        subscriber
    }

    fn send(&mut self, message: &Value) {
        let sent = self.socket.send(Message::text(message.to_string()));
        self.runtime.block_on(sent).unwrap();
    }

    /// Waits for the next entry, and returns the value of its field.
    pub(super) fn next(&mut self) -> Value {
        loop {
            let message = self.runtime.block_on(self.socket.next()).unwrap().unwrap();
            let Message::Text(text) = message else { continue };
            let message: Value = serde_json::from_str(&text).unwrap();
            assert_ne!(message["type"], json!("error"), "{message}");
            if message["type"] == json!("next") {
                let payload = &message["payload"];
                assert_eq!(payload["errors"], Value::Null, "{message}");
                let fields = payload["data"].as_object().unwrap();
                return fields.values().next().unwrap().clone();
            }
        }
    }
}
