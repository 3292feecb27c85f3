//! Tests of whether two systems differ, from the differences of the same users.

use rand::Rng;
use serde::Serialize;

use super::special::{normal_tail, student_two_sided};
use crate::{par, rng};

/// Permutations that share a random stream.
const CHUNK: u32 = 50;

/// Chance of a mean difference at least this large if signs were a matter of luck (two-sided paired
/// randomisation test): `(1 + at least as large) / (1 + permutations)`.
///
/// Without differences it is 1.
///
/// # Complexity
///
/// `O(permutations · users)`, in parallel.
#[must_use]
pub fn permutation_test(differences: &[f64], permutations: u32, seed: u64) -> f64 {
    // A difference of nothing stays nothing under either sign.
    let differences: Vec<f64> =
        differences.iter().copied().filter(|difference| *difference != 0.0).collect();
    let observed = differences.iter().sum::<f64>().abs();
    let magnitude: f64 = differences.iter().map(|difference| difference.abs()).sum();
    // Sums in another order differ in the last digits; those are as large.
    let least = observed - 1e-12 * magnitude;
    let chunks = par::balanced_chunks(permutations as usize, u64::from(CHUNK), |_| 1);
    let as_large = par::try_map_chunks(
        &chunks,
        || (),
        |(), chunk| {
            let mut generator = rng::stream(seed, chunk.start as u64);
            let permuted = chunk.map(|_| signed_sum(&differences, || generator.next_u64()).abs());
            Ok::<usize, std::convert::Infallible>(permuted.filter(|sum| *sum >= least).count())
        },
    );
    let Ok(as_large) = as_large;
    (1 + as_large.iter().sum::<usize>()) as f64 / (1.0 + f64::from(permutations))
}

/// Adds the differences, each with the sign that a random bit says.
fn signed_sum(differences: &[f64], mut bits: impl FnMut() -> u64) -> f64 {
    let mut sum = 0.0;
    for block in differences.chunks(64) {
        let word = bits();
        let signed = block.iter().enumerate().map(|(place, &difference)| {
            f64::from_bits(difference.to_bits() ^ ((word >> place & 1) << 63))
        });
        sum += signed.sum::<f64>();
    }
    sum
}

/// What [`paired_t_test`] finds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TTest {
    /// Mean difference over its standard error.
    pub t: f64,
    /// Pairs minus one.
    pub degrees_of_freedom: f64,
    /// Two-sided chance.
    pub p: f64,
}

/// Student's test of whether the mean difference is zero; `None` with fewer than two pairs or when all
/// differences are equal.
#[must_use]
pub fn paired_t_test(differences: &[f64]) -> Option<TTest> {
    let n = differences.len() as f64;
    let mean = differences.iter().sum::<f64>() / n;
    let squares: f64 = differences.iter().map(|difference| (difference - mean).powi(2)).sum();
    let error = (squares / (n - 1.0) / n).sqrt();
    if differences.len() < 2 || error <= mean.abs() * 1e-14 {
        return None;
    }
    let (t, degrees_of_freedom) = (mean / error, n - 1.0);
    Some(TTest { t, degrees_of_freedom, p: student_two_sided(t, degrees_of_freedom) })
}

/// Two-sided chance by Wilcoxon's signed ranks, in the normal approximation with the correction for
/// ties and without one for continuity; differences of zero are left out (Wilcoxon's own way). 1 when
/// all are. The approximation is good from about 20 pairs on.
#[must_use]
pub fn wilcoxon_signed_rank(differences: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    sorted.sort_unstable_by(|left, right| left.abs().total_cmp(&right.abs()));
    let n = sorted.len() as f64;
    let (mut positive, mut ties, mut before) = (0.0, 0.0, 0.0);
    for equal in sorted.chunk_by(|left, right| left.abs().total_cmp(&right.abs()).is_eq()) {
        let count = equal.len() as f64;
        let rank = before + (count + 1.0) / 2.0;
        positive += rank * equal.iter().filter(|difference| **difference > 0.0).count() as f64;
        ties += count.powi(3) - count;
        before += count;
    }
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
    if variance <= 0.0 {
        return 1.0;
    }
    let z = (positive - n * (n + 1.0) / 4.0) / variance.sqrt();
    (2.0 * normal_tail(z.abs())).min(1.0)
}

/// Corrects chances of several tests so that the chance of any wrong finding stays what one test's
/// would be (Holm's step-down), in the order given.
#[must_use]
pub fn holm(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|&left, &right| chances[left].total_cmp(&chances[right]));
    let mut corrected = vec![0.0; chances.len()];
    let mut largest = 0.0_f64;
    for (done, &at) in order.iter().enumerate() {
        let factor = (chances.len() - done) as f64;
        largest = largest.max((factor * chances[at]).min(1.0));
        corrected[at] = largest;
    }
    corrected
}
