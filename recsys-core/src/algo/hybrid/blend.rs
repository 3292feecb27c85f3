//! The arithmetic of a blend: scales, shifts, adaptive weights.

use super::{HybridConfig, MemberWeight, Normalization};
use crate::model::ModelKind;

/// Maps one member's scores to its part of the blend: `factor * score + shift`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Affine {
    pub(super) factor: f32,
    pub(super) shift: f32,
}

impl Affine {
    /// Normalises `scores` (all items of one user) and weights the result. Scores without spread say
    /// nothing about the ranking and get the factor zero.
    pub(super) fn new(how: Normalization, weight: f32, scores: &[f32]) -> Self {
        let finite = || scores.iter().copied().filter(|score| score.is_finite());
        let (mut count, mut sum, mut squares) = (0.0_f64, 0.0, 0.0);
        for score in finite().map(f64::from) {
            count += 1.0;
            sum += score;
        }
        let mean = if count > 0.0 { sum / count } else { 0.0 };
        for score in finite().map(f64::from) {
            squares += (score - mean) * (score - mean);
        }
        let deviation = if count > 0.0 { (squares / count).sqrt() } else { 0.0 };
        let (low, high) = finite()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), score| {
                (low.min(score), high.max(score))
            });
        let (scale, origin) = match how {
            Normalization::None => (1.0, 0.0),
            Normalization::MinMax => (f64::from(high) - f64::from(low), f64::from(low)),
            Normalization::StandardDeviation => (deviation, 0.0),
            Normalization::ZScore => (deviation, mean),
        };
        let factor = f64::from(weight) / scale;
        if scale <= f64::from(f32::MIN_POSITIVE) || !factor.is_finite() {
            return Self { factor: 0.0, shift: 0.0 };
        }
        #[expect(clippy::cast_possible_truncation, reason = "normalised scores fit f32")]
        let affine = Self { factor: factor as f32, shift: (-origin * factor) as f32 };
        affine
    }

    pub(super) fn apply(self, score: f32) -> f32 {
        self.factor.mul_add(score, self.shift)
    }
}

/// Returns the share of each member for a user with `positives` positive interactions; they add up
/// to 1.
pub(super) fn weights(config: &HybridConfig, positives: usize) -> Vec<MemberWeight> {
    let total: f32 = config.members.iter().map(|member| member.weight).sum();
    let is_prior = |kind| kind == ModelKind::Popularity;
    let priors = config.members.iter().filter(|member| is_prior(member.model.kind()));
    let final_share = priors.map(|member| member.weight).sum::<f32>() / total;
    #[expect(clippy::cast_precision_loss, reason = "a count of events")]
    let known = positives as f32;
    let doubt =
        if config.half_trust > 0.0 { config.half_trust / (known + config.half_trust) } else { 0.0 };
    // A blend of one sort only has nothing to shift weight to.
    let mixed = final_share > 0.0 && final_share < 1.0;
    let share = if mixed { final_share + (1.0 - final_share) * doubt } else { final_share };
    let members = config.members.iter().map(|member| {
        let kind = member.model.kind();
        let relative = member.weight / total;
        let (weight, reason) = match (mixed, is_prior(kind)) {
            (true, true) => (
                relative / final_share * share,
                format!("popularity covers what {positives} liked items leave open"),
            ),
            (true, false) => {
                let weight = relative / (1.0 - final_share) * (1.0 - share);
                (
                    weight,
                    format!(
                        "trust in personal signals grows with the {positives} liked items known"
                    ),
                )
            }
            (false, _) => (relative, "fixed weight".to_owned()),
        };
        MemberWeight { algorithm: kind, weight, reason }
    });
    members.collect()
}
