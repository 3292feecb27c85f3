//! Scores that read as probabilities.

use serde::{Deserialize, Serialize};

/// A rising map from scores to the share of items with such a score that people liked.
///
/// Isotonic regression by pooling adjacent violators (Zadrozny and Elkan, KDD 2002), linear between the
/// centres of the pools, so the order of items is kept up to ties. Scores of one model on one scale only:
/// learn it on held-out likes and use it with the model that gave the scores.
///
/// # Examples
///
/// ```
/// use recsys_core::rerank::ProbabilityScale;
///
/// let seen = [(0.1, false), (0.2, false), (0.6, true), (0.7, false), (0.9, true), (1.0, true)];
/// let scale = ProbabilityScale::learn(seen).unwrap();
/// assert_eq!(scale.probability(0.05), 0.0);
/// assert!((scale.probability(0.65) - 0.5).abs() < 1e-6);
/// assert_eq!(scale.probability(2.0), 1.0);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbabilityScale {
    /// Mean score and share of likes of each pool, both ascending.
    knots: Vec<(f64, f64)>,
}

impl ProbabilityScale {
    /// Learns from scores and whether the item was liked. `None` when no score is finite.
    #[must_use]
    pub fn learn(seen: impl IntoIterator<Item = (f32, bool)>) -> Option<Self> {
        let mut seen: Vec<(f32, bool)> =
            seen.into_iter().filter(|(score, _)| score.is_finite()).collect();
        seen.sort_by(|left, right| left.0.total_cmp(&right.0));
        let mut pools: Vec<Pool> = Vec::new();
        for ties in seen.chunk_by(|left, right| left.0.total_cmp(&right.0).is_eq()) {
            pools.push(Pool::of(ties));
            while let [.., before, last] = &pools[..] {
                if before.share() < last.share() {
                    break;
                }
                let merged = before.merged(last);
                pools.truncate(pools.len() - 2);
                pools.push(merged);
            }
        }
        let knots: Vec<(f64, f64)> =
            pools.iter().map(|pool| (pool.scores / pool.count, pool.share())).collect();
        (!knots.is_empty()).then_some(Self { knots })
    }

    /// Returns the probability that an item with this score is liked, 0 to 1.
    #[must_use]
    pub fn probability(&self, score: f32) -> f64 {
        let score = f64::from(score);
        let above = self.knots.partition_point(|&(knot, _)| knot <= score);
        match (above.checked_sub(1).map(|at| self.knots[at]), self.knots.get(above)) {
            (Some((low, from)), Some(&(high, to))) => {
                from + (to - from) * (score - low) / (high - low)
            }
            (Some((_, share)), None) | (None, Some(&(_, share))) => share,
            (None, None) => 0.0,
        }
    }
}

#[derive(Clone, Copy)]
struct Pool {
    count: f64,
    likes: f64,
    scores: f64,
}

impl Pool {
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    fn of(ties: &[(f32, bool)]) -> Self {
        Self {
            count: ties.len() as f64,
            likes: ties.iter().filter(|(_, liked)| *liked).count() as f64,
            scores: ties.iter().map(|(score, _)| f64::from(*score)).sum(),
        }
    }

    fn merged(&self, other: &Self) -> Self {
        Self {
            count: self.count + other.count,
            likes: self.likes + other.likes,
            scores: self.scores + other.scores,
        }
    }

    fn share(&self) -> f64 {
        self.likes / self.count
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn probabilities_rise_with_the_score_and_keep_the_mean(
            seen in prop::collection::vec((-5i8..5, any::<bool>()), 1..60),
        ) {
            let seen: Vec<(f32, bool)> =
                seen.into_iter().map(|(score, liked)| (f32::from(score), liked)).collect();
            let scale = ProbabilityScale::learn(seen.iter().copied()).unwrap();
            let at: Vec<f64> = (-60..60).map(|at| scale.probability(at as f32 / 10.0)).collect();
            prop_assert!(at.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12));
            prop_assert!(at.iter().all(|share| (0.0..=1.0).contains(share)));
        }
    }

    #[test]
    fn nothing_teaches_nothing() {
        assert!(ProbabilityScale::learn([(f32::NEG_INFINITY, true)]).is_none());
    }
}
