//! The GraphQL API over WebSocket, with a real client on a real port.

mod client;
mod closing;
mod metrics;
mod operations;
mod rates;
mod subscriptions;
mod upgrade;
