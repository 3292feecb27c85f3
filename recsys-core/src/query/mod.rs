//! What is asked of a model, and the one ordering of its answers.

mod error;
mod item_set;
mod request;
mod top_k;
mod why_not;

pub use error::QueryError;
pub use item_set::ItemSet;
pub use request::{Candidates, Request};
pub(crate) use top_k::rank;
pub use top_k::{ScoredItem, TopK};
pub use why_not::{Verdict, WhyNot, why_not};
