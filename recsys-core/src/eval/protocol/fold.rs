//! One fold or window, ready to train on.

use std::sync::Arc;

use super::data::{Feedback, Inputs};
use super::{Distance, Hooks, Protocol};
use crate::algo::AlgorithmConfig;
use crate::data::Dataset;
use crate::eval::split::Split;
use crate::eval::{EvalError, Evaluator, ItemDistance, MetricKind, Task};
use crate::fit::FitContext;
use crate::model::Model;

#[derive(Clone, Debug)]
pub(super) struct Fold {
    pub(super) data: Dataset,
    pub(super) task: Task,
}

impl Fold {
    pub(super) fn new(
        inputs: &Inputs,
        feedback: Feedback,
        split: &Split,
    ) -> Result<Self, EvalError> {
        let train = feedback.interactions(&split.train)?;
        let test = feedback.interactions(&split.test)?;
        let revealed = if split.revealed.is_empty() {
            None
        } else {
            Some(feedback.interactions(&split.revealed)?)
        };
        let task = Task::new(&train, revealed.as_ref(), &test, feedback.relevant_from());
        Ok(Self { data: inputs.dataset(&split.train, &train)?, task })
    }

    /// Trains, and says how many seconds it took.
    pub(super) fn fit(
        &self,
        settings: &AlgorithmConfig,
        hooks: &Hooks<'_>,
        context: &FitContext<'_>,
    ) -> Result<(Arc<dyn Model>, f64), EvalError> {
        let estimator = settings.build()?;
        let start = hooks.now();
        let model = estimator.fit_erased(&self.data, context)?;
        Ok((model, hooks.since(start)))
    }

    /// An evaluator of the protocol's metrics on this fold.
    pub(super) fn evaluator(&self, protocol: &Protocol) -> Evaluator {
        let evaluator = Evaluator::new(protocol.metrics.clone(), protocol.conventions);
        let is_diversity = |metric: &crate::eval::Metric| metric.kind() == MetricKind::Diversity;
        if !protocol.metrics.iter().any(is_diversity) {
            return evaluator;
        }
        match (protocol.distance, self.data.features()) {
            (Distance::Categories, None) => evaluator,
            (Distance::Categories, Some(features)) => {
                evaluator.with_distance(ItemDistance::by_categories(features))
            }
            (Distance::Users, _) => {
                evaluator.with_distance(ItemDistance::by_users(self.task.train()))
            }
        }
    }
}
