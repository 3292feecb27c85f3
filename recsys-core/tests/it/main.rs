//! Tests of recsys-core's public face, in one binary.

#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests read the repository, and fail by panicking"
)]

mod conformance;
mod golden;
mod tidy;
