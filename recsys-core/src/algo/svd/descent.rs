//! The visits: biases and vectors moved rating by rating.
//!
//! A visit needs the product of two vectors before it can move them, and the next visit of the same user
//! needs the vector that this one moved: done in turn, the processor waits for every sum. So visits look
//! ahead. With `p` and `q` the vectors of a visit, `q₁` and `q₂` those of the next two items,
//!
//! ```text
//! p' = kept · p + step · q
//! p' · q₁ = kept · (p · q₁) + step · (q · q₁)
//! ```
//!
//! and both products on the right are known before `step` is. The user's bias is an entry of `p` where every
//! item has a 1. What one visit passes on to the next is then a number, and vectors follow at leisure.

use pulp::bytemuck::cast_slice;

use crate::linalg::dot_with;
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::simd::{Kernel, Lanes};

/// Visits between asking for vectors and needing them: what the nearest caches do not hold is on its way.
const AHEAD: usize = 6;

/// One rating.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rating {
    pub(super) user: u32,
    pub(super) item: u32,
    pub(super) value: f32,
}

/// What the visits move.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    pub(super) mean: f32,
    pub(super) user_vectors: PaddedMatrix,
    pub(super) item_vectors: PaddedMatrix,
    pub(super) user_biases: Vec<f32>,
    pub(super) item_biases: Vec<f32>,
}

/// Visits ratings in the order given.
pub(super) struct Visits<'a> {
    pub(super) ratings: &'a [Rating],
    pub(super) learning_rate: f32,
    pub(super) regularization: f32,
    pub(super) state: &'a mut State,
}

impl Kernel for Visits<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        // 32, 64, 100 and 128 factors have a loop of their own with 16 lanes and with 8; other numbers of vectors
        // share one that waits.
        match self.state.user_vectors.stride() / S::F32_LANES {
            2 => self.look_ahead::<S, 2>(simd),
            4 => self.look_ahead::<S, 4>(simd),
            7 => self.look_ahead::<S, 7>(simd),
            8 => self.look_ahead::<S, 8>(simd),
            14 => self.look_ahead::<S, 14>(simd),
            16 => self.look_ahead::<S, 16>(simd),
            _ => self.one_by_one(simd),
        }
    }
}

impl Visits<'_> {
    /// Visits with rows of any length.
    #[inline(always)]
    fn one_by_one<S: Lanes>(self, simd: S) {
        let Self { ratings, learning_rate, regularization, state } = self;
        let State { mean, user_vectors, item_vectors, user_biases, item_biases } = state;
        let stride = user_vectors.stride();
        let (users, items) = (user_vectors.as_mut_slice(), item_vectors.as_mut_slice());
        let kept = 1.0 - learning_rate * regularization;
        for (at, &Rating { user, item, value }) in ratings.iter().enumerate() {
            if let Some(next) = ratings.get(at + AHEAD) {
                simd.prefetch(&items[next.item as usize * stride..][..stride]);
                simd.prefetch(&users[next.user as usize * stride..][..stride]);
            }
            let (user, item) = (user as usize, item as usize);
            let p = &mut users[user * stride..][..stride];
            let q = &mut items[item * stride..][..stride];
            let (user_bias, item_bias) = (&mut user_biases[user], &mut item_biases[item]);
            let beyond_biases = value - (*mean + *user_bias + *item_bias);
            let step = learning_rate * (beyond_biases - dot_with(simd, p, q));
            *user_bias = kept * *user_bias + step;
            *item_bias = kept * *item_bias + step;
            let (p, q) = (S::as_mut_simd_f32s(p).0, S::as_mut_simd_f32s(q).0);
            exchange(simd, kept, step, p, q);
        }
    }

    /// The same with rows of `N` vectors, those of a user's next visits being multiplied before they are
    /// needed.
    #[inline(always)]
    fn look_ahead<S: Lanes, const N: usize>(self, simd: S) {
        let Self { ratings, learning_rate, regularization, state } = self;
        let State { mean, user_vectors, item_vectors, user_biases, item_biases } = state;
        let users = S::as_mut_simd_f32s(user_vectors.as_mut_slice()).0.as_chunks_mut::<N>().0;
        let items = S::as_mut_simd_f32s(item_vectors.as_mut_slice()).0.as_chunks_mut::<N>().0;
        let kept = 1.0 - learning_rate * regularization;
        let mut done = 0;
        // A visit moves its own item only, so what is read ahead must be another's.
        for run in ratings.chunk_by(|one, next| one.user == next.user && one.item != next.item) {
            if let Some(later) = ratings.get(done + AHEAD) {
                simd.prefetch(cast_slice(&users[later.user as usize]));
            }
            let user = run[0].user as usize;
            let (mut p, mut user_bias) = (users[user], user_biases[user]);
            let first = &items[run[0].item as usize];
            // What is expected of the user, without the item's bias, is `expected + slope · step` with the step
            // of the visit before.
            let (mut expected, mut slope, mut step) =
                (user_bias + product(simd, &p, first), 0.0, 0.0);
            let mut ahead = run.get(1).map_or((0.0, 0.0), |second| {
                let second = &items[second.item as usize];
                (product(simd, &p, second), product(simd, first, second))
            });
            for (at, &Rating { item, value, .. }) in run.iter().enumerate() {
                if let Some(later) = ratings.get(done + at + AHEAD) {
                    simd.prefetch(cast_slice(&items[later.item as usize]));
                }
                let item_bias = &mut item_biases[item as usize];
                let beyond = value - *mean - *item_bias - expected;
                step = learning_rate * beyond - (learning_rate * slope) * step;
                expected = kept * (user_bias + ahead.0);
                slope = 1.0 + ahead.1;
                user_bias = kept * user_bias + step;
                *item_bias = kept * *item_bias + step;
                exchange(simd, kept, step, &mut p, &mut items[item as usize]);
                if let Some([next, after_next]) = run.get(at + 1..at + 3) {
                    let (next, after_next) =
                        (&items[next.item as usize], &items[after_next.item as usize]);
                    ahead = (product(simd, &p, after_next), product(simd, next, after_next));
                }
            }
            (users[user], user_biases[user]) = (p, user_bias);
            done += run.len();
        }
    }
}

/// `(p, q) = (kept · p + step · q, kept · q + step · p)`.
#[inline(always)]
fn exchange<S: Lanes>(simd: S, kept: f32, step: f32, p: &mut [S::f32s], q: &mut [S::f32s]) {
    let (kept, step) = (simd.splat_f32s(kept), simd.splat_f32s(step));
    for (p, q) in p.iter_mut().zip(q) {
        let (before_p, before_q) = (*p, *q);
        *p = simd.multiply_add(step, before_q, simd.mul_f32s(kept, before_p));
        *q = simd.multiply_add(step, before_p, simd.mul_f32s(kept, before_q));
    }
}

/// The product of two rows.
#[inline(always)]
fn product<S: Lanes, const N: usize>(simd: S, left: &[S::f32s; N], right: &[S::f32s; N]) -> f32 {
    let mut sums = [simd.splat_f32s(0.0); 2];
    for at in 0..N {
        sums[at % 2] = simd.multiply_add(left[at], right[at], sums[at % 2]);
    }
    simd.reduce_sum_f32s(simd.add_f32s(sums[0], sums[1]))
}
