//! Training: the linear term, the leading directions, and their weight.

use std::ops::Range;

use super::config::{Balance, GraphFilter, GraphFilterConfig};
use super::model::GraphFilterModel;
use crate::algo::item_knn::{ItemKnnModel, Weighted};
use crate::algo::low_rank::LowRank;
use crate::data::Dataset;
use crate::fit::{Estimator, FitContext, FitError};
use crate::ids::UserIdx;
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::sparse::SparseRows;
use crate::linalg::svd::truncated_svd;
use crate::par::{balanced_chunks, try_map_chunks};
use crate::query::Candidates;

/// Users whose scores say how much a term varies.
const SAMPLED_USERS: usize = 256;

impl Estimator for GraphFilter {
    type Model = GraphFilterModel;

    fn fit_with(
        &self,
        data: &Dataset,
        context: &FitContext<'_>,
    ) -> Result<GraphFilterModel, FitError> {
        let config = self.config();
        let linear = self.linear().fit_with(data, &context.part(0, 2))?;
        let context = context.part(1, 2);
        let data = data.interactions();
        let weighted =
            Weighted::new(data.user_csr(), config.linear.weighting, config.linear.similarity);
        let (by_user, masses) = normalised(weighted);
        let by_item = by_user.transposed(data.n_items());
        let svd = truncated_svd(
            by_user.view(data.n_items()),
            by_item.view(data.n_users()),
            config.decomposition(data),
            || context.check(),
            |done, steps| context.report("graph_filter", done, steps + 1),
        )?;
        let mut low_rank = shifted(svd.right, &masses, config);
        let weight = match config.balance {
            Balance::Absolute => f64::from(config.weight),
            Balance::Relative => {
                let spread = |term: &(dyn Fn(UserIdx, &mut [f32]) + Sync)| {
                    deviation(&linear, term, &context)
                };
                let of_linear = spread(&|user, out| {
                    let row = data.user(user);
                    linear.weights().of_row(row).score_into(Candidates::All, out);
                })?;
                let of_low_rank = spread(&|user, out| {
                    let vector = low_rank.query(data.user(user));
                    low_rank.factors().score(&vector, Candidates::All, out);
                })?;
                // A term that does not vary decides nothing, whatever its weight.
                let ratio = of_linear / of_low_rank;
                f64::from(config.weight) * if ratio.is_finite() { ratio } else { 1.0 }
            }
        };
        #[expect(clippy::cast_possible_truncation, reason = "stored as f32")]
        low_rank.scale(weight as f32);
        if !low_rank.is_finite() {
            return Err(FitError::Diverged { sweep: 1, what: "the low-rank term" });
        }
        context.report("graph_filter", 1, 1);
        Ok(GraphFilterModel::new(config.clone(), linear, low_rank))
    }
}

/// `D_u^-½ R D_i^-½` by user, and the items' masses.
#[expect(clippy::cast_possible_truncation, reason = "stored as f32")]
fn normalised(weighted: Weighted) -> (SparseRows, Vec<f64>) {
    let Weighted { users, item_masses, .. } = weighted;
    let mut rows = users.into_sparse();
    for row in 0..rows.n_rows() {
        let range = rows.indptr[row]..rows.indptr[row + 1];
        let (items, weights) = (&rows.indices[range.clone()], &mut rows.weights[range]);
        let mass: f64 = weights.iter().map(|&weight| f64::from(weight).powi(2)).sum();
        for (weight, &item) in weights.iter_mut().zip(items) {
            *weight = (f64::from(*weight) / (mass * item_masses[item as usize]).sqrt()) as f32;
        }
    }
    (rows, item_masses)
}

/// The low-rank term with a weight of 1: `m_i^-β (v_i · v_j) m_j^β` as `m_i^-2β (w_i · w_j)` with
/// `w = m^β v`.
#[expect(clippy::cast_possible_truncation, reason = "stored as f32")]
fn shifted(mut vectors: PaddedMatrix, masses: &[f64], config: &GraphFilterConfig) -> LowRank {
    let exponent = f64::from(config.exponent);
    let stride = vectors.stride();
    for (row, &mass) in vectors.as_mut_slice().chunks_exact_mut(stride).zip(masses) {
        // Where there is no mass there is no vector.
        let factor = if mass > 0.0 { mass.powf(exponent) as f32 } else { 0.0 };
        for value in row {
            *value *= factor;
        }
    }
    let source = |&mass: &f64| if mass > 0.0 { mass.powf(-2.0 * exponent) as f32 } else { 0.0 };
    LowRank::new(vectors, masses.iter().map(source).collect())
}

/// The standard deviation of a term's scores over all items, averaged over some users spread over all.
fn deviation(
    model: &ItemKnnModel,
    term: &(dyn Fn(UserIdx, &mut [f32]) + Sync),
    context: &FitContext<'_>,
) -> Result<f64, FitError> {
    let data = model.matrix();
    let (n_users, n_items) = (data.n_users(), data.n_items());
    let step = n_users.div_ceil(SAMPLED_USERS).max(1);
    let users: Vec<UserIdx> = (0..).map(UserIdx::new).take(n_users).step_by(step).collect();
    let chunks = balanced_chunks(users.len(), 1, |_| 1);
    let work = |scores: &mut Vec<f32>, places: Range<usize>| {
        context.check()?;
        let mut total = 0.0;
        for &user in &users[places] {
            term(user, scores);
            total += standard_deviation(scores);
        }
        Ok::<f64, FitError>(total)
    };
    let parts = try_map_chunks(&chunks, || vec![0.0; n_items], work)?;
    Ok(parts.iter().sum())
}

#[expect(clippy::cast_precision_loss, reason = "a count")]
fn standard_deviation(scores: &[f32]) -> f64 {
    let count = scores.len().max(1) as f64;
    let mean = scores.iter().map(|&score| f64::from(score)).sum::<f64>() / count;
    let squares: f64 = scores.iter().map(|&score| (f64::from(score) - mean).powi(2)).sum();
    (squares / count).sqrt()
}
