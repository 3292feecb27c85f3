//! Searching the settings of an algorithm by successive halving.
//!
//! Candidates are drawn over the space once, evenly and by seed; the first is always the settings that
//! the search starts from. All are tried with little (the first rung), the best share of them with more,
//! and so on until few have the whole ([`Resource`] says what there is more of). The settings that it
//! starts from go along to the last rung, so the result is never worse than those on the data that it is
//! chosen by. One figure is maximised or minimised; the caller computes it.
//!
//! A search has no state of its own: [`Search::next`] says what to try after the trials in a
//! [`SearchState`], which is plain data for the caller to keep. Interrupted, it goes on after the last
//! trial that was kept.
//!
//! References: Jamieson & Talwalkar, *Non-stochastic best arm identification and hyperparameter
//! optimization* (AISTATS 2016); the even sequence is the additive recurrence of M. Roberts (2018).

mod setting;
mod space;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) use setting::seeded;
pub use space::Range;

use super::EvalError;
use crate::algo::AlgorithmConfig;
use crate::param::require;

/// What the rungs of a search have more and more of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Resource {
    /// Sweeps of an iterative algorithm: the setting at this path is scaled to the rung's share,
    /// rounded, at least 1. It must not be in the space.
    Epochs {
        /// Path of the setting, as `epochs`.
        setting: String,
    },
    /// Users, learnt from and measured: a random part, of which each rung's contains the one before.
    /// Settings that go with the amount of data suffer from it.
    #[default]
    Users,
}

/// Settings of a search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SearchConfig {
    /// What to search, by path into the settings: names and places in lists with dots between, as
    /// `similarity.source_exponent` or `members.0.weight`.
    pub space: BTreeMap<String, Range>,
    /// Candidates, the settings that it starts from included. Default 16; 1 to 10,000. Fewer when the
    /// space has no more.
    pub trials: u32,
    /// Rungs. Default 3; 1 to 10.
    pub rungs: u32,
    /// One of this many drawn candidates goes on to the next rung, with this many times as much.
    /// Default 3; 2 to 10.
    pub reduction: u32,
    /// What the rungs have more of. Default [`Resource::Users`].
    pub resource: Resource,
    /// Start of the random stream. Default 42.
    pub seed: u64,
}

impl Default for SearchConfig {
    fn default() -> Self {
        Self {
            space: BTreeMap::new(),
            trials: 16,
            rungs: 3,
            reduction: 3,
            resource: Resource::default(),
            seed: 42,
        }
    }
}

impl SearchConfig {
    /// Searches `path` over `range` too.
    #[must_use]
    pub fn with(mut self, path: impl Into<String>, range: Range) -> Self {
        self.space.insert(path.into(), range);
        self
    }

    /// Sets the number of candidates and of rungs.
    #[must_use]
    pub fn with_budget(mut self, trials: u32, rungs: u32) -> Self {
        (self.trials, self.rungs) = (trials, rungs);
        self
    }

    /// Sets what the rungs have more of.
    #[must_use]
    pub fn with_resource(mut self, resource: Resource) -> Self {
        self.resource = resource;
        self
    }

    fn check(&self) -> Result<(), EvalError> {
        let Self { trials, rungs, reduction, .. } = *self;
        require((1..=10_000).contains(&trials), "search.trials", trials, "1 to 10,000")?;
        require((1..=10).contains(&rungs), "search.rungs", rungs, "1 to 10")?;
        require((2..=10).contains(&reduction), "search.reduction", reduction, "2 to 10")?;
        for (path, range) in &self.space {
            range.check(path)?;
        }
        match &self.resource {
            Resource::Epochs { setting } if self.space.contains_key(setting) => {
                Err(EvalError::Protocol(format!(
                    "{setting} is both searched and what the rungs have more of"
                )))
            }
            _ => Ok(()),
        }
    }
}

/// One candidate on one rung, run or to be run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Trial {
    /// Which candidate, from 0; 0 is the settings that the search started from.
    pub candidate: u32,
    /// Which rung, from 0.
    pub rung: u32,
    /// How much of the whole resource it has, up to 1.
    pub share: f64,
    /// What the space says of this candidate, by path.
    pub settings: BTreeMap<String, Value>,
    /// The figure that is compared; none when training failed.
    pub figure: Option<f64>,
    /// Why training failed.
    pub failure: Option<String>,
    /// How long it took.
    pub seconds: f64,
}

/// The trials that were run: all that a search needs to go on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SearchState {
    /// What was searched.
    pub config: SearchConfig,
    /// The settings that it started from.
    pub base: AlgorithmConfig,
    /// In the order in which they were run.
    pub trials: Vec<Trial>,
}

/// A search whose space is known to lead to valid settings.
#[derive(Clone, Debug)]
pub struct Search {
    config: SearchConfig,
    base: AlgorithmConfig,
    larger_is_better: bool,
    candidates: Vec<BTreeMap<String, Value>>,
}

impl Search {
    /// Draws the candidates and checks that an estimator can be built of each.
    ///
    /// # Errors
    ///
    /// [`EvalError::Param`] when a setting of the search or of a candidate is out of range,
    /// [`EvalError::Protocol`] when a path leads to no setting of the algorithm.
    pub fn new(
        base: AlgorithmConfig,
        config: SearchConfig,
        larger_is_better: bool,
    ) -> Result<Self, EvalError> {
        config.check()?;
        let candidates = space::candidates(&config);
        let search = Self { config, base, larger_is_better, candidates };
        for settings in &search.candidates {
            search.settings(settings, 1.0)?.build()?;
        }
        Ok(search)
    }

