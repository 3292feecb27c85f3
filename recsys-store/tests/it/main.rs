//! Tests of the crate through its public surface, in one binary.

#![expect(clippy::unwrap_used, reason = "a failing test is a panic")]

mod engine;
mod events;
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
