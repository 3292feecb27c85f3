//! A history under both terms.

use super::model::GraphFilterModel;
use crate::algo::rows_scorer::WeightedRows;
use crate::data::History;
use crate::ids::ItemIdx;
use crate::model::{Cause, Contribution, Explanation, ModelKind, Scorer};
use crate::query::Candidates;

/// A history, as rows of the sparse matrix and as a vector.
#[derive(Debug)]
pub(super) struct GraphFilterScorer<'a> {
    model: &'a GraphFilterModel,
    history: History,
    /// Padded to the stride of the factors.
    vector: Vec<f32>,
}

impl<'a> GraphFilterScorer<'a> {
    pub(super) fn new(model: &'a GraphFilterModel, history: History) -> Self {
        let vector = model.low_rank().query(history.as_row());
        Self { model, history, vector }
    }

    /// The rows of the sparse matrix that the history selects.
    fn linear(&self) -> WeightedRows<'_> {
        self.model.linear().weights().of_row(self.history.as_row())
    }
}

impl Scorer for GraphFilterScorer<'_> {
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
        self.model.low_rank().factors().score(&self.vector, candidates, out);
        match candidates {
            Candidates::All => self.linear().add_to(out),
            Candidates::Only(_) => {
                let mut linear = vec![0.0; out.len()];
                self.linear().score_into(candidates, &mut linear);
                for (place, linear) in out.iter_mut().zip(linear) {
                    *place += linear;
                }
            }
        }
    }

    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
        let low_rank = self.model.low_rank();
        let parts = self.history.as_row().iter().map(|(cause, value)| {
            let linear = value * self.model.linear().weights().weight(cause, item);
            let weight = linear + low_rank.part(cause, value, item);
            Contribution::new(ModelKind::GraphFilter, Cause::Item(cause), weight)
        });
        let score = low_rank.factors().score_of(&self.vector, item) + self.linear().score(item);
        Explanation::new(score, 0.0, parts.collect(), limit)
    }
}
