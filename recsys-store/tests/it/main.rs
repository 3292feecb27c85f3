//! Tests of the crate through its public surface, in one binary.

mod engine;
mod memory;
mod sqlite;
mod suite_has_teeth;
