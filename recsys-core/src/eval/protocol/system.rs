//! The trainings of one algorithm and what they add up to.

use super::fold::Fold;
use super::{Hooks, Inputs, Protocol};
use crate::algo::AlgorithmConfig;
use crate::eval::report::{Figure, SystemReport};
use crate::eval::search::seeded;
use crate::eval::slices::DegreeTally;
use crate::eval::stats::Sample;
use crate::eval::{EvalError, Measured, Metric, RankedList, Task};
use crate::fit::FitContext;
use crate::query::Candidates;

/// Share of a run that is training, for the progress; the rest is ranking.
const TRAINING: f64 = 0.8;

/// Everything that measuring an algorithm needs besides it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bench<'a> {
    pub(super) protocol: &'a Protocol,
    pub(super) inputs: &'a Inputs,
    pub(super) hooks: &'a Hooks<'a>,
    pub(super) primary: Option<Metric>,
}

/// A part of the whole work, for the progress.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) start: f64,
    pub(super) end: f64,
}

impl Span {
    /// The place at a share of the span.
    pub(super) fn at(self, share: f64) -> f64 {
        self.start + (self.end - self.start) * share.clamp(0.0, 1.0)
    }

    /// The part from one share to another.
    pub(super) fn part(self, from: f64, to: f64) -> Self {
        Self { start: self.at(from), end: self.at(to) }
    }
}

/// What all folds and seeds of one algorithm add up to.
#[derive(Debug, Default)]
pub(super) struct Tally {
    runs: u32,
    fit_seconds: f64,
    rank_seconds: f64,
    /// One for each metric; those of all lists together are sums over the runs.
    measured: Vec<Measured>,
    by_user: DegreeTally,
    by_item: DegreeTally,
}

impl Bench<'_> {
    /// Trains on every fold with every seed and measures.
    pub(super) fn run(
        &self,
        name: &str,
        settings: &AlgorithmConfig,
        folds: &[Fold],
        span: Span,
    ) -> Result<Tally, EvalError> {
        let seeded = self.seeded(settings)?;
        let runs: Vec<(&AlgorithmConfig, &Fold)> =
            seeded.iter().flat_map(|run| folds.iter().map(move |fold| (run, fold))).collect();
        let mut tally = Tally::default();
        for (at, (settings, fold)) in runs.iter().enumerate() {
            self.hooks.check()?;
            let share = |done: f64| (at as f64 + done) / runs.len() as f64;
            let fitting = span.part(share(0.0), share(TRAINING));
            let fit = |context: &FitContext<'_>| fold.fit(settings, self.hooks, context);
            let (model, fit_seconds) = self.hooks.in_context(name, fitting, fit)?;
            self.hooks.report(format!("{name}: measuring"), fitting.end);
            let evaluator = fold.evaluator(self.protocol);
            let begun = self.hooks.now();
            let ranking = span.part(share(TRAINING), share(1.0));
            let lists = self.hooks.in_context(name, ranking, |context| {
                evaluator.rank(&*model, &fold.task, Candidates::All, context)
            })?;
            let rank_seconds = self.hooks.since(begun);
            let measured = evaluator.measure_lists(&*model, &fold.task, &lists);
            if self.protocol.slices.degree_groups > 0 {
                self.add_slices(&mut tally, &fold.task, &lists, &measured);
            }
            tally.add(measured, fit_seconds, rank_seconds);
            self.hooks.report(format!("{name}: measuring"), ranking.end);
        }
        Ok(tally)
    }

    /// The settings with each of the seeds; as they are when they have none, or none is asked for.
    fn seeded(&self, settings: &AlgorithmConfig) -> Result<Vec<AlgorithmConfig>, EvalError> {
        let mut runs: Vec<AlgorithmConfig> = Vec::new();
        for &seed in &self.protocol.seeds {
            let run = seeded(settings, seed)?;
            if !runs.contains(&run) {
                runs.push(run);
            }
        }
        Ok(if runs.is_empty() { vec![settings.clone()] } else { runs })
    }

    fn add_slices(
        &self,
        tally: &mut Tally,
        task: &Task,
        lists: &[RankedList],
        measured: &[Measured],
    ) {
        let Some(primary) = self.primary.filter(|metric| !metric.kind().is_of_ratings()) else {
            return;
        };
        let of_primary = self.protocol.metrics.iter().zip(measured);
        let sample =
            of_primary.filter(|(metric, _)| **metric == primary).find_map(|(_, measured)| {
                match measured {
                    Measured::PerUser(sample) => Some(sample),
                    _ => None,
                }
            });
        let mut degrees = vec![0; task.train().n_items()];
        task.train().user_csr().indices.iter().for_each(|&item| degrees[item as usize] += 1);
        for (case, list) in task.cases().iter().zip(lists) {
            if let Some(value) = sample.and_then(|sample| sample.value_of(case.user.index())) {
                tally.by_user.add(case.exclude.len(), value);
            }
            let listed = match primary.k() {
                0 => &list.items[..],
                k => &list.items[..k.min(list.items.len())],
            };
            for item in &case.relevant {
                let found = listed.iter().any(|hit| hit.item == *item);
                tally.by_item.add(degrees[item.index()], if found { 1.0 } else { 0.0 });
            }
        }
    }
}

impl Tally {
    fn add(&mut self, measured: Vec<Measured>, fit_seconds: f64, rank_seconds: f64) {
        self.runs += 1;
        self.fit_seconds += fit_seconds;
        self.rank_seconds += rank_seconds;
        if self.measured.is_empty() {
            self.measured = measured;
            return;
        }
        for (sum, more) in self.measured.iter_mut().zip(measured) {
            match (sum, more) {
                (Measured::PerUser(sum), Measured::PerUser(more)) => sum.merge(&more),
                (Measured::Whole(sum), Measured::Whole(more)) => *sum += more,
                // One model of an algorithm predicts ratings if another does.
                _ => {}
            }
        }
    }

    /// The values of each user by the metric at a position.
    pub(super) fn sample(&self, at: usize) -> Option<&Sample> {
        match self.measured.get(at) {
            Some(Measured::PerUser(sample)) => Some(sample),
            _ => None,
        }
    }

    /// Writes everything but the intervals.
    pub(super) fn write(&self, protocol: &Protocol, report: &mut SystemReport) {
        let runs = f64::from(self.runs.max(1));
        report.runs = self.runs;
        report.fit_seconds = self.fit_seconds / runs;
        report.rank_seconds = self.rank_seconds / runs;
        let figure = |(metric, measured): (&Metric, &Measured)| {
            let value = match measured {
                Measured::Whole(sum) => Some(sum / runs),
                other => other.value(),
            };
            let users = match measured {
                Measured::PerUser(sample) => sample.users(),
                Measured::Unknown | Measured::Whole(_) => 0,
            };
            Figure { metric: *metric, value, interval: None, users }
        };
        report.figures = protocol.metrics.iter().zip(&self.measured).map(figure).collect();
        let groups = protocol.slices.degree_groups;
        report.by_user_degree = self.by_user.groups(groups);
        report.by_item_degree = self.by_item.groups(groups);
    }
}
