//! A user bound to a model of ratings.

use super::{RatingConfig, RatingModel};
use crate::data::History;
use crate::ids::ItemIdx;
use crate::linalg::cholesky::NotPositiveDefinite;
use crate::linalg::dot;
use crate::linalg::ridge::Ridge;
use crate::linalg::simd::{Kernel, Lanes, dispatch};
use crate::model::{Cause, Contribution, Explanation, Scorer};
use crate::query::{Candidates, Request, ScoredItem};

/// What is left of a score beside its causes is named from this share of it on; below it is rounding.
const NAMED_REST: f32 = 1e-5;

/// A user's query vector and what they rated.
pub(super) struct RatingScorer<'a, C> {
    model: &'a RatingModel<C>,
    /// Padded to the stride of the items.
    query: Vec<f32>,
    history: History,
}

impl<'a, C: RatingConfig> RatingScorer<'a, C> {
    pub(super) fn new(model: &'a RatingModel<C>, query: Vec<f32>, history: History) -> Self {
        Self { model, query, history }
    }
}

impl<C: RatingConfig> Scorer for RatingScorer<'_, C> {
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
        self.model.items().score(&self.query, candidates, out);
    }

    fn rank(&self, request: &Request<'_>, _n_items: usize) -> Vec<ScoredItem> {
        self.model.items().rank(&self.query, request)
    }

    /// Mean and user's bias are the base. The rest is the item's bias and `p · q`: the best vector for a
    /// history is linear in its residual ratings, `[p, b] = A⁻¹ Σ_c t_c z_c`, so each of them adds
    /// `t_c · z_cᵀ A⁻¹ [q, 0]`. What a vector trained otherwise holds beyond that is the profile's.
    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
        let width = self.model.config().factors();
        let vector = self.model.items().matrix().values(item.index());
        let score = self.model.items().score_of(&self.query, item);
        let (base, bias) = (self.query[width], vector[width + 1]);
        let named = |cause, weight| Contribution::new(C::KIND, cause, weight);
        let mut parts = vec![named(Cause::ItemBias, bias)];
        let mut response = vec![0.0; width + 1];
        let responded =
            dispatch(Respond { scorer: self, vector: &vector[..width], out: &mut response });
        if responded.is_ok() && response.iter().all(|value| value.is_finite()) {
            let row = self.history.as_row();
            for ((cause, _), (other, residual)) in row.iter().zip(self.model.residuals(row)) {
                parts.push(named(Cause::Item(cause), residual * dot(other, &response)));
            }
        }
        let explained: f64 = parts.iter().map(|part| f64::from(part.weight)).sum();
        #[expect(clippy::cast_possible_truncation, reason = "a difference of f32 scores")]
        let rest = (f64::from(score) - f64::from(base) - explained) as f32;
        if rest.abs() > NAMED_REST * (1.0 + score.abs()) {
            parts.push(named(Cause::Profile, rest));
        }
        Explanation::new(score, base, parts, limit)
    }
}

/// Solves the normal equations of a history with an item's vector as right-hand side.
struct Respond<'a, C> {
    scorer: &'a RatingScorer<'a, C>,
    vector: &'a [f32],
    out: &'a mut [f32],
}

impl<C: RatingConfig> Kernel for Respond<'_, C> {
    type Output = Result<(), NotPositiveDefinite>;

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) -> Self::Output {
        let row = self.scorer.history.as_row();
        let model = self.scorer.model;
        let mut right = self.vector.to_vec();
        right.push(0.0);
        let penalty = model.penalty(row.len());
        Ridge::default().respond(simd, model.residuals(row), &right, penalty, self.out)
    }
}
