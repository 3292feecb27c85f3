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
mod persisted;
mod principal;
mod rate_limit;
mod request_id;
pub mod websocket;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::{HeaderName, HeaderValue, Method, header},
    middleware,
    routing::get,
};
use ipnet::IpNet;
use recsys_graphql::{Limits, Meter, Rates, Schema};
use recsys_store::Engine;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{CompressionLayer, predicate::SizeAbove},
    cors::CorsLayer,
};

pub(crate) use self::persisted::PersistedQueries;
use self::websocket::Sockets;
use crate::auth::jwt::TokenKeys;
use crate::sharing::Sharing;
use crate::vectors::Vectors;

/// Largest request body, in bytes.
pub const BODY_LIMIT: usize = 1024 * 1024;
/// Smallest answer that is compressed, in bytes.
const COMPRESSED_FROM: u64 = 1024;
/// How long a browser may remember what pages of an origin may send.
const CORS_AGE: Duration = Duration::from_secs(600);
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
    pub(crate) persisted: PersistedQueries,
    /// Origins of pages, besides the server's own, whose scripts may read answers.
    pub(crate) origins: Arc<[HeaderValue]>,
    pub(crate) engine: Engine,
    /// What is shared with other servers, if anything is.
    pub(crate) sharing: Option<Sharing>,
    pub(crate) vectors: Vectors,
}

/// Returns the routes of the server.
pub(crate) fn router(gateway: Gateway) -> Router {
    let cors = cors(&gateway.origins);
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
        .layer(CompressionLayer::new().compress_when(SizeAbove::new(COMPRESSED_FROM)))
        .layer(cors)
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::map_response(async |mut response: axum::response::Response| {
            let headers = response.headers_mut();
            headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
            let unframed = HeaderValue::from_static("frame-ancestors 'none'");
            headers.insert(header::CONTENT_SECURITY_POLICY, unframed);
            headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            response
        }))
        .layer(middleware::from_fn(request_id::name))
}

/// Lets pages of other origins read answers; of none by default. They have no cookies to send along: a token is
/// a header that the page itself adds.
fn cors(origins: &[HeaderValue]) -> CorsLayer {
    let exposed = ["ratelimit", "ratelimit-policy", "retry-after", "x-request-id"];
    let asked = [header::ACCEPT, header::AUTHORIZATION, header::CONTENT_TYPE];
    CorsLayer::new()
        .allow_origin(origins.to_vec())
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(asked.into_iter().chain([request_id::HEADER]).collect::<Vec<_>>())
        .expose_headers(exposed.map(HeaderName::from_static))
        .max_age(CORS_AGE)
}
