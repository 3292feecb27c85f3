//! What an observed value means to the loss: a confidence and a pull towards a target.

use serde::{Deserialize, Serialize};

/// How the weight of an observed pair follows from its value. Only the size of the value counts here;
/// its sign says whether the target is 1 (like) or 0 (dislike).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Confidence {
    /// Every like weighs 1, whatever its value; a dislike weighs its size.
    Unit,
    /// `alpha · |value|`.
    Linear {
        /// Weight of a value of 1; finite and > 0.
        alpha: f32,
    },
    /// `alpha · ln(1 + |value| / scale)`, so that the hundredth play counts less than the second.
    Logarithmic {
        /// Weight factor; finite and > 0.
        alpha: f32,
        /// Value at which growth turns from linear to logarithmic; finite and > 0.
        scale: f32,
    },
}

/// Which weight an observed pair has in the end.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObservedLoss {
    /// The unobserved weight applies to all pairs and the confidence comes on top (Rendle and others,
    /// 2022): `confidence · (s - 1)² + unobserved_weight · s²`.
    #[default]
    Added,
    /// The confidence takes the place of the unobserved weight (Hu, Koren and Volinsky, 2008, and
    /// `implicit`): `confidence · (s - 1)²`.
    Replaced,
}

/// [`Confidence`] and [`ObservedLoss`] ready for use by the row solver.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Feedback {
    pub(crate) confidence: Confidence,
    pub(crate) observed: ObservedLoss,
    pub(crate) unobserved_weight: f32,
}

impl Feedback {
    /// Returns `(c, q)`: the pair adds `c · y yᵀ` to the normal matrix beyond the shared part, and
    /// `q · y` to the right-hand side.
    #[inline(always)]
    pub(crate) fn terms(&self, value: f32) -> (f32, f32) {
        let weight = match self.confidence {
            Confidence::Unit if value > 0.0 => 1.0,
            Confidence::Unit => value.abs(),
            Confidence::Linear { alpha } => alpha * value.abs(),
            Confidence::Logarithmic { alpha, scale } => alpha * (value.abs() / scale).ln_1p(),
        };
        let extra = match self.observed {
            ObservedLoss::Added => weight,
            ObservedLoss::Replaced => weight - self.unobserved_weight,
        };
        (extra, if value > 0.0 { weight } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likes_pull_and_dislikes_only_hold_down() {
        let confidence = Confidence::Linear { alpha: 40.0 };
        let replaced =
            Feedback { confidence, observed: ObservedLoss::Replaced, unobserved_weight: 1.0 };
        assert_eq!(replaced.terms(2.0), (79.0, 80.0));
        assert_eq!(replaced.terms(-2.0), (79.0, 0.0));
        let unit = Feedback {
            confidence: Confidence::Unit,
            observed: ObservedLoss::Added,
            unobserved_weight: 0.1,
        };
        assert_eq!(unit.terms(7.0), (1.0, 1.0));
        assert_eq!(unit.terms(-0.5), (0.5, 0.0));
    }
}
