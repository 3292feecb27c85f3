//! The visits: biases and vectors moved rating by rating.

use crate::linalg::dot_with;
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::simd::{Kernel, Lanes};

/// Visits between asking for vectors and needing them: what the nearest caches do not hold is on its way.
const AHEAD: usize = 4;

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
        let Self { ratings, learning_rate, regularization, state } = self;
        let State { mean, user_vectors, item_vectors, user_biases, item_biases } = state;
        let stride = user_vectors.stride();
        let (users, items) = (user_vectors.as_mut_slice(), item_vectors.as_mut_slice());
        let kept = 1.0 - learning_rate * regularization;
        for (at, &Rating { user, item, value }) in ratings.iter().enumerate() {
            if let Some(next) = ratings.get(at + AHEAD) {
                simd.prefetch(&items[next.item as usize * stride..][..stride]);
                if next.user != user {
                    simd.prefetch(&users[next.user as usize * stride..][..stride]);
                }
            }
            let (user, item) = (user as usize, item as usize);
            let p = &mut users[user * stride..][..stride];
            let q = &mut items[item * stride..][..stride];
            let (user_bias, item_bias) = (&mut user_biases[user], &mut item_biases[item]);
            // The product comes last: a user's next visit waits for it, and for nothing else.
            let beyond_biases = value - (*mean + *user_bias + *item_bias);
            let step = learning_rate * (beyond_biases - dot_with(simd, p, q));
            *user_bias = kept * *user_bias + step;
            *item_bias = kept * *item_bias + step;
            exchange(simd, kept, step, p, q);
        }
    }
}

/// `(p, q) = (kept · p + step · q, kept · q + step · p)`.
#[inline(always)]
fn exchange<S: Lanes>(simd: S, kept: f32, step: f32, p: &mut [f32], q: &mut [f32]) {
    let (kept, step) = (simd.splat_f32s(kept), simd.splat_f32s(step));
    let (p, q) = (S::as_mut_simd_f32s(p).0, S::as_mut_simd_f32s(q).0);
    for (p, q) in p.iter_mut().zip(q) {
        let (before_p, before_q) = (*p, *q);
        *p = simd.multiply_add(step, before_q, simd.mul_f32s(kept, before_p));
        *q = simd.multiply_add(step, before_p, simd.mul_f32s(kept, before_q));
    }
}
