//! What an evaluation found: plain data, and how it is shown.
//!
//! [`EvaluationReport`] is serde, so that it can be written as JSON and read again;
//! [`to_text`](EvaluationReport::to_text) makes tables for a terminal and
//! [`to_html`](EvaluationReport::to_html) one page with plots that needs nothing else. [`Curves`] is such
//! a page about something else than an evaluation.

mod curves;
mod html;
mod plot;
mod svg;
mod text;

use serde::{Deserialize, Serialize};

pub use self::curves::Curves;
use super::protocol::Protocol;
use super::search::Trial;
use super::slices::SliceFigure;
use super::stats::Interval;
use super::{Metric, MetricKind};
use crate::algo::AlgorithmConfig;

/// Version of the report's form. A reader refuses none; a field that is missing has its default.
const FORM: u32 = 1;

/// What an evaluation found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EvaluationReport {
    /// What made it.
    pub versions: Versions,
    /// What was asked for.
    pub protocol: Protocol,
    /// What was read.
    pub files: Vec<InputFile>,
    /// How much there was.
    pub data: DataSummary,
    /// Which metric systems are compared and searches judged by.
    pub primary: Option<Metric>,
    /// The algorithms in the order of the protocol.
    pub systems: Vec<SystemReport>,
    /// Every pair of systems by the primary metric.
    pub comparisons: Vec<Comparison>,
    /// How long everything took, 0 without a clock.
    pub seconds: f64,
}

/// What made a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Versions {
    /// Version of this library.
    pub recsys: String,
    /// Version of the report's form.
    pub report: u32,
}

impl Versions {
    pub(super) fn current() -> Self {
        Self { recsys: env!("CARGO_PKG_VERSION").to_owned(), report: FORM }
    }
}

/// A file that was read, as the caller describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InputFile {
    /// Its name.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// A digest of its bytes, as `sha256:…`.
    pub digest: String,
}

impl InputFile {
    /// Describes a file.
    #[must_use]
    pub fn new(name: impl Into<String>, bytes: u64, digest: impl Into<String>) -> Self {
        Self { name: name.into(), bytes, digest: digest.into() }
    }
}

/// How much there was to learn from and to measure.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DataSummary {
    /// Users of the log.
    pub users: usize,
    /// Items of the log: the catalogue that is ranked.
    pub items: usize,
    /// Events that mean something.
    pub events: usize,
    /// The parts of each fold or window.
    pub splits: Vec<SplitSummary>,
}

/// The parts of one fold or window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SplitSummary {
    /// Entries of the matrix that is learnt from.
    pub train: usize,
    /// Entries of the matrix that is measured.
    pub test: usize,
    /// Users whose lists are measured.
    pub users: usize,
}

impl SplitSummary {
    pub(super) fn new(train: usize, test: usize, users: usize) -> Self {
        Self { train, test, users }
    }
}

/// What was found of one algorithm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SystemReport {
    /// Its name in the protocol.
    pub name: String,
    /// The settings it was trained with: those of the search's best trial when there was a search.
    pub settings: AlgorithmConfig,
    /// Why it has no figures.
    pub failure: Option<String>,
    /// Trainings that the figures are of: one for each split and seed.
    pub runs: u32,
    /// Mean time of one training.
    pub fit_seconds: f64,
    /// Mean time of ranking for all users of one split.
    pub rank_seconds: f64,
    /// One for each metric of the protocol.
    pub figures: Vec<Figure>,
    /// What the search tried.
    pub search: Option<SearchReport>,
    /// The primary metric by the number of the user's training items.
    pub by_user_degree: Vec<SliceFigure>,
    /// The share of held-out pairs that are found, by the number of the item's training users, in lists
    /// of the primary metric's length.
    pub by_item_degree: Vec<SliceFigure>,
    /// The primary metric for users who were not learnt from.
    pub cold_users: Vec<ColdFigure>,
    /// The primary metric for items without events, among themselves and in the whole catalogue.
    pub cold_items: Vec<ColdFigure>,
    /// Why there are no cold figures, when they were asked for.
    pub cold_failure: Option<String>,
}

impl SystemReport {
    pub(super) fn new(name: &str, settings: AlgorithmConfig) -> Self {
        Self {
            name: name.to_owned(),
            settings,
            failure: None,
            runs: 0,
            fit_seconds: 0.0,
            rank_seconds: 0.0,
            figures: Vec::new(),
            search: None,
            by_user_degree: Vec::new(),
            by_item_degree: Vec::new(),
            cold_users: Vec::new(),
            cold_items: Vec::new(),
            cold_failure: None,
        }
    }

    /// Returns the figure of a metric.
    #[must_use]
    pub fn figure(&self, metric: Metric) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.metric == metric)
    }

    /// Returns the first figure of a kind of metric.
    pub(super) fn figure_of(&self, kind: MetricKind) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.metric.kind() == kind)
    }
}

/// What a metric came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Figure {
    /// Which.
    pub metric: Metric,
    /// Its value; none when the algorithm cannot be measured so.
    pub value: Option<f64>,
    /// Where it lies by the bootstrap; none for metrics of all lists together.
    pub interval: Option<Interval>,
    /// Users with a value, 0 for metrics of all lists together.
    pub users: usize,
}

/// A figure of users or items that training knows nothing of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColdFigure {
    /// What it is of, as `3 revealed` or `among cold items`.
    pub case: String,
    /// The primary metric over all users asked for; those not served count as 0.
    pub value: f64,
    /// Where it lies by the bootstrap.
    pub interval: Option<Interval>,
    /// Share of the users with a list whose scores tell items apart.
    pub served: f64,
    /// Users asked for.
    pub users: usize,
}

/// What a search tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SearchReport {
    /// What it was judged by, on a part of the training data.
    pub metric: Metric,
    /// Everything that was tried, in order.
    pub trials: Vec<Trial>,
    /// The candidate that was best on the last rung.
    pub best: u32,
    /// How sure the best trial's figure is. Being the best of many, it is too good on average.
    pub interval: Option<Interval>,
}

/// Two systems by the primary metric, on the same users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Comparison {
    /// One system.
    pub left: String,
    /// The other.
    pub right: String,
    /// Mean of left minus right over the users of both.
    pub difference: f64,
    /// Users compared.
    pub users: usize,
    /// Chance by the permutation test, corrected for the number of comparisons (Holm).
    pub p: f64,
    /// The same before correction.
    pub p_uncorrected: f64,
    /// Chance by the paired t-test, not corrected; none when all differences are equal.
    pub p_t_test: Option<f64>,
    /// Chance by Wilcoxon's signed ranks, not corrected.
    pub p_wilcoxon: f64,
}

#[cfg(test)]
mod tests;
