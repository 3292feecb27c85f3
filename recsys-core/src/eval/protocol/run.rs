//! Following a protocol.

use super::cold::ColdTasks;
use super::fold::Fold;
use super::system::{Bench, Span, Tally};
use super::{Contestant, Hooks, Inputs, Protocol};
use crate::algo::AlgorithmConfig;
use crate::algo::popularity::PopularityConfig;
use crate::data::InteractionLog;
use crate::eval::report::{
    Comparison, DataSummary, EvaluationReport, SplitSummary, SystemReport, Versions,
};
use crate::eval::split::{Split, SplitConfig, SplitMethod};
use crate::eval::stats::{
    Sample, bootstrap, holm, paired_t_test, permutation_test, wilcoxon_signed_rank,
};
use crate::eval::{EvalError, Metric, MetricKind};
use crate::model::ModelKind;

/// Share of an algorithm's part of the progress that its search, its trainings and its cold figures
/// take, where there are any.
const SEARCH: f64 = 0.6;
const COLD: f64 = 0.2;

/// Follows `protocol` on what was read.
///
/// Popularity takes part whether it is named or not. An algorithm that cannot be trained or asked fails
/// alone; its report says why. The figures depend on the inputs and the protocol only, not on the number
/// of threads or the clock.
///
/// # Errors
///
/// [`EvalError::Cancelled`] when a hook says so, [`EvalError::Split`] when the log cannot be cut,
/// [`EvalError::Param`] and [`EvalError::Protocol`] when the protocol makes no sense.
pub fn evaluate(
    inputs: &Inputs,
    protocol: &Protocol,
    hooks: &Hooks<'_>,
) -> Result<EvaluationReport, EvalError> {
    protocol.check()?;
    let begun = hooks.now();
    hooks.report("splitting", 0.0);
    let splits = splits(inputs, protocol)?;
    let folds = splits.iter().map(|split| Fold::new(inputs, protocol.feedback, split));
    let folds = folds.collect::<Result<Vec<_>, _>>()?;
    let primary = protocol.metrics.iter().copied().find(|metric| is_per_user(*metric));
    let bench = Bench { protocol, inputs, hooks, primary };
    let cold = ColdTasks::new(&bench)?;
    let contestants = with_popularity(&protocol.algorithms);
    let mut systems = Vec::new();
    let mut tallies = Vec::new();
    for (at, contestant) in contestants.iter().enumerate() {
        let share = |at: usize| at as f64 / contestants.len() as f64;
        let span = Span { start: 0.98 * share(at), end: 0.98 * share(at + 1) };
        let (report, tally) = system(&bench, contestant, &splits[0].train, &folds, &cold, span)?;
        systems.push(report);
        tallies.push(tally);
    }
    hooks.report("intervals and tests", 0.98);
    add_intervals(protocol, &mut systems, &tallies)?;
    let comparisons = compare(&bench, &systems, &tallies);
    let data = DataSummary {
        users: inputs.log.users().len(),
        items: inputs.log.items().len(),
        events: splits
            .first()
            .map_or(0, |split| split.train.len() + split.revealed.len() + split.test.len()),
        splits: folds.iter().map(summary).collect(),
    };
    hooks.report("done", 1.0);
    Ok(EvaluationReport {
        versions: Versions::current(),
        protocol: protocol.clone(),
        files: inputs.files().to_vec(),
        data,
        primary,
        systems,
        comparisons,
        seconds: hooks.since(begun),
    })
}

fn splits(inputs: &Inputs, protocol: &Protocol) -> Result<Vec<Split>, EvalError> {
    let feedback = protocol.feedback;
    let given = |config: &SplitConfig| {
        let split = inputs.given.as_ref().ok_or_else(|| {
            EvalError::Protocol("the split is given, but no test part was read".to_owned())
        })?;
        let filtered = |log: &InteractionLog| feedback.filtered(log);
        let split = Split {
            train: filtered(&split.train),
            revealed: filtered(&split.revealed),
            test: filtered(&split.test),
        };
        Ok(vec![config.filter(&split)])
    };
    match protocol.split.method {
        SplitMethod::Given => given(&protocol.split),
        _ => protocol.split.split(&feedback.filtered(&inputs.log)),
    }
}

fn summary(fold: &Fold) -> SplitSummary {
    let task = &fold.task;
    SplitSummary::new(task.train().nnz(), task.test().nnz(), task.cases().len())
}

