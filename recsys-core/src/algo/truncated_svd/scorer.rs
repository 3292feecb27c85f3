//! A history in the kept directions.

use super::model::TruncatedSvdModel;
use crate::data::History;
use crate::ids::ItemIdx;
use crate::model::{Cause, Contribution, Explanation, ModelKind, Scorer};
use crate::query::{Candidates, Request, ScoredItem};

/// A history and its vector.
#[derive(Debug)]
pub(super) struct TruncatedSvdScorer<'a> {
    model: &'a TruncatedSvdModel,
    history: History,
    /// Padded to the stride of the factors.
    vector: Vec<f32>,
}

impl<'a> TruncatedSvdScorer<'a> {
    pub(super) fn new(model: &'a TruncatedSvdModel, history: History) -> Self {
        let vector = model.low_rank().query(history.as_row());
        Self { model, history, vector }
    }
}

impl Scorer for TruncatedSvdScorer<'_> {
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
        self.model.low_rank().factors().score(&self.vector, candidates, out);
    }

    fn rank(&self, request: &Request<'_>, _n_items: usize) -> Vec<ScoredItem> {
        self.model.low_rank().factors().rank(&self.vector, request)
    }

    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
        let low_rank = self.model.low_rank();
        let parts = self.history.as_row().iter().map(|(cause, value)| {
            let weight = low_rank.part(cause, value, item);
            Contribution::new(ModelKind::TruncatedSvd, Cause::Item(cause), weight)
        });
        let score = low_rank.factors().score_of(&self.vector, item);
        Explanation::new(score, 0.0, parts.collect(), limit)
    }
}
