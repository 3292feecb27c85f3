//! A user bound to the factors: scores and their explanation.

use std::borrow::Cow;

use super::model::AlsModel;
use super::row_solver::Scratch;
use crate::data::History;
use crate::ids::ItemIdx;
use crate::linalg::dot;
use crate::linalg::simd::{Kernel, Lanes, dispatch};
use crate::model::{Cause, Contribution, Explanation, ModelKind, Scorer};
use crate::query::{Candidates, Request, ScoredItem};

/// A user's vector and the history it was solved from.
#[derive(Debug)]
pub(super) struct AlsScorer<'a> {
    model: &'a AlsModel,
    /// Padded to the stride of the factors.
    vector: Cow<'a, [f32]>,
    history: History,
}

impl<'a> AlsScorer<'a> {
    pub(super) fn new(model: &'a AlsModel, vector: Cow<'a, [f32]>, history: History) -> Self {
        Self { model, vector, history }
    }
}

impl Scorer for AlsScorer<'_> {
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
        self.model.items().score(&self.vector, candidates, out);
    }

    fn rank(&self, request: &Request<'_>, _n_items: usize) -> Vec<ScoredItem> {
        self.model.items().rank(&self.vector, request)
    }

    /// The decomposition of Hu, Koren and Volinsky (section 5): the user's vector is linear in the
    /// targets of the history, `x = A⁻¹ Σ_j q_j y_j`, so the score of item `i` is the sum of
    /// `q_j · y_iᵀ A⁻¹ y_j` over the liked items `j`. Disliked items shape `A` but have target 0, so
    /// they add nothing themselves.
    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
        let factors = self.model.items().matrix();
        let row = self.history.as_row();
        let score = dot(&self.vector, factors.row(item.index()));
        let mut response = vec![0.0; factors.stride()];
        let regularization = self.model.regularization(row.indices());
        let respond = Respond { scorer: self, item, regularization, out: &mut response };
        if dispatch(respond).is_err() {
            return Explanation::new(score, score, Vec::new(), limit);
        }
        let solver = self.model.row_solver();
        let parts = row.iter().filter(|&(_, value)| value > 0.0).map(|(cause, value)| {
            let (_, pull) = solver.feedback.terms(value);
            let root_weight = solver.root_weights[cause.index()];
            let weight =
                pull * root_weight * root_weight * dot(&response, factors.row(cause.index()));
            Contribution::new(ModelKind::Als, Cause::Item(cause), weight)
        });
        Explanation::new(score, 0.0, parts.collect(), limit)
    }
}

/// Solves the user's normal equations with an item's vector as right-hand side.
struct Respond<'a> {
    scorer: &'a AlsScorer<'a>,
    item: ItemIdx,
    regularization: f32,
    out: &'a mut [f32],
}

impl Kernel for Respond<'_> {
    type Output = Result<(), crate::linalg::cholesky::NotPositiveDefinite>;

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) -> Self::Output {
        let row = self.scorer.history.as_row();
        let solver = self.scorer.model.row_solver();
        let right = solver.factors.row(self.item.index());
        let mut scratch = Scratch::default();
        solver.respond(
            simd,
            row.indices(),
            row.values(),
            self.regularization,
            right,
            &mut scratch,
            self.out,
        )
    }
}