fn is_per_user(metric: Metric) -> bool {
    !matches!(metric.kind(), MetricKind::Coverage | MetricKind::Entropy | MetricKind::Gini)
}

fn with_popularity(algorithms: &[Contestant]) -> Vec<Contestant> {
    let mut all = algorithms.to_vec();
    if !all.iter().any(|contestant| contestant.settings.kind() == ModelKind::Popularity) {
        let settings = AlgorithmConfig::Popularity(PopularityConfig::default());
        all.push(Contestant::new(settings));
    }
    all
}

/// Searches, trains and measures one algorithm. Only what concerns all of them is an error.
fn system(
    bench: &Bench<'_>,
    contestant: &Contestant,
    train: &InteractionLog,
    folds: &[Fold],
    cold: &ColdTasks,
    span: Span,
) -> Result<(SystemReport, Tally), EvalError> {
    let name = &contestant.name;
    let mut report = SystemReport::new(name, contestant.settings.clone());
    let searched = if contestant.search.is_some() { SEARCH } else { 0.0 };
    let measured = if cold.is_empty() { 1.0 } else { 1.0 - COLD };
    if let Some(wanted) = &contestant.search {
        match bench.search(contestant, wanted, train, span.part(0.0, searched)) {
            Err(EvalError::Cancelled) => return Err(EvalError::Cancelled),
            Err(error) => {
                report.failure = Some(error.to_string());
                return Ok((report, Tally::default()));
            }
            Ok((settings, search)) => {
                report.settings = settings;
                report.search = Some(search);
            }
        }
    }
    let settings = report.settings.clone();
    let tally = match bench.run(name, &settings, folds, span.part(searched, measured)) {
        Err(EvalError::Cancelled) => return Err(EvalError::Cancelled),
        Err(error) => {
            report.failure = Some(error.to_string());
            return Ok((report, Tally::default()));
        }
        Ok(tally) => tally,
    };
    tally.write(bench.protocol, &mut report);
    match bench.cold(cold, &settings, &mut report, span.part(measured, 1.0)) {
        Err(EvalError::Cancelled) => return Err(EvalError::Cancelled),
        Err(error) => report.cold_failure = Some(error.to_string()),
        Ok(()) => {}
    }
    Ok((report, tally))
}

/// Draws users once for all systems and metrics.
fn add_intervals(
    protocol: &Protocol,
    systems: &mut [SystemReport],
    tallies: &[Tally],
) -> Result<(), EvalError> {
    let mut samples: Vec<&Sample> = Vec::new();
    let mut places = Vec::new();
    for (at, tally) in tallies.iter().enumerate() {
        for metric in 0..protocol.metrics.len() {
            if let Some(sample) = tally.sample(metric) {
                samples.push(sample);
                places.push((at, metric));
            }
        }
    }
    let intervals = bootstrap(&samples, &protocol.bootstrap)?;
    for ((at, metric), interval) in places.into_iter().zip(intervals) {
        systems[at].figures[metric].interval = interval;
    }
    Ok(())
}

/// Tests every pair of systems by the primary metric.
fn compare(bench: &Bench<'_>, systems: &[SystemReport], tallies: &[Tally]) -> Vec<Comparison> {
    let protocol = bench.protocol;
    let place = protocol.metrics.iter().position(|metric| Some(*metric) == bench.primary);
    let Some(place) = place else { return Vec::new() };
    let measured: Vec<(&SystemReport, &Sample)> = systems
        .iter()
        .zip(tallies)
        .filter_map(|(system, tally)| Some((system, tally.sample(place)?)))
        .collect();
    let mut comparisons = Vec::new();
    for (at, (left, ours)) in measured.iter().enumerate() {
        for (right, theirs) in &measured[at + 1..] {
            let differences = ours.differences(theirs);
            let users = differences.len();
            let seed = protocol.bootstrap.seed;
            let p = permutation_test(&differences, protocol.permutations, seed);
            comparisons.push(Comparison {
                left: left.name.clone(),
                right: right.name.clone(),
                difference: differences.iter().sum::<f64>() / users.max(1) as f64,
                users,
                p,
                p_uncorrected: p,
                p_t_test: paired_t_test(&differences).map(|test| test.p),
                p_wilcoxon: wilcoxon_signed_rank(&differences),
            });
        }
    }
    let chances: Vec<f64> = comparisons.iter().map(|comparison| comparison.p).collect();
    for (comparison, corrected) in comparisons.iter_mut().zip(holm(&chances)) {
        comparison.p = corrected;
    }
    comparisons
}
