//! Tests of recsys-core's public face, in one binary.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod conformance;
mod tidy;
