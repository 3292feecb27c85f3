//! The GraphQL API over the recommendation engine.
//!
//! [`build_schema`] makes an async-graphql schema from an [`Engine`](recsys_store::Engine). The
//! host (recsys-server, or any program with an HTTP server) decides who is calling and puts a
//! [`Caller`] into each request; everything else, from the limits on what a query may cost to the
//! codes on errors, is in the schema itself. Nothing here knows HTTP.
//!
//! # Examples
//!
//! ```
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//!
//! use recsys_graphql::{Caller, Limits, async_graphql::Request, build_schema};
//! use recsys_store::{
//!     Engine, MemoryStorage, Storage,
//!     types::{NewTenant, Tier},
//! };
//!
//! let storage = Arc::new(MemoryStorage::new());
//! let shop = NewTenant { name: "Shop".into(), domain: "shop".into(), tier: Tier::Basic };
//! let tenant = storage.tenants().create(shop).await?.id;
//!
//! // Our own program signs users in, so there are no `Accounts`.
//! let schema = build_schema(Engine::builder(storage).build()?, None, Limits::default());
//!
//! let request = Request::new("{ items { title } }").data(Caller::in_tenant(tenant));
//! let response = schema.execute(request).await;
//! assert_eq!(response.data.to_string(), "{items: []}");
//! # Ok(())
//! # }
//! ```
//!
//! Deliberately absent: authentication methods (a host brings them as [`Accounts`]), HTTP.

mod accounts;
mod code;
mod context;
mod error;
mod extension;
pub mod gate;
mod input;
mod limits;
mod loaders;
mod meter;
mod mutation;
mod query;
mod rates;
mod schema;
mod subscription;
mod types;

pub use async_graphql;

pub use self::{
    accounts::{Accounts, AccountsError, Credentials, Registration, Session},
    code::Code,
    context::{Caller, Principal, RequestId},
    limits::Limits,
    meter::{Figures, Health, Meter},
    mutation::Mutation,
    query::Query,
    rates::{ByTier, ClientAddress, LimitReport, LimitStatus, RateLimits, Rates},
    schema::{Schema, SchemaParts, build_schema, sdl},
    subscription::{Subscription, subscribe},
};
