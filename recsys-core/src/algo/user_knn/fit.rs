//! Training: degrees and their powers.

use super::config::{UserKnn, UserKnnConfig};
use super::model::UserKnnModel;
use crate::data::{Csr, Dataset, Interactions};
use crate::fit::{Estimator, FitContext, FitError, require_positives};
use crate::linalg::sparse::SparseRows;

impl Estimator for UserKnn {
    type Model = UserKnnModel;

    fn fit_with(&self, data: &Dataset, context: &FitContext<'_>) -> Result<UserKnnModel, FitError> {
        let data = data.interactions();
        require_positives(data)?;
        context.check()?;
        let model = UserKnnModel::new(self.config().clone(), data.clone());
        context.report("user_knn", 1, 1);
        Ok(model)
    }
}

/// What weighing neighbours needs of the data. Values and factors stay in ranges in which no product of
/// them overflows.
#[derive(Clone, Debug)]
pub(super) struct Likes {
    /// By item: who likes it, and how much.
    pub(super) likers: SparseRows,
    /// `m_i^-item_exponent`.
    pub(super) item_factors: Vec<f32>,
    /// `m_j^-target_exponent`.
    pub(super) target_factors: Vec<f32>,
    /// `m_v^-neighbor_exponent`; 0 for users with too few likes.
    pub(super) user_factors: Vec<f32>,
}

/// Range of a like's value. Larger and smaller ones count like these.
const VALUES: (f32, f32) = (1e-6, 1e6);

impl Likes {
    pub(super) fn new(data: &Interactions, config: &UserKnnConfig) -> Self {
        let similarity = config.similarity;
        let by_item = data.item_csr();
        let item_masses = masses(by_item);
        let mut user_factors = damping(&masses(data.user_csr()), similarity.neighbor_exponent);
        for (factor, (user, _)) in user_factors.iter_mut().zip(data.users().iter()) {
            if data.user(user).positives() < config.min_interactions as usize {
                *factor = 0.0;
            }
        }
        let mut likers = SparseRows::default();
        for item in 0..by_item.n_rows() {
            let (users, values) = by_item.row(item);
            for (&user, &value) in users.iter().zip(values).filter(|&(_, &value)| value > 0.0) {
                likers.indices.push(user);
                likers.weights.push(within(value));
            }
            likers.indptr.push(likers.indices.len());
        }
        Self {
            likers,
            item_factors: damping(&item_masses, similarity.item_exponent),
            target_factors: damping(&item_masses, similarity.target_exponent),
            user_factors,
        }
    }
}

/// Returns a like's value within the range that is told apart.
pub(super) fn within(value: f32) -> f32 {
    value.clamp(VALUES.0, VALUES.1)
}

/// `Σ value²` of the likes of each row.
fn masses(csr: Csr<'_>) -> Vec<f64> {
    let mass = |row: usize| {
        let likes = csr.row(row).1.iter().filter(|&&value| value > 0.0);
        likes.map(|&value| f64::from(within(value)).powi(2)).sum()
    };
    (0..csr.n_rows()).map(mass).collect()
}

/// `mass^-exponent`; 1 where nothing is liked, as in the limit of no damping.
fn damping(masses: &[f64], exponent: f32) -> Vec<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the range of f32")]
    let factor = |&mass: &f64| match mass > 0.0 {
        true => mass.powf(-f64::from(exponent)).clamp(1e-12, 1e12) as f32,
        false => 1.0,
    };
    masses.iter().map(factor).collect()
}
