//! Training: start at random, visit every rating, again and again.

use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};

use super::SvdModel;
use super::config::{Svd, SvdConfig, VisitOrder};
use super::descent::{Rating, State, Visits};
use crate::algo::rating::joined;
use crate::data::{Csr, Dataset, Interactions};
use crate::fit::{Estimator, FitContext, FitError, require_positives};
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::simd::dispatch;
use crate::rng;

/// Visits between two looks at whether to stop: some milliseconds.
const VISITS: usize = 1 << 17;

/// Random streams: where vectors start, and the order of visits from the first epoch on.
const USER_STREAM: u64 = 0;
const ITEM_STREAM: u64 = 1;
const FIRST_ORDER_STREAM: u64 = 2;

impl Estimator for Svd {
    type Model = SvdModel;

    fn fit_with(&self, data: &Dataset, context: &FitContext<'_>) -> Result<SvdModel, FitError> {
        let data = data.interactions();
        require_positives(data)?;
        let config = self.config();
        let mut ratings = ratings(data);
        let mut state = start(data, config);
        let epochs = config.epochs;
        for epoch in 0..epochs {
            if config.order == VisitOrder::Shuffled {
                let mut random = rng::stream(config.seed, FIRST_ORDER_STREAM + u64::from(epoch));
                ratings.shuffle(&mut random);
            }
            for ratings in ratings.chunks(VISITS) {
                context.check()?;
                dispatch(Visits {
                    ratings,
                    learning_rate: config.learning_rate,
                    regularization: config.regularization,
                    state: &mut state,
                });
            }
            context.report("svd", epoch as usize + 1, epochs as usize);
        }
        let State { mean, user_vectors, item_vectors, user_biases, item_biases } = state;
        let numbers =
            [user_vectors.as_slice(), item_vectors.as_slice(), &user_biases, &item_biases];
        if numbers.into_iter().flatten().any(|value| !value.is_finite()) {
            return Err(FitError::Diverged { sweep: epochs, what: "a bias or a vector" });
        }
        let width = config.factors as usize;
        let users = joined(width, user_vectors.all_values(), &user_biases);
        let items = joined(width, item_vectors.all_values(), &item_biases);
        Ok(SvdModel::new(config.clone(), data.clone(), mean, users, items))
    }
}

/// All ratings, user by user, items ascending.
pub(super) fn ratings(data: &Interactions) -> Vec<Rating> {
    let csr = data.user_csr();
    let of_user = |user: u32| {
        let (items, values) = csr.row(user as usize);
        items.iter().zip(values).map(move |(&item, &value)| Rating { user, item, value })
    };
    (0..).take(csr.n_rows()).flat_map(of_user).collect()
}

/// No biases, and vectors of random entries; those without ratings are, and stay, zero.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "stored as f32")]
pub(super) fn start(data: &Interactions, config: &SvdConfig) -> State {
    let (users, items) = (data.user_csr(), data.item_csr());
    let values = users.values;
    let sum: f64 = values.iter().map(|&value| f64::from(value)).sum();
    State {
        mean: (sum / values.len() as f64) as f32,
        user_vectors: random_vectors(users, config, USER_STREAM),
        item_vectors: random_vectors(items, config, ITEM_STREAM),
        user_biases: vec![0.0; users.n_rows()],
        item_biases: vec![0.0; items.n_rows()],
    }
}

fn random_vectors(side: Csr<'_>, config: &SvdConfig, stream: u64) -> PaddedMatrix {
    let width = config.factors as usize;
    let mut random = rng::stream(config.seed, stream);
    let mut vectors = PaddedMatrix::zeros(side.n_rows(), width);
    let stride = vectors.stride();
    for (row, vector) in vectors.as_mut_slice().chunks_exact_mut(stride).enumerate() {
        if side.row(row).0.is_empty() {
            continue;
        }
        for value in &mut vector[..width] {
            let normal: f32 = StandardNormal.sample(&mut random);
            *value = config.initial_deviation * normal;
        }
    }
    vectors
}
