//! Bringing the scores of different models to one scale.

use serde::{Deserialize, Serialize};

/// How one member's scores of one user are brought to a common scale, over all items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Normalization {
    /// `(score - minimum) / (maximum - minimum)`.
    MinMax,
    /// As they are.
    None,
    /// The share of items with a lower score, ties counted half.
    Rank,
    /// `(damping + 1) / (damping + rank)` for the best `depth` items and 0 for the rest: reciprocal rank
    /// fusion (Cormack, Clarke and Büttcher, SIGIR 2009), scaled so that the first item gets 1. Robust
    /// where scores mean nothing beside each other, and about 1 % behind the standard deviation where
    /// they do.
    ReciprocalRank {
        /// How slowly the value falls with the rank; 60 in the paper.
        damping: u32,
        /// Ranks that count; at least 1.
        depth: u32,
    },
    /// `exp(score) / Σ exp(scores)`.
    Softmax,
    /// Divided by the standard deviation. Shifting would not change the ranking.
    #[default]
    StandardDeviation,
    /// `(score - mean) / standard deviation`.
    ZScore,
}

impl Normalization {
    /// Returns whether the value of an item follows from its score alone, given those of the others; a
    /// rank, and a share of a whole, mean nothing for an item that is not among them.
    pub(super) fn is_affine(self) -> bool {
        matches!(self, Self::MinMax | Self::None | Self::StandardDeviation | Self::ZScore)
    }
}

/// What normalising did to the scores of one user.
#[derive(Clone, Debug)]
pub(super) enum Normalized {
    /// Every score was multiplied by `factor` and moved by `shift`.
    Affine { factor: f32, shift: f32 },
    /// Every item got a value of its own.
    Values(Vec<f32>),
}

impl Normalized {
    /// Normalises `scores` (all items of one user). Scores without spread say nothing about the ranking
    /// and become 0; so do scores that are not finite.
    pub(super) fn new(how: Normalization, scores: &[f32]) -> Self {
        match how {
            Normalization::None => Self::Affine { factor: 1.0, shift: 0.0 },
            Normalization::MinMax => {
                let (low, high) = extremes(scores);
                Self::affine(f64::from(high) - f64::from(low), f64::from(low))
            }
            Normalization::StandardDeviation => Self::affine(moments(scores).1, 0.0),
            Normalization::ZScore => {
                let (mean, deviation) = moments(scores);
                Self::affine(deviation, mean)
            }
            Normalization::Rank => Self::Values(quantiles(scores)),
            Normalization::ReciprocalRank { damping, depth } => {
                Self::Values(reciprocal_ranks(scores, damping, depth as usize))
            }
            Normalization::Softmax => Self::Values(softmax(scores)),
        }
    }

    fn affine(scale: f64, origin: f64) -> Self {
        let factor = scale.recip();
        if scale <= f64::from(f32::MIN_POSITIVE) || !factor.is_finite() {
            return Self::Affine { factor: 0.0, shift: 0.0 };
        }
        #[expect(clippy::cast_possible_truncation, reason = "normalised scores fit f32")]
        let affine = Self::Affine { factor: factor as f32, shift: (-origin * factor) as f32 };
        affine
    }

    /// Returns the value of the item at position `at`, which scores `score`.
    pub(super) fn value(&self, at: usize, score: f32) -> f32 {
        match self {
            Self::Affine { .. } if !score.is_finite() => 0.0,
            Self::Affine { factor, shift } => factor.mul_add(score, *shift),
            Self::Values(values) => values[at],
        }
    }

    /// Returns `(factor, shift)` with `value = factor * score + shift` for the item at position `at`.
    pub(super) fn line(&self, at: usize, score: f32) -> (f32, f32) {
        match self {
            Self::Affine { factor, shift } => (*factor, *shift),
            Self::Values(values) => {
                let factor = values[at] / score;
                // A score near 0 cannot be stretched to a value that is not.
                if factor.is_finite() && factor.abs() < 1e6 {
                    (factor, 0.0)
                } else {
                    (0.0, values[at])
                }
            }
        }
    }
}

fn finite(scores: &[f32]) -> impl Iterator<Item = f32> {
    scores.iter().copied().filter(|score| score.is_finite())
}

fn extremes(scores: &[f32]) -> (f32, f32) {
    finite(scores).fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), score| {
        (low.min(score), high.max(score))
    })
}

/// Mean and standard deviation.
fn moments(scores: &[f32]) -> (f64, f64) {
    let (mut count, mut sum, mut squares) = (0.0_f64, 0.0, 0.0);
    for score in finite(scores).map(f64::from) {
        count += 1.0;
        sum += score;
    }
    if count <= 0.0 {
        return (0.0, 0.0);
    }
    let mean = sum / count;
    for score in finite(scores).map(f64::from) {
        squares += (score - mean) * (score - mean);
    }
    (mean, (squares / count).sqrt())
}

/// Positions by descending score, then position.
fn order(scores: &[f32]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&left, &right| {
        scores[right].total_cmp(&scores[left]).then(left.cmp(&right))
    });
    order
}

