//! Just enough of `graphql-transport-ws` to speak with a server.

use anyhow::{Context as _, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Message, client::IntoClientRequest as _, protocol::WebSocketConfig},
};

/// A user who is signed in.
pub(crate) struct Account {
    pub(crate) token: String,
}

/// One connection, with one operation at a time.
pub(crate) struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    sent: u64,
}

impl Client {
    pub(crate) async fn connect(url: &str, account: Option<&Account>) -> anyhow::Result<Self> {
        let mut request = url.into_client_request()?;
        let protocol = "graphql-transport-ws".parse()?;
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let config = WebSocketConfig::default().read_buffer_size(4 * 1024);
        let (socket, _) = connect_async_with_config(request, Some(config), true).await?;
        let mut client = Self { socket, sent: 0 };
        let token = account.map(|account| account.token.as_str());
        client.say(&json!({ "type": "connection_init", "payload": { "token": token } })).await?;
        match client.hear().await? {
            message if message["type"] == "connection_ack" => Ok(client),
            message => bail!("the server said {message}"),
        }
    }

    /// Sends an operation.
    pub(crate) async fn send(&mut self, query: &str, variables: Value) -> anyhow::Result<()> {
        self.sent += 1;
        let payload = json!({ "query": query, "variables": variables });
        let id = self.sent.to_string();
        self.say(&json!({ "type": "subscribe", "id": id, "payload": payload })).await
    }

    pub(crate) async fn subscribe(&mut self, query: &str) -> anyhow::Result<()> {
        self.send(query, json!({})).await
    }

    /// Waits for the next result and returns its data.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Value> {
        loop {
            let mut message = self.hear().await?;
            match message["type"].as_str() {
                Some("next") if message["payload"]["errors"].is_null() => {
                    return Ok(message["payload"]["data"].take());
                }
                Some("complete") => {}
                _ => bail!("the server said {message}"),
            }
        }
    }

    async fn say(&mut self, message: &Value) -> anyhow::Result<()> {
        Ok(self.socket.send(Message::text(message.to_string())).await?)
    }

    /// Waits for the next message, whatever it is.
    pub(crate) async fn hear(&mut self) -> anyhow::Result<Value> {
        loop {
            match self.socket.next().await.context("the server has hung up")?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Close(frame) => bail!("the server closed the connection: {frame:?}"),
                _ => {}
            }
        }
    }
}
