//! An evaluation as a file: what is read, how it is cut, what is trained, what is measured.
//!
//! [`Protocol`] is plain serde, so it is written in TOML or JSON. [`evaluate`] follows it; reading files
//! and keeping what a search has tried is the caller's part ([`Inputs`], [`Hooks`]).

mod cold;
mod contestant;
mod data;
mod fold;
mod hooks;
mod run;
mod searching;
mod source;
mod system;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

pub use contestant::{Contestant, ContestantSearch};
pub use data::{Feedback, Inputs};
pub use hooks::{EvaluationProgress, Hooks, SearchKeeper};
pub use run::evaluate;
pub use source::DataSource;

use super::slices::SliceConfig;
use super::stats::Bootstrap;
use super::{Conventions, EvalError, Metric, SplitConfig};
use crate::param::require;

/// A whole evaluation.
///
/// # Examples
///
/// ```
/// use recsys_core::eval::protocol::{Hooks, Inputs, Protocol, evaluate};
/// use recsys_core::eval::generated;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let protocol: Protocol = serde_json::from_str(r#"{
///     "data": { "format": "generated", "users": 60, "items": 40, "events_per_user": 12 },
///     "algorithms": ["item_knn"],
///     "metrics": ["ndcg@5", "recall@5"]
/// }"#)?;
/// let (log, features) = generated(60, 40, 12, 42);
/// let inputs = Inputs::new(log).with_features(features);
/// let report = evaluate(&inputs, &protocol, &Hooks::default())?;
/// assert_eq!(report.systems.len(), 2); // popularity is always there to compare with
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Protocol {
    /// Heading of the report. Default "Evaluation".
    #[serde(default = "default_title")]
    pub title: String,
    /// What is read.
    pub data: DataSource,
    /// What the events mean. Default [`Feedback::Events`].
    #[serde(default)]
    pub feedback: Feedback,
    /// How the log is cut.
    #[serde(default)]
    pub split: SplitConfig,
    /// What is measured; the first that has a value for each user is the one that systems are compared
    /// and searches judged by. Default `ndcg@10`, `recall@10`, `hit_rate@10`, `mrr@10`, `coverage@10`,
    /// `novelty@10`.
    #[serde(default = "default_metrics")]
    pub metrics: Vec<Metric>,
    /// What the metrics mean where definitions differ. Default [`Conventions::lightgcn`].
    #[serde(default)]
    pub conventions: Conventions,
    /// What diversity means. Default [`Distance::Users`].
    #[serde(default)]
    pub distance: Distance,
    /// What is trained; popularity is added when it is not among them.
    pub algorithms: Vec<Contestant>,
    /// Starts of the random streams of training; an algorithm that has a seed is trained with each.
    /// Default none, which trains with the seed of its settings.
    #[serde(default)]
    pub seeds: Vec<u64>,
    /// How sure figures are said to be.
    #[serde(default)]
    pub bootstrap: Bootstrap,
    /// Random signs of each test between two systems. Default 10,000; 100 to 1,000,000.
    #[serde(default = "default_permutations")]
    pub permutations: u32,
    /// Which parts are looked at besides the whole.
    #[serde(default)]
    pub slices: SliceConfig,
}

/// What makes two items of a list different.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Distance {
    /// Other categories; needs what is known of the items.
    Categories,
    /// Other users.
    #[default]
    Users,
}

impl Protocol {
    /// Evaluates `algorithms` on `data`, everything else as usual.
    #[must_use]
    pub fn new(data: DataSource, algorithms: Vec<Contestant>) -> Self {
        Self {
            title: default_title(),
            data,
            feedback: Feedback::default(),
            split: SplitConfig::default(),
            metrics: default_metrics(),
            conventions: Conventions::default(),
            distance: Distance::default(),
            algorithms,
            seeds: Vec::new(),
            bootstrap: Bootstrap::default(),
            permutations: default_permutations(),
            slices: SliceConfig::default(),
        }
    }

    /// Checks every setting that can be checked without data.
    ///
    /// # Errors
    ///
    /// [`EvalError::Param`] or [`EvalError::Protocol`] says what is wrong.
    pub fn check(&self) -> Result<(), EvalError> {
        let refused = |problem: String| Err(EvalError::Protocol(problem));
        self.split.method.check()?;
        self.conventions.check()?;
        self.bootstrap.check()?;
        self.slices.check()?;
        let enough = (100..=1_000_000).contains(&self.permutations);
        require(enough, "permutations", self.permutations, "100 to 1,000,000")?;
        if self.metrics.is_empty() {
            return refused("there is no metric".to_owned());
        }
        let mut metrics = HashSet::new();
        if let Some(twice) = self.metrics.iter().find(|&metric| !metrics.insert(metric)) {
            return refused(format!("{twice} stands twice among the metrics"));
        }
        if self.algorithms.is_empty() {
            return refused("there is no algorithm".to_owned());
        }
        let mut names = HashSet::new();
        for contestant in &self.algorithms {
            contestant.settings.build()?;
            if !names.insert(contestant.name.as_str()) {
                return refused(format!(
                    "two algorithms are called \"{}\"; give one another name",
                    contestant.name
                ));
            }
        }
        Ok(())
    }
}

fn default_title() -> String {
    "Evaluation".to_owned()
}

fn default_metrics() -> Vec<Metric> {
    const NAMES: [&str; 6] =
        ["ndcg@10", "recall@10", "hit_rate@10", "mrr@10", "coverage@10", "novelty@10"];
    NAMES.iter().map(|name| name.parse().expect("the names are of metrics")).collect()
}

fn default_permutations() -> u32 {
    10_000
}

#[cfg(test)]
mod tests;
