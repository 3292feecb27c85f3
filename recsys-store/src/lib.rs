//! Storage for the recommender, scoped by tenant, and the engine that records, trains and serves.

pub mod engine;
pub mod error;
pub mod import;
pub mod memory;
mod rules;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
pub mod traits;
pub mod types;

pub use self::engine::{Engine, EngineError, TenantEngine};
pub use self::error::{StoreError, StoreErrorKind};
pub use self::memory::MemoryStorage;
#[cfg(feature = "sqlite")]
pub use self::sqlite::{SqliteConfig, SqliteStorage};
pub use self::traits::{Storage, TenantStores};
