//! The conformance suite: every backend passes it.
//!
//! Each case is a function over `&dyn Storage` that panics when a promise of
//! [`traits`](crate::traits) is broken. [`storage_suite!`](crate::storage_suite) turns them into one
//! test each:
//!
//! ```
//! use std::sync::Arc;
//! use recsys_store::MemoryStorage;
//! use recsys_store::testing::Fixture;
//!
//! async fn open() -> Fixture {
//!     Fixture::new(Arc::new(MemoryStorage::new()))
//! }
//! # #[cfg(test)]
//! # mod suite {
//! recsys_store::storage_suite!(super::open);
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! # let storage = open().await;
//! # recsys_store::testing::users::the_first_user_becomes_administrator(storage.storage()).await;
//! # }
//! ```
//!
//! [`model_store_suite!`](crate::model_store_suite) is the part of it about models;
//! [`event_bus_suite!`](crate::event_bus_suite) does the same for implementations of
//! [`EventBus`](crate::traits::EventBus), and [`rate_limiter_suite!`](crate::rate_limiter_suite) for those of
//! [`RateLimiter`](crate::traits::RateLimiter); [`vector_store_suite!`](crate::vector_store_suite) is for
//! [`VectorStore`](crate::traits::VectorStore), and [`embedder_suite!`](crate::embedder_suite) for
//! [`Embedder`](crate::traits::Embedder).
//!
//! A case takes an empty storage of its own, so cases run in parallel. What must survive the death of
//! a process is checked by [`durability`] with a reopened storage.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a failing case is a panic")]

pub mod archive;
pub mod cache;
pub mod catalog;
pub mod durability;
pub mod embedders;
pub mod events;
mod fixture;
pub mod interactions;
pub mod isolation;
pub mod jobs;
pub mod limiter;
mod macros;
pub mod models;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod ratings;
pub mod search;
pub mod sessions;
pub mod tenants;
pub mod users;
pub mod vectors;
mod watched;

pub use self::fixture::{Fixture, event, history_of, item, rating, ratings_of, shop, tenant, user};
pub use self::watched::{Watch, WatchedStorage};