    /// Returns the state before the first trial.
    #[must_use]
    pub fn start(&self) -> SearchState {
        let (config, base) = (self.config.clone(), self.base.clone());
        SearchState { config, base, trials: Vec::new() }
    }

    /// Returns whether `state` is of this search, so that it can go on.
    #[must_use]
    pub fn is_of(&self, state: &SearchState) -> bool {
        state.config == self.config && state.base == self.base
    }

    /// Returns what the rungs have more and more of.
    #[must_use]
    pub fn resource(&self) -> &Resource {
        &self.config.resource
    }

    /// Returns how many trials the whole search has.
    #[must_use]
    pub fn trials(&self) -> usize {
        (0..self.config.rungs).map(|rung| self.places(rung)).sum()
    }

    /// Returns the trial to run after those of `state`, without a figure; `None` when all are run.
    #[must_use]
    pub fn next(&self, state: &SearchState) -> Option<Trial> {
        let mut run = state.trials.len();
        for rung in 0..self.config.rungs {
            let places = self.places(rung);
            if run < places {
                let candidate = if rung == 0 { run } else { self.promoted(state, rung)[run] };
                return Some(self.trial(candidate, rung));
            }
            run -= places;
        }
        None
    }

    /// Returns the best trial of the last rung that has one, when a trial succeeded.
    #[must_use]
    pub fn best<'a>(&self, state: &'a SearchState) -> Option<&'a Trial> {
        let reached = state.trials.iter().filter(|trial| trial.figure.is_some());
        let last = reached.map(|trial| trial.rung).max()?;
        let best = *self.best_of(state, last).first()?;
        state.trials.iter().find(|trial| trial.rung == last && trial.candidate as usize == best)
    }

    /// Returns the settings of a trial: with the whole of the resource, or with its share of the sweeps.
    ///
    /// # Errors
    ///
    /// [`EvalError::Protocol`] for a trial of another search.
    pub fn settings_of(&self, trial: &Trial, whole: bool) -> Result<AlgorithmConfig, EvalError> {
        self.settings(&trial.settings, if whole { 1.0 } else { trial.share })
    }

    /// Runs what is left of `state`. `figure` trains and measures a trial; `after` sees the state after
    /// each, to keep it and to show how far it is.
    ///
    /// # Errors
    ///
    /// [`EvalError::Cancelled`] from `figure` ends the search between two trials; other errors count as
    /// a failed trial. [`EvalError::Protocol`] when `state` is of another search.
    pub fn run(
        &self,
        state: &mut SearchState,
        mut figure: impl FnMut(&Trial) -> (Result<f64, EvalError>, f64),
        mut after: impl FnMut(&SearchState),
    ) -> Result<(), EvalError> {
        if !self.is_of(state) {
            return Err(EvalError::Protocol("the state is of another search".to_owned()));
        }
        while let Some(mut trial) = self.next(state) {
            let (outcome, seconds) = figure(&trial);
            trial.seconds = seconds;
            match outcome {
                Ok(figure) if figure.is_finite() => trial.figure = Some(figure),
                Ok(_) => trial.failure = Some("the figure is not finite".to_owned()),
                Err(EvalError::Cancelled) => return Err(EvalError::Cancelled),
                Err(error) => trial.failure = Some(error.to_string()),
            }
            state.trials.push(trial);
            after(state);
        }
        Ok(())
    }

    /// How many candidates a rung has: its share of those that were drawn, and the one that the search
    /// starts from.
    fn places(&self, rung: u32) -> usize {
        let divisor = (self.config.reduction as usize).saturating_pow(rung);
        (self.candidates.len() - 1).div_ceil(divisor) + 1
    }

    /// The candidates of a rung behind the first: the best of the rung before, and then the one that the
    /// search starts from.
    fn promoted(&self, state: &SearchState, rung: u32) -> Vec<usize> {
        let mut promoted = self.best_of(state, rung - 1);
        promoted.retain(|&candidate| candidate != 0);
        promoted.truncate(self.places(rung) - 1);
        promoted.push(0);
        promoted
    }

    fn trial(&self, candidate: usize, rung: u32) -> Trial {
        let above = self.config.rungs - 1 - rung;
        let share = f64::from(self.config.reduction).powi(above as i32).recip();
        let settings = self.candidates[candidate].clone();
        Trial {
            candidate: candidate as u32,
            rung,
            share,
            settings,
            figure: None,
            failure: None,
            seconds: 0.0,
        }
    }

    /// Candidates of a rung from the best to the worst; failed ones last, equal ones by number.
    fn best_of(&self, state: &SearchState, rung: u32) -> Vec<usize> {
        let mut run: Vec<&Trial> = state.trials.iter().filter(|trial| trial.rung == rung).collect();
        let worth = |trial: &Trial| match trial.figure {
            Some(figure) if self.larger_is_better => figure,
            Some(figure) => -figure,
            None => f64::NEG_INFINITY,
        };
        run.sort_by(|left, right| {
            let by_worth = worth(right).total_cmp(&worth(left));
            by_worth.then(left.candidate.cmp(&right.candidate))
        });
        run.into_iter().map(|trial| trial.candidate as usize).collect()
    }

    fn settings(
        &self,
        settings: &BTreeMap<String, Value>,
        share: f64,
    ) -> Result<AlgorithmConfig, EvalError> {
        let config = setting::changed(&self.base, settings)?;
        match &self.config.resource {
            Resource::Epochs { setting } => setting::scaled(&config, setting, share),
            Resource::Users => Ok(config),
        }
    }
}

#[cfg(test)]
mod tests;
