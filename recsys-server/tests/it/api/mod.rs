//! The GraphQL API over HTTP.

mod auth;
mod batches;
mod flow;
mod isolation;
mod limits;
mod serving;
mod support;
mod transport;