#[expect(clippy::cast_precision_loss, reason = "counts of items")]
fn quantiles(scores: &[f32]) -> Vec<f32> {
    let mut values = vec![0.0; scores.len()];
    let order = order(scores);
    let mut below = scores.len();
    for ties in order.chunk_by(|&left, &right| scores[left].total_cmp(&scores[right]).is_eq()) {
        below -= ties.len();
        let share = (below as f32 + 0.5 * (ties.len() - 1) as f32) / scores.len() as f32;
        for &at in ties {
            values[at] = if ties.len() == scores.len() { 0.0 } else { share };
        }
    }
    values
}

#[expect(clippy::cast_precision_loss, reason = "ranks")]
fn reciprocal_ranks(scores: &[f32], damping: u32, depth: usize) -> Vec<f32> {
    let mut values = vec![0.0; scores.len()];
    let (low, high) = extremes(scores);
    if low >= high {
        return values;
    }
    let depth = depth.min(scores.len());
    let mut head: Vec<usize> = (0..scores.len()).collect();
    let best = |&left: &usize, &right: &usize| {
        scores[right].total_cmp(&scores[left]).then(left.cmp(&right))
    };
    if depth < head.len() {
        head.select_nth_unstable_by(depth, best);
        head.truncate(depth);
    }
    head.sort_unstable_by(best);
    let damping = damping as f32;
    for (rank, &at) in head.iter().enumerate() {
        if scores[at].is_finite() {
            values[at] = (damping + 1.0) / (damping + 1.0 + rank as f32);
        }
    }
    values
}

#[expect(clippy::cast_possible_truncation, reason = "shares fit f32")]
fn softmax(scores: &[f32]) -> Vec<f32> {
    let (low, high) = extremes(scores);
    if low >= high {
        return vec![0.0; scores.len()];
    }
    let power = |score: f32| {
        if score.is_finite() { f64::from(score - high).exp() } else { 0.0 }
    };
    let total: f64 = scores.iter().map(|&score| power(score)).sum();
    scores.iter().map(|&score| (power(score) / total) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOWS: [Normalization; 7] = [
        Normalization::MinMax,
        Normalization::None,
        Normalization::Rank,
        Normalization::ReciprocalRank { damping: 60, depth: 100 },
        Normalization::Softmax,
        Normalization::StandardDeviation,
        Normalization::ZScore,
    ];

    fn values(how: Normalization, scores: &[f32]) -> Vec<f32> {
        let normalized = Normalized::new(how, scores);
        scores.iter().enumerate().map(|(at, &score)| normalized.value(at, score)).collect()
    }

    fn close(found: &[f32], expected: &[f32]) -> bool {
        found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5)
    }

    #[test]
    fn each_normalization_gives_the_values_of_its_definition() {
        let scores = [1.0, 3.0, 3.0, 5.0];
        let root = 2_f32.sqrt();
        assert!(close(&values(Normalization::MinMax, &scores), &[0.0, 0.5, 0.5, 1.0]));
        assert!(close(&values(Normalization::Rank, &scores), &[0.0, 0.375, 0.375, 0.75]));
        assert!(close(&values(Normalization::ZScore, &scores), &[-root, 0.0, 0.0, root]));
        let by_deviation = values(Normalization::StandardDeviation, &scores);
        assert!(close(&by_deviation, &[1.0 / root, 3.0 / root, 3.0 / root, 5.0 / root]));
        let fused = values(Normalization::ReciprocalRank { damping: 60, depth: 3 }, &scores);
        assert!(close(&fused, &[0.0, 61.0 / 62.0, 61.0 / 63.0, 1.0]));
        let shares = values(Normalization::Softmax, &scores);
        assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-5 && shares[3] > shares[1]);
    }

    #[test]
    fn no_normalization_changes_the_order_or_gives_a_wild_value() {
        let scores = [0.1, -3.0, 7.5, 7.5, 1e-30, f32::NEG_INFINITY, 2.0];
        for how in HOWS {
            let values = values(how, &scores);
            assert!(values.iter().all(|value| value.is_finite()), "{how:?}");
            for (left, &a) in scores.iter().enumerate() {
                for (right, &b) in scores.iter().enumerate() {
                    let both = a.is_finite() && b.is_finite();
                    assert!(!both || a <= b || values[left] >= values[right], "{how:?}");
                }
            }
        }
    }

    #[test]
    fn scores_without_spread_say_nothing() {
        for how in HOWS {
            let values = values(how, &[2.0; 5]);
            let silent = values.iter().all(|value| value.abs() < 1e-9);
            assert!(silent || how == Normalization::None, "{how:?}: {values:?}");
        }
    }

    #[test]
    fn a_value_lies_on_its_line() {
        let scores = [0.5, -1.0, 2.0, 0.0];
        for how in HOWS {
            let normalized = Normalized::new(how, &scores);
            for (at, &score) in scores.iter().enumerate() {
                let (factor, shift) = normalized.line(at, score);
                let value = normalized.value(at, score);
                assert!((factor * score + shift - value).abs() < 1e-5, "{how:?}");
            }
        }
    }
}
