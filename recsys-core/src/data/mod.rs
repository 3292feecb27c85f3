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
pub use log::{Event, InteractionLog, NewEvent};
pub use row::{Csr, Row};

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a newtype that callers construct")]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Returns what is left at this moment of something that happened `at` and halves every
    /// `half_life_days`; the whole of what happens later.
    pub(crate) fn retained(self, at: Self, half_life_days: f64) -> f64 {
        const MILLISECONDS_PER_DAY: f64 = 86_400_000.0;
        #[expect(clippy::cast_precision_loss, reason = "ages are far below 2^53 milliseconds")]
        let age = self.0.saturating_sub(at.0).max(0) as f64;
        (-(age / MILLISECONDS_PER_DAY) / half_life_days).exp2()
    }
}
