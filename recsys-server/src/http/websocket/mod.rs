//! GraphQL over WebSocket: the sub-protocol `graphql-transport-ws` at `/graphql`.
//!
//! Queries and mutations run as over HTTP, behind the same gate; subscriptions go on until either
//! side ends them. A client signs in with the first message, `connection_init`, whose payload has an
//! access token as `Authorization`, `authorization` (both may say `Bearer`) or `token`; or with the
//! header `Authorization` of the upgrade. Without a token it is anonymous.
//!
//! Where the HTTP request can still be answered, it is: 403 for a page of another site, 401 for a
//! header that proves nothing, 503 when there are too many connections. Later the connection is closed
//! with a code:
//!
//! | code | when |
//! | --- | --- |
//! | 1001 | the server shuts down; queries and mutations under way were answered |
//! | 1009 | a message is larger than 256 KiB |
//! | 4400 | a message that the protocol does not know |
//! | 4401 | an operation before `connection_init` was acknowledged |
//! | 4403 | the token is not valid, or has expired since |
//! | 4406 | the client does not speak `graphql-transport-ws` |
//! | 4408 | no `connection_init` in time |
//! | 4409 | the id of an operation that is still under way |
//! | 4429 | a second `connection_init` |
//! | 4508 | the client takes nothing, or does not answer pings |
//!
//! Nothing is queued for a slow client: while a message waits to be written, the operations of the
//! connection stand still, and what they miss meanwhile is bounded by the event bus.

mod close;
mod connection;
mod gauges;
mod message;
mod operations;
mod origin;
mod session;

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{
        WebSocketUpgrade,
        ws::{Message, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt as _;
use recsys_graphql::{ClientAddress, Code, RequestId};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};

pub use self::gauges::SocketGauges;
use self::{close::Closing, operations::Operations, session::Session};
use super::{Gateway, error::HttpError, principal};
use crate::shutdown::Shutdown;

/// The name of the sub-protocol.
const PROTOCOL: &str = "graphql-transport-ws";
/// What is read from a connection at once, in bytes; kept by every open connection.
const READ_BUFFER: usize = 256;

/// Bounds on WebSocket connections.
#[derive(Clone, Debug)]
pub struct SocketSettings {
    /// Origins of pages, besides the server's own, whose scripts may connect, for example
    /// `https://shop.example.com`.
    pub origins: Vec<String>,
    /// Connections at a time.
    pub connections: u32,
    /// Operations under way at a time on one connection.
    pub operations: usize,
    /// Largest message, in bytes.
    pub message_bytes: usize,
    /// How long a client may take to say `connection_init`.
    pub init_patience: Duration,
    /// How often a silent client is pinged; after two such times without a sign of life the
    /// connection is closed.
    pub ping_interval: Duration,
    /// How long a client may let a message wait before the connection is closed.
    pub send_patience: Duration,
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            origins: Vec::new(),
            connections: 20_000,
            operations: 32,
            message_bytes: 256 * 1024,
            init_patience: Duration::from_secs(5),
            ping_interval: Duration::from_secs(30),
            send_patience: Duration::from_secs(10),
        }
    }
}

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Sockets {
    settings: SocketSettings,
    /// One permit for each connection that may still be opened.
    free: Arc<Semaphore>,
    gauges: Arc<SocketGauges>,
    shutdown: Shutdown,
}

impl Sockets {
    pub(crate) fn new(settings: SocketSettings) -> Self {
        let free = Arc::new(Semaphore::new(settings.connections as usize));
        Self { settings, free, gauges: Arc::default(), shutdown: Shutdown::new() }
    }

    pub(crate) fn gauges(&self) -> &Arc<SocketGauges> {
        &self.gauges
    }

    /// Tells whether the server takes no more work.
    pub(crate) fn is_shutting_down(&self) -> bool {
        self.shutdown.has_begun()
    }

    /// Lets every connection end after the answers under way.
    pub(crate) fn shut_down(&self) {
        self.shutdown.begin();
    }

    /// Returns when no connection is open any more.
    pub(crate) async fn closed(&self) {
        // The semaphore is never closed.
        let _ = self.free.acquire_many(self.settings.connections).await;
    }
}

/// Tells whether a request asks for a WebSocket.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let upgrade = headers.get(header::UPGRADE).and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket"))
}

/// Opens a connection.
pub(super) fn open(
    gateway: Gateway,
    id: RequestId,
    address: ClientAddress,
    headers: &HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return HttpError::bad_request(rejection.body_text()).into_response(),
    };
    let sockets = Arc::clone(&gateway.sockets);
    let settings = &sockets.settings;
    if !origin::is_allowed(headers, &settings.origins) {
        return HttpError::new(StatusCode::FORBIDDEN, "pages of this origin may not connect")
            .with_code(Code::Forbidden)
            .into_response();
    }
    let proof = match principal::proof(headers, &gateway.tokens) {
        Ok(proof) => proof,
        Err(error) => {
            return HttpError::new(StatusCode::UNAUTHORIZED, error.message)
                .with_code(Code::Unauthenticated)
                .into_response();
        }
    };
    let Ok(permit) = Arc::clone(&sockets.free).try_acquire_owned() else {
        let error = HttpError::new(StatusCode::SERVICE_UNAVAILABLE, "too many connections");
        let mut response = error.with_code(Code::Unavailable).into_response();
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        return response;
    };
    let session = Session::new(settings, Arc::clone(&gateway.tokens), proof, Instant::now());
    let limit = settings.message_bytes;
    upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        // A message between the two limits is read, so that its sender hears why it is refused.
        .max_message_size(2 * limit)
        .max_frame_size(2 * limit)
        .on_upgrade(move |mut socket: WebSocket| {
            if socket.protocol().is_none() {
                return async move {
                    let _permit = permit;
                    let refusal = Message::Close(Some(Closing::Protocol.frame()));
                    let _ = timeout(connection::FAREWELL, socket.send(refusal)).await;
                }
                .boxed();
            }
            let open = sockets.gauges.connection();
            let serving = connection::run(socket, session, Operations::new(gateway, id, address));
            async move {
                let _held = (permit, open);
                serving.await;
            }
            .boxed()
        })
}
