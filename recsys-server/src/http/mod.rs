//! The HTTP surface: routes, and what GraphQL over HTTP and over WebSocket asks of a server.
//!
//! The limits on what a query may cost are in the schema itself ([`recsys_graphql::gate`]).

mod body;
mod client_address;
mod error;
mod graphiql;
mod graphql;
mod health;
pub(crate) mod metrics;
mod negotiation;
mod principal;
mod rate_limit;
mod request_id;
pub mod websocket;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::{HeaderValue, header},
    middleware,
    routing::get,
};
use ipnet::IpNet;
use recsys_graphql::{Limits, Meter, Rates, Schema};
use recsys_store::Engine;
use tower_http::catch_panic::CatchPanicLayer;

use self::websocket::Sockets;
use crate::auth::jwt::TokenKeys;

/// Largest request body, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;
/// How long a query may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Gateway {
    pub(crate) schema: Schema,
    pub(crate) tokens: Arc<TokenKeys>,
    pub(crate) limits: Limits,
    /// How long a query may take; mutations always go on to their end.
    pub(crate) patience: Duration,
    pub(crate) sockets: Arc<Sockets>,
    /// The same that the schema applies, for requests that do not get there.
    pub(crate) rates: Arc<Rates>,
    /// Networks whose word on the client's address is taken.
    pub(crate) proxies: Arc<[IpNet]>,
    /// Networks that may see the metrics.
    pub(crate) metrics_from: Arc<[IpNet]>,
    pub(crate) meter: Meter,
    pub(crate) engine: Engine,
}

/// Returns the routes of the server.
pub(crate) fn router(gateway: Gateway) -> Router {
    Router::new()
        .route("/graphql", get(graphql::by_get).post(graphql::by_post))
        .route("/graphiql", get(graphiql::page))
        .route("/health", get(health::summary))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::page))
        .fallback(error::no_such_page)
        .method_not_allowed_fallback(error::no_such_method)
        .layer(middleware::from_fn_with_state(gateway.clone(), client_address::find))
        .with_state(gateway)
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::map_response(async |mut response: axum::response::Response| {
            let headers = response.headers_mut();
            headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            response
        }))
        .layer(middleware::from_fn(request_id::name))
}
