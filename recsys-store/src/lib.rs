#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`types`] | plain data that crosses the storage boundary |
//! | [`traits`] | the storage contract |
//! | [`memory`], [`postgres`], [`sqlite`] | backends |
//! | `redis` | what replicas share besides the database (feature `redis`) |
//! | [`engine`] | record, recommend, train |
//! | [`events`] | telling subscribers what has changed |
//! | [`embedders`] | vectors of what items are described by |
//! | [`vectors`] | finding items by their vectors, in this process or by a service |
//! | [`evaluation`] | protocol files and the data that they name |
//! | [`export`] | tenants as files, out of any backend and into any |
//! | `testing` | the conformance suite for backends (feature `testing`) |

#![doc(test(attr(deny(warnings))))]

mod around;
#[cfg(any(feature = "postgres", feature = "redis"))]
mod breaker;
pub mod embedders;
pub mod engine;
pub mod error;
pub mod evaluation;
pub mod events;
pub mod export;
mod features;
mod files;
#[cfg(any(feature = "openai", feature = "pinecone", feature = "qdrant", feature = "weaviate"))]
mod http;
pub mod import;
mod measured;
pub mod memory;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod model_files;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "redis")]
pub mod redis;
mod rules;
mod sealed;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod sql;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
pub mod traits;
pub mod types;
pub mod vectors;
mod words;

pub use self::engine::{Engine, EngineError, TenantEngine};
pub use self::error::{StoreError, StoreErrorKind};
pub use self::events::LocalBus;
pub use self::measured::MeasuredStorage;
pub use self::memory::MemoryStorage;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use self::model_files::ModelsUrl;
#[cfg(feature = "postgres")]
pub use self::postgres::{PostgresConfig, PostgresStorage, PostgresUrl};
#[cfg(feature = "sqlite")]
pub use self::sqlite::{SqliteConfig, SqliteStorage};
pub use self::traits::{EventBus, Storage, TenantStores};
