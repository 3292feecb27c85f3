//! Tests of the crate through its public surface, in one binary.

#![expect(clippy::unwrap_used, reason = "a failing test is a panic")]

mod embedders;
mod engine;
mod events;
mod exporting;
mod limiter;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "redis")]
mod redis;
mod searching;
mod sqlite;
mod suite_has_teeth;
mod vectors;

/// A place for models: the one at `RECSYS_TEST_MODELS_URL`, with the credentials that its own variables say, or an
/// object store in memory.
fn models_url() -> recsys_store::ModelsUrl {
    match std::env::var("RECSYS_TEST_MODELS_URL") {
        Ok(url) => url.parse().unwrap(),
        Err(_) => recsys_store::ModelsUrl::in_memory(),
    }
}
