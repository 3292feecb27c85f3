//! The GraphQL API over HTTP.

mod auth;
mod batches;
mod descriptions;
mod flow;
mod isolation;
mod limits;
mod rates;
mod serving;
pub(crate) mod support;
mod transport;
