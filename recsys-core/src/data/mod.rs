//! From events to a matrix: [`InteractionLog`] -> [`Aggregation`] -> [`Interactions`].

mod aggregation;
mod dataset;
mod error;
mod history;
mod interactions;
mod log;
mod row;

pub use aggregation::{Aggregation, Duplicates, KindPolicy};
pub use dataset::{Dataset, ItemFeatures};
pub use error::DataError;
pub use history::{History, HistoryEvent};
pub use interactions::Interactions;
pub use log::{Event, InteractionLog};
pub use row::{Csr, Row};

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a newtype that callers construct")]
pub struct Timestamp(pub i64);
