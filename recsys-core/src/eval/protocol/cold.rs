//! Figures of cold users and cold items of one algorithm.

use super::fold::Fold;
use super::system::{Bench, Span};
use crate::algo::AlgorithmConfig;
use crate::eval::report::{ColdFigure, SystemReport};
use crate::eval::slices::{ColdTask, cold_items, cold_users};
use crate::eval::stats::{Sample, bootstrap};
use crate::eval::{EvalError, Evaluator, Measured, Metric, RankedList, Task};
use crate::fit::FitContext;
use crate::model::Model;
use crate::query::Candidates;

/// What is asked of every algorithm, made once.
#[derive(Debug, Default)]
pub(super) struct ColdTasks {
    users: Option<(Fold, ColdTask)>,
    items: Option<(Fold, ColdTask)>,
}

impl ColdTasks {
    /// Makes the tasks that the protocol asks for, from its training part or whole log.
    pub(super) fn new(bench: &Bench<'_>) -> Result<Self, EvalError> {
        let (protocol, slices) = (bench.protocol, &bench.protocol.slices);
        if slices.cold_user_reveals.is_empty() && slices.cold_item_share.is_none() {
            return Ok(Self::default());
        }
        let log = protocol.feedback.filtered(&bench.inputs.log);
        let whole = protocol.feedback.interactions(&log)?;
        let least = protocol.feedback.relevant_from();
        let relevant = |value: f32| least.map_or(value > 0.0, |least| value >= least);
        let fold = |task: ColdTask| -> Result<(Fold, ColdTask), EvalError> {
            let train = protocol.feedback.interactions(&task.train)?;
            let data = bench.inputs.dataset(&task.train, &train)?;
            let asked = Task::new(&train, None, &whole, None);
            Ok((Fold { data, task: asked.with_cases(Vec::new()) }, task))
        };
        let users = if slices.cold_user_reveals.is_empty() {
            None
        } else {
            Some(fold(cold_users(&log, &whole, relevant, slices)?)?)
        };
        let items = match slices.cold_item_share {
            None => None,
            Some(share) => Some(fold(cold_items(&log, &whole, relevant, share, slices.seed)?)?),
        };
        Ok(Self { users, items })
    }

    /// Whether there is something to ask.
    pub(super) fn is_empty(&self) -> bool {
        self.users.is_none() && self.items.is_none()
    }
}

impl Bench<'_> {
    /// Trains without the cold and asks for them.
    pub(super) fn cold(
        &self,
        tasks: &ColdTasks,
        settings: &AlgorithmConfig,
        report: &mut SystemReport,
        span: Span,
    ) -> Result<(), EvalError> {
        let Some(primary) = self.primary.filter(|metric| !metric.kind().is_of_ratings()) else {
            return Ok(());
        };
        if let Some((fold, task)) = &tasks.users {
            let name = format!("{}: cold users", report.name);
            let ask = |model: &dyn Model, context: &FitContext<'_>| {
                let figure = |(revealed, asked): &(u32, Task)| {
                    let case = format!("{revealed} revealed");
                    self.figure(primary, case, model, asked, Candidates::All, context)
                };
                task.questions.iter().map(figure).collect()
            };
            report.cold_users = self.asked(&name, settings, fold, span.part(0.0, 0.5), ask)?;
        }
        if let Some((fold, task)) = &tasks.items {
            let name = format!("{}: cold items", report.name);
            let ask = |model: &dyn Model, context: &FitContext<'_>| {
                let asked = &task.questions[0].1;
                let among = Candidates::Only(&task.items);
                let ways =
                    [("among cold items", among), ("in the whole catalogue", Candidates::All)];
                let figure = |(case, candidates): (&str, Candidates<'_>)| {
                    self.figure(primary, case.to_owned(), model, asked, candidates, context)
                };
                ways.into_iter().map(figure).collect()
            };
            report.cold_items = self.asked(&name, settings, fold, span.part(0.5, 1.0), ask)?;
        }
        Ok(())
    }

    fn asked(
        &self,
        name: &str,
        settings: &AlgorithmConfig,
        fold: &Fold,
        span: Span,
        ask: impl Fn(&dyn Model, &FitContext<'_>) -> Result<Vec<ColdFigure>, EvalError>,
    ) -> Result<Vec<ColdFigure>, EvalError> {
        self.hooks.check()?;
        self.hooks.in_context(name, span, |context| {
            let (model, _) = fold.fit(settings, self.hooks, context)?;
            ask(&*model, context)
        })
    }

    fn figure(
        &self,
        primary: Metric,
        case: String,
        model: &dyn Model,
        task: &Task,
        candidates: Candidates<'_>,
        context: &FitContext<'_>,
    ) -> Result<ColdFigure, EvalError> {
        let evaluator = Evaluator::new(vec![primary], self.protocol.conventions);
        let mut lists = evaluator.rank(model, task, candidates, context)?;
        let served: Vec<bool> = lists.iter().map(RankedList::is_served).collect();
        for (list, _) in lists.iter_mut().zip(&served).filter(|(_, served)| !**served) {
            list.items.clear();
        }
        let count = served.iter().filter(|served| **served).count();
        let mut sample = Sample::means(task.test().n_users());
        if let Some(Measured::PerUser(of_lists)) =
            evaluator.measure_lists(model, task, &lists).pop()
        {
            for (case, served) in task.cases().iter().zip(&served) {
                let value = of_lists.value_of(case.user.index()).filter(|_| *served);
                sample.add(case.user.index(), value.unwrap_or(0.0), 1.0);
            }
        }
        let interval = bootstrap(&[&sample], &self.protocol.bootstrap)?.pop().flatten();
        let users = task.cases().len();
        let served = count as f64 / users.max(1) as f64;
        Ok(ColdFigure { case, value: sample.mean().unwrap_or(0.0), interval, served, users })
    }
}
