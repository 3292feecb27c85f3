//! A user bound to the vectors.

use super::model::BprModel;
use crate::data::History;
use crate::ids::ItemIdx;
use crate::linalg::dot;
use crate::model::{Cause, Contribution, Explanation, ModelKind, Scorer};
use crate::query::{Candidates, Request, ScoredItem};

/// What is left of a score beside its causes is named from this share of it on; below it is rounding.
const NAMED_REST: f32 = 1e-5;

/// A user's vector and what they did.
#[derive(Debug)]
pub(super) struct BprScorer<'a> {
    model: &'a BprModel,
    /// `[vector, 1]`, padded.
    vector: Vec<f32>,
    history: History,
}

impl<'a> BprScorer<'a> {
    pub(super) fn new(model: &'a BprModel, vector: Vec<f32>, history: History) -> Self {
        Self { model, vector, history }
    }
}

impl Scorer for BprScorer<'_> {
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
        self.model.items().score(&self.vector, candidates, out);
    }

    fn rank(&self, request: &Request<'_>, _n_items: usize) -> Vec<ScoredItem> {
        self.model.items().rank(&self.vector, request)
    }

    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
        let items = self.model.items().matrix();
        let vector = items.row(item.index());
        let score = self.model.items().score_of(&self.vector, item);
        let named = |cause, weight| Contribution::new(ModelKind::Bpr, cause, weight);
        let mut parts = vec![named(Cause::ItemBias, vector[items.width() - 1])];
        let (likes, shares) = self.model.shares(self.history.as_row());
        for (cause, share) in likes.into_iter().zip(shares.chunks_exact(items.stride())) {
            parts.push(named(Cause::Item(cause), dot(share, vector)));
        }
        let explained: f64 = parts.iter().map(|part| f64::from(part.weight)).sum();
        #[expect(clippy::cast_possible_truncation, reason = "a difference of f32 scores")]
        let rest = (f64::from(score) - explained) as f32;
        if rest.abs() > NAMED_REST * (1.0 + score.abs()) {
            parts.push(named(Cause::Profile, rest));
        }
        Explanation::new(score, 0.0, parts, limit)
    }
}
