//! How good a model is on events it has not seen.
//!
//! 1. [`SplitConfig`] cuts a log into what is learnt from and what is measured ([`split`]).
//! 2. [`Task`] turns the parts into users to rank for, and [`Evaluator`] ranks every item that they do
//!    not know, over the full catalogue, and measures the lists ([`metrics`]).
//! 3. [`stats`] says how sure the figures are, and whether two systems differ.
//! 4. [`search`] looks for better settings on a part of the training data.
//!
//! A [`protocol`] is all of that as a file, and a [`report`] what comes of it. [`rank_and_measure`] is
//! the short way for a model that is there already.

mod error;
mod generate;
mod measure;
pub mod metrics;
pub mod protocol;
mod ranked;
mod ranking;
pub mod report;
pub mod search;
pub mod slices;
pub mod split;
pub mod stats;
mod task;

pub use error::EvalError;
pub use generate::generated;
pub use measure::{Evaluator, Measured};
pub use metrics::{Conventions, ItemDistance, Metric, MetricKind};
pub use ranked::{RankedList, rank_cases};
pub use ranking::{HeldOut, RankingReport, rank_and_measure};
pub use split::{Choice, Split, SplitConfig, SplitMethod, split_by_time};
pub use task::{Case, Task};
