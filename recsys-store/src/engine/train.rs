//! Training proper: events in, a model file and its metrics out. Processor-bound, no storage.

use recsys_core::algo::AlgorithmConfig;
use recsys_core::codec::encode_model;
use recsys_core::data::{Aggregation, DataError, Dataset, InteractionLog, ItemFeatures};
use recsys_core::eval::{RankingReport, rank_and_measure, split_by_time};
use recsys_core::fit::{ErasedEstimator, FitContext, FitError, Progress};
use serde_json::{Value, json};

use super::catalog::Catalog;
use super::{EngineError, ErrorCode, Result};
use crate::features::of_item;
use crate::types::ItemId;

/// How far a training is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TrainingProgress {
    /// What is being done, for example `reading events` or `training: als`.
    pub stage: String,
    /// Share of the whole training that is done, 0 to 1, never falling.
    pub fraction: f64,
}

impl TrainingProgress {
    pub(super) fn new(stage: impl Into<String>, fraction: f64) -> Self {
        Self { stage: stage.into(), fraction }
    }
}

/// Shares of the whole at which the stages end.
pub(super) const READ: f64 = 0.1;
const MEASURED: f64 = 0.5;
pub(super) const TRAINED: f64 = 0.95;

/// Newest share of the events that measuring holds out.
const HELD_OUT: f64 = 0.1;
/// Fewer events than this say nothing when they are cut.
const LEAST_EVENTS: usize = 200;
/// More users than this do not make the figures better, only later.
const MOST_USERS: usize = 2_000;
/// Length of the lists that are measured.
const LIST_LENGTH: usize = 10;

/// What a training gives.
#[derive(Debug)]
pub(super) struct Trained {
    pub(super) file: Vec<u8>,
    pub(super) metrics: Value,
}

/// A training that is ready to run on the training threads.
pub(super) struct Training<'a> {
    pub(super) algorithm: &'a str,
    pub(super) aggregation: &'a Aggregation,
    pub(super) log: &'a InteractionLog,
    pub(super) catalog: &'a Catalog,
    pub(super) cancel: &'a (dyn Fn() -> bool + Sync),
    pub(super) progress: &'a (dyn Fn(TrainingProgress) + Sync),
}

impl Training<'_> {
    /// Measures the algorithm on the newest events, then trains it on all.
    pub(super) fn run(&self) -> Result<Trained> {
        let estimator = estimator(self.algorithm)?;
        let data = self.dataset(self.log)?;
        let held_out = self.measure(&*estimator)?;
        let model = self.fit(&*estimator, &data, "training", MEASURED, TRAINED)?;
        let model = model.map_err(|error| fit_error(&error))?;
        let file = encode_model(&*model).map_err(|error| {
            EngineError::new(ErrorCode::Internal, "the model cannot be written").with_source(error)
        })?;
        let metrics = json!({
            "users": data.interactions().n_users(),
            "items": data.interactions().n_items(),
            "events": self.log.len(),
            "heldOut": held_out,
        });
        Ok(Trained { file, metrics })
    }

    /// Trains on the older events and ranks the newer ones; null with too little data.
    fn measure(&self, estimator: &dyn ErasedEstimator) -> Result<Value> {
        if self.log.len() < LEAST_EVENTS {
            return Ok(Value::Null);
        }
        let Some(split) = split_by_time(self.log, HELD_OUT) else {
            return Ok(Value::Null);
        };
        let (train, test) = (self.dataset(&split.train)?, self.dataset(&split.test)?);
        let mut held_out = RankingReport::held_out(train.interactions(), test.interactions());
        let step = held_out.len().div_ceil(MOST_USERS).max(1);
        held_out = held_out.into_iter().step_by(step).collect();
        if held_out.is_empty() {
            return Ok(Value::Null);
        }
        let model = match self.fit(estimator, &train, "measuring", READ, MEASURED)? {
            Ok(model) => model,
            // What fails on a part may succeed on the whole.
            Err(error) => return Ok(json!({ "skipped": error.to_string() })),
        };
        let report = rank_and_measure(&*model, &held_out, LIST_LENGTH).map_err(|error| {
            EngineError::new(ErrorCode::Internal, "the model cannot be measured").with_source(error)
        })?;
        Ok(json!(report))
    }

    /// Trains; cancellation is an error of its own, other failures are for the caller to judge.
    fn fit(
        &self,
        estimator: &dyn ErasedEstimator,
        data: &Dataset,
        stage: &str,
        start: f64,
        end: f64,
    ) -> Result<Result<std::sync::Arc<dyn recsys_core::model::Model>, FitError>> {
        let report = |progress: Progress| {
            let fraction = start + (end - start) * f64::from(progress.fraction);
            let stage = format!("{stage}: {}", progress.stage);
            (self.progress)(TrainingProgress::new(stage, fraction));
        };
        let context = FitContext::default().with_cancel(self.cancel).with_progress(&report);
        match estimator.fit_erased(data, &context) {
            Err(FitError::Cancelled) => Err(fit_error(&FitError::Cancelled)),
            outcome => Ok(outcome),
        }
    }

    fn dataset(&self, log: &InteractionLog) -> Result<Dataset> {
        let data = log.to_dataset(self.aggregation).map_err(|error| unusable(&error))?;
        let features = |id| {
            let item = ItemId::from_slice(id).and_then(|id| self.catalog.get(id));
            item.map(|item| of_item(item)).unwrap_or_default()
        };
        let features: Vec<ItemFeatures> =
            data.interactions().items().iter().map(|(_, id)| features(id)).collect();
        data.with_features(features).map_err(|error| unusable(&error))
    }
}

fn unusable(error: &DataError) -> EngineError {
    EngineError::new(ErrorCode::Conflict, format!("the events cannot be used: {error}"))
}

/// Returns the default estimator of an algorithm.
pub(super) fn estimator(algorithm: &str) -> Result<Box<dyn ErasedEstimator>> {
    let config = AlgorithmConfig::named(algorithm)
        .map_err(|unknown| EngineError::invalid("algorithm", unknown))?;
    config.build().map_err(|error| {
        EngineError::new(ErrorCode::Internal, "the default settings are refused").with_source(error)
    })
}

fn fit_error(error: &FitError) -> EngineError {
    let code = match error {
        FitError::Cancelled => ErrorCode::Cancelled,
        FitError::NoPositives | FitError::Missing { .. } => ErrorCode::Conflict,
        _ => ErrorCode::Internal,
    };
    EngineError::new(code, error.to_string())
}
