#![doc = include_str!("../README.md")]
//!
//! # Map
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`types`] | plain data that crosses the storage boundary |
//! | [`traits`] | the storage contract |
//! | [`memory`], [`sqlite`] | backends |
//! | [`engine`] | record, recommend, train |
//! | [`events`] | telling subscribers what has changed |
//! | [`vectors`] | finding items by their vectors, in this process or by a service |
//! | [`evaluation`] | protocol files and the data that they name |
//! | `testing` | the conformance suite for backends (feature `testing`) |

#![doc(test(attr(deny(warnings))))]

pub mod engine;
pub mod error;
pub mod evaluation;
pub mod events;
mod features;
mod files;
pub mod import;
pub mod memory;
mod rules;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
pub mod traits;
pub mod types;
pub mod vectors;

pub use self::engine::{Engine, EngineError, TenantEngine};
pub use self::error::{StoreError, StoreErrorKind};
pub use self::events::LocalBus;
pub use self::memory::MemoryStorage;
#[cfg(feature = "sqlite")]
pub use self::sqlite::{SqliteConfig, SqliteStorage};
pub use self::traits::{EventBus, Storage, TenantStores};
