//! Fixtures, strategies and the conformance suite that every model passes. Exempt from semantic
//! versioning.
//!
//! An algorithm written outside this crate runs the same suite:
//!
//! ```
//! use recsys_core::algo::AlgorithmConfig;
//! use recsys_core::testing::{Abilities, Subject};
//!
//! fn subject() -> Subject {
//!     let build = || AlgorithmConfig::named("popularity").unwrap().build().unwrap();
//!     Subject::new(build, Abilities::default())
//! }
//!
//! recsys_core::model_suite!(popularity, subject);
//! # fn main() { let _ = subject(); }
//! ```

mod cases;
pub mod fixtures;
mod hostile;
pub mod strategies;
mod suite;

pub use hostile::{ask_everything, reseal};
pub use suite::{Abilities, Fidelity, Subject};

/// The cases, as functions of a [`Subject`]; [`model_suite!`](crate::model_suite) makes a test of each.
pub mod model_cases {
    pub use super::cases::*;
}
