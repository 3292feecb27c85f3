//! One comparison of a like with another item: what is drawn, and how far it moves things.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::config::{BprConfig, Negatives};
use crate::data::Interactions;
use crate::linalg::simd::Lanes;

/// Draws of one other item before a user counts as liking everything.
const MOST_DRAWS: u32 = 32;

/// What comparisons are drawn from and how far they move things.
#[derive(Clone, Copy, Debug)]
pub(super) struct Descent<'a> {
    pub(super) config: &'a BprConfig,
    /// The columns of all entries: an item as often as it was touched.
    pub(super) touched: &'a [u32],
    pub(super) n_items: u32,
}

/// The outcome of a comparison: the other item, and the slope of the loss there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison {
    pub(super) other: u32,
    pub(super) slope: f32,
}

impl<'a> Descent<'a> {
    pub(super) fn new(config: &'a BprConfig, data: &'a Interactions) -> Self {
        let touched = data.user_csr().indices;
        let n_items = u32::try_from(data.n_items()).unwrap_or(u32::MAX);
        Self { config, touched, n_items }
    }

    /// How much of a vector a visit keeps.
    pub(super) fn kept(&self) -> f32 {
        1.0 - self.config.learning_rate * self.config.regularization
    }

    /// Compares a like of `score` with an item outside `liked` (ascending); `score_of` gives that one's
    /// score. `None` when there is nothing to learn from.
    #[inline(always)]
    pub(super) fn compare(
        &self,
        random: &mut ChaCha8Rng,
        liked: &[u32],
        score: f32,
        score_of: impl Fn(u32) -> f32,
    ) -> Option<Comparison> {
        match self.config.negatives {
            Negatives::Uniform | Negatives::Popularity => {
                let other = self.draw(random, liked)?;
                // The gradient of -ln σ(difference).
                let slope = (1.0 + (score - score_of(other)).exp()).recip();
                Some(Comparison { other, slope })
            }
            Negatives::Warp { trials } => (1..=trials).find_map(|trial| {
                let other = self.draw(random, liked)?;
                let violates = score_of(other) > score - 1.0;
                #[expect(clippy::cast_precision_loss, reason = "an estimate")]
                let rank = self.n_items.saturating_sub(1).max(1) as f32 / trial as f32;
                #[expect(clippy::cast_precision_loss, reason = "an estimate")]
                let scale = (self.n_items as f32).ln_1p();
                violates.then_some(Comparison { other, slope: rank.ln_1p() / scale })
            }),
        }
    }

    /// An item that is not among `liked`.
    #[inline(always)]
    fn draw(&self, random: &mut ChaCha8Rng, liked: &[u32]) -> Option<u32> {
        (0..MOST_DRAWS).find_map(|_| {
            let popular = self.config.negatives == Negatives::Popularity;
            let item = if popular && !self.touched.is_empty() {
                self.touched[random.random_range(0..self.touched.len())]
            } else {
                random.random_range(0..self.n_items)
            };
            liked.binary_search(&item).is_err().then_some(item)
        })
    }
}

/// `p = kept · p + step · (q - other)`.
#[inline(always)]
pub(super) fn move_towards<S: Lanes>(
    simd: S,
    kept: f32,
    step: f32,
    q: &[f32],
    other: &[f32],
    p: &mut [f32],
) {
    let (kept, step) = (simd.splat_f32s(kept), simd.splat_f32s(step));
    let (q, other, p) = (S::as_simd_f32s(q).0, S::as_simd_f32s(other).0, S::as_mut_simd_f32s(p).0);
    for ((p, &q), &other) in p.iter_mut().zip(q).zip(other) {
        let kept = simd.mul_f32s(kept, *p);
        *p = simd.multiply_add(step, simd.sub_f32s(q, other), kept);
    }
}
