//! The storage contract.
//!
//! One trait for each kind of row. Every backend keeps these promises, and the suite in
//! [`testing`](crate::testing) (feature `testing`) checks them:
//!
//! - **Scoped**: rows are reached only through [`TenantStores`], so a query without its tenant cannot
//!   be written. An id of another tenant is an unknown id.
//! - **Whole or not at all**: a call that fails has changed nothing, whatever the number of rows it
//!   was given. A call that returned `Ok` survives the death of the process (not for `memory`).
//! - **Uncut**: dropping the future of a write does not leave half of it; it may or may not have
//!   happened.
//! - **In order**: batch methods answer in the order of their input. In batch reads a missing row is
//!   `None`, not an error.
//! - **Shared**: cloning a handle shares the data.
//!
//! [`EventBus`] stands beside them: it keeps nothing and has promises of its own. So does
//! [`RateLimiter`], which keeps counts for a while, [`VectorStore`], which keeps what can be made again, and
//! [`Embedder`], which makes it.
//!
//! No method has a default body: a wrapper that forgets one does not compile.

mod archive;
mod cache;
mod catalog;
mod embedder;
mod events;
mod interactions;
mod jobs;
mod limiter;
mod models;
mod sessions;
mod storage;
mod tenants;
mod users;
mod vectors;

pub use self::archive::{Archive, ArchiveStore};
pub use self::cache::{Cache, CacheKey};
pub use self::catalog::CatalogStore;
pub use self::embedder::Embedder;
pub use self::events::{Delivery, EventBus, Subscription};
pub use self::interactions::InteractionStore;
pub use self::jobs::JobStore;
pub use self::limiter::{Charge, Count, Decision, LimitKey, RateLimiter};
pub use self::models::ModelStore;
pub use self::sessions::SessionStore;
pub use self::storage::{Storage, TenantStores};
pub use self::tenants::TenantDirectory;
pub use self::users::UserStore;
pub use self::vectors::VectorStore;
