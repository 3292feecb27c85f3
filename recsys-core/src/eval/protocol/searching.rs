//! The search of one algorithm's settings, on training data only.

use rand::seq::SliceRandom;

use super::Contestant;
use super::contestant::ContestantSearch;
use super::fold::Fold;
use super::system::{Bench, Span};
use crate::algo::AlgorithmConfig;
use crate::data::InteractionLog;
use crate::eval::metrics::Direction;
use crate::eval::report::SearchReport;
use crate::eval::search::{Resource, Search, Trial};
use crate::eval::split::{Split, SplitConfig, SplitMethod};
use crate::eval::stats::{Interval, Sample, bootstrap};
use crate::eval::{EvalError, Evaluator, Measured, Metric};
use crate::ids::UserIdx;
use crate::rng;

/// Share of the training data that a search holds out unless told otherwise.
const HELD_OUT: f64 = 0.1;

impl Bench<'_> {
    /// Searches, and returns the best settings.
    pub(super) fn search(
        &self,
        contestant: &Contestant,
        wanted: &ContestantSearch,
        train: &InteractionLog,
        span: Span,
    ) -> Result<(AlgorithmConfig, SearchReport), EvalError> {
        let name = &contestant.name;
        let metric = wanted.metric.or(self.primary).ok_or_else(|| {
            EvalError::Protocol(format!(
                "{name} is searched, and no metric has a value for each user"
            ))
        })?;
        let larger_is_better = match metric.kind().direction() {
            Direction::Larger => true,
            Direction::Smaller => false,
            Direction::Neither => {
                return Err(EvalError::Protocol(format!("{metric} is nothing to search for")));
            }
        };
        let search =
            Search::new(contestant.settings.clone(), wanted.search.clone(), larger_is_better)?;
        let keeper = self.hooks.keeper();
        let kept = keeper.and_then(|keeper| keeper.restore(name));
        let mut state = kept.filter(|state| search.is_of(state)).unwrap_or_else(|| search.start());
        let judge = Judge::new(self, wanted, metric, train)?;
        let total = search.trials().max(1) as f64;
        let mut run = state.trials.len();
        search.run(
            &mut state,
            |trial| {
                let part = span.part(run as f64 / total, (run + 1) as f64 / total);
                run += 1;
                let begun = self.hooks.now();
                let outcome = judge.measure(&search, trial, name, part);
                let figure = outcome.and_then(|sample| {
                    sample.mean().ok_or(EvalError::Split("nobody is left to measure"))
                });
                (figure, self.hooks.since(begun))
            },
            |state| {
                if let Some(keeper) = keeper {
                    keeper.keep(name, state);
                }
            },
        )?;
        let best = search.best(&state).ok_or_else(|| {
            let failure = state.trials.iter().find_map(|trial| trial.failure.clone());
            let failure = failure.unwrap_or_else(|| "there was none".to_owned());
            EvalError::Protocol(format!("no trial succeeded: {failure}"))
        })?;
        let interval = judge.interval(&search, best, name, span.part(1.0, 1.0))?;
        let settings = search.settings_of(best, true)?;
        let best = best.candidate;
        Ok((settings, SearchReport { metric, trials: state.trials, best, interval }))
    }
}

/// Trains trials on one part of the training data and measures them on another.
struct Judge<'a> {
    bench: &'a Bench<'a>,
    metric: Metric,
    split: Split,
    /// Users of the log in random order: a share of them is the first of these.
    order: Vec<UserIdx>,
    /// Everybody.
    whole: Fold,
}

impl<'a> Judge<'a> {
    fn new(
        bench: &'a Bench<'a>,
        wanted: &ContestantSearch,
        metric: Metric,
        train: &InteractionLog,
    ) -> Result<Self, EvalError> {
        let by_time = matches!(
            bench.protocol.split.method,
            SplitMethod::TimeCut { .. } | SplitMethod::TimeWindows { .. }
        );
        let method = wanted.validation.unwrap_or(if by_time {
            SplitMethod::TimeCut { share: HELD_OUT }
        } else {
            SplitMethod::RandomPerUser { share: HELD_OUT }
        });
        let config = SplitConfig { method, seed: wanted.search.seed, ..bench.protocol.split };
        let split = config.split(train)?.remove(0);
        let whole = Fold::new(bench.inputs, bench.protocol.feedback, &split)?;
        let mut order: Vec<UserIdx> = train.users().iter().map(|(user, _)| user).collect();
        order.shuffle(&mut rng::stream(wanted.search.seed, 1));
        Ok(Self { bench, metric, split, order, whole })
    }

    /// The values of the users of a trial.
    fn measure(
        &self,
        search: &Search,
        trial: &Trial,
        name: &str,
        span: Span,
    ) -> Result<Sample, EvalError> {
        let hooks = self.bench.hooks;
        hooks.check()?;
        let settings = search.settings_of(trial, false)?;
        let part;
        let fold = match search.resource() {
            Resource::Users if trial.share < 1.0 => {
                part = self.part(trial.share)?;
                &part
            }
            _ => &self.whole,
        };
        let name = format!("{name}: trial {}, rung {}", trial.candidate, trial.rung + 1);
        let fit = |context: &crate::fit::FitContext<'_>| -> Result<Sample, EvalError> {
            let (model, _) = fold.fit(&settings, hooks, context)?;
            let evaluator = Evaluator::new(vec![self.metric], self.bench.protocol.conventions);
            match evaluator.measure(&*model, &fold.task, context)?.pop() {
                Some(Measured::PerUser(sample)) => Ok(sample),
                _ => {
                    Err(EvalError::Protocol(format!("{} has no value for each user", self.metric)))
                }
            }
        };
        hooks.in_context(&name, span, fit)
    }

    /// Trains the best trial once more, for how sure its figure is.
    fn interval(
        &self,
        search: &Search,
        best: &Trial,
        name: &str,
        span: Span,
    ) -> Result<Option<Interval>, EvalError> {
        let sample = self.measure(search, best, name, span)?;
        Ok(bootstrap(&[&sample], &self.bench.protocol.bootstrap)?.pop().flatten())
    }

    /// A share of the users; every smaller share's are among them.
    fn part(&self, share: f64) -> Result<Fold, EvalError> {
        let count = (share * self.order.len() as f64).ceil() as usize;
        let mut chosen = vec![false; self.order.len()];
        self.order.iter().take(count).for_each(|user| chosen[user.index()] = true);
        let of_chosen = |log: &InteractionLog| log.filtered(|_, event| chosen[event.user.index()]);
        let split = Split {
            train: of_chosen(&self.split.train),
            revealed: of_chosen(&self.split.revealed),
            test: of_chosen(&self.split.test),
        };
        Fold::new(self.bench.inputs, self.bench.protocol.feedback, &split)
    }
}
