//! Training: start at random, visit every like, again and again.

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::config::{Bpr, BprConfig};
use super::descent::{Comparison, Descent, move_towards};
use super::model::BprModel;
use crate::data::{Dataset, Interactions};
use crate::fit::{Estimator, FitContext, FitError, require_positives};
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::simd::{Kernel, Lanes, dispatch};
use crate::linalg::{axpy_with, dot_with};
use crate::rng;

/// Visits between two looks at whether to stop: some milliseconds.
const VISITS: usize = 1 << 16;

/// Random streams: where vectors start, and the visits from the first epoch on. That of folding in comes
/// after all epochs that there can be.
const USER_STREAM: u64 = 0;
const ITEM_STREAM: u64 = 1;
const FIRST_VISIT_STREAM: u64 = 2;
pub(super) const FOLD_IN_STREAM: u64 = 1 << 32;

impl Estimator for Bpr {
    type Model = BprModel;

    fn fit_with(&self, data: &Dataset, context: &FitContext<'_>) -> Result<BprModel, FitError> {
        let data = data.interactions();
        require_positives(data)?;
        let config = self.config();
        let liked = Liked::new(data);
        let descent = Descent::new(config, data);
        let has_like = |row: usize| liked.indptr[row] < liked.indptr[row + 1];
        let mut users = random_vectors(data.n_users(), config, USER_STREAM, has_like);
        let item_csr = data.item_csr();
        let is_liked = |row: usize| item_csr.row(row).1.iter().any(|&value| value > 0.0);
        let mut items = random_vectors(data.n_items(), config, ITEM_STREAM, is_liked);
        let mut biases = vec![0.0; data.n_items()];
        let mut visits = liked.visits();
        let epochs = config.epochs;
        for epoch in 0..epochs {
            let stream = FIRST_VISIT_STREAM + u64::from(epoch);
            let mut random = rng::stream(config.seed, stream);
            visits.shuffle(&mut random);
            for visits in visits.chunks(VISITS) {
                context.check()?;
                dispatch(Visits {
                    descent,
                    liked: &liked,
                    visits,
                    users: &mut users,
                    items: &mut items,
                    biases: &mut biases,
                    random: &mut random,
                });
            }
            context.report("bpr", epoch as usize + 1, epochs as usize);
        }
        let numbers = [users.as_slice(), items.as_slice(), &biases];
        if numbers.into_iter().flatten().any(|value| !value.is_finite()) {
            return Err(FitError::Diverged { sweep: epochs, what: "a bias or a vector" });
        }
        Ok(BprModel::new(config.clone(), data.clone(), &users, &items, &biases))
    }
}

/// What each user likes.
struct Liked {
    indptr: Vec<usize>,
    items: Vec<u32>,
}

impl Liked {
    fn new(data: &Interactions) -> Self {
        let csr = data.user_csr();
        let mut liked = Self { indptr: vec![0], items: Vec::new() };
        for row in 0..csr.n_rows() {
            let (items, values) = csr.row(row);
            let likes = items.iter().zip(values).filter(|(_, value)| **value > 0.0);
            liked.items.extend(likes.map(|(&item, _)| item));
            liked.indptr.push(liked.items.len());
        }
        liked
    }

    fn of(&self, user: u32) -> &[u32] {
        &self.items[self.indptr[user as usize]..self.indptr[user as usize + 1]]
    }

    /// All pairs of a user and a like.
    fn visits(&self) -> Vec<(u32, u32)> {
        let users = (0..).take(self.indptr.len() - 1);
        users.flat_map(|user| self.of(user).iter().map(move |&item| (user, item))).collect()
    }
}

/// Random vectors for the rows that are `known`; the others are, and stay, zero.
#[expect(clippy::cast_precision_loss, reason = "a small number")]
fn random_vectors(
    rows: usize,
    config: &BprConfig,
    stream: u64,
    known: impl Fn(usize) -> bool,
) -> PaddedMatrix {
    let width = config.factors as usize;
    let deviation = config.initial_deviation / (width as f32).sqrt();
    let mut random = rng::stream(config.seed, stream);
    let mut vectors = PaddedMatrix::zeros(rows, width);
    let stride = vectors.stride();
    for (row, vector) in vectors.as_mut_slice().chunks_exact_mut(stride).enumerate() {
        if known(row) {
            for value in &mut vector[..width] {
                let normal: f32 = StandardNormal.sample(&mut random);
                *value = deviation * normal;
            }
        }
    }
    vectors
}

/// Visits likes in the order given.
struct Visits<'a> {
    descent: Descent<'a>,
    liked: &'a Liked,
    visits: &'a [(u32, u32)],
    users: &'a mut PaddedMatrix,
    items: &'a mut PaddedMatrix,
    biases: &'a mut [f32],
    random: &'a mut ChaCha8Rng,
}

impl Kernel for Visits<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        let Self { descent, liked, visits, users, items, biases, random } = self;
        let stride = items.stride();
        let (users, items) = (users.as_mut_slice(), items.as_mut_slice());
        let (kept, rate) = (descent.kept(), descent.config.learning_rate);
        let mut before = vec![0.0; stride];
        for &(user, item) in visits {
            let p = &mut users[user as usize * stride..][..stride];
            let score_of = |item: u32| {
                let item = item as usize;
                dot_with(simd, p, &items[item * stride..][..stride]) + biases[item]
            };
            let compared = descent.compare(random, liked.of(user), score_of(item), score_of);
            let Some(Comparison { other, slope }) = compared else { continue };
            let step = rate * slope;
            let (item, other) = (item as usize, other as usize);
            before.copy_from_slice(p);
            let (q, r) = (&items[item * stride..][..stride], &items[other * stride..][..stride]);
            move_towards(simd, kept, step, q, r, p);
            for (row, step) in [(item, step), (other, -step)] {
                let vector = &mut items[row * stride..][..stride];
                let wide = simd.splat_f32s(kept);
                for value in S::as_mut_simd_f32s(vector).0 {
                    *value = simd.mul_f32s(wide, *value);
                }
                axpy_with(simd, step, &before, vector);
                biases[row] = kept * biases[row] + step;
            }
        }
    }
}
