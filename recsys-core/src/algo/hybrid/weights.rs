//! Each member's share in the scores of a user, by how much is known of the user.

use super::HybridConfig;
use crate::model::{MemberWeight, ModelKind};

/// Returns whether an algorithm ranks without looking at the user.
fn is_prior(kind: ModelKind) -> bool {
    matches!(kind, ModelKind::Popularity | ModelKind::Trending)
}

/// Turns the weights of the members of `kinds` into shares, which add up to 1, for a user with
/// `positives` positive interactions.
///
/// Of the members that know nothing of the user, the share is `s + (1 - s) · κ / (n + κ)`, with `s` their
/// share by weight and κ the half trust; the others have the rest in proportion.
pub(super) fn shares(
    kinds: &[ModelKind],
    weights: &[f32],
    half_trust: f32,
    positives: usize,
) -> Vec<f32> {
    let total: f32 = weights.iter().sum();
    let of_priors = kinds.iter().zip(weights).filter(|(kind, _)| is_prior(**kind));
    let final_share = of_priors.map(|(_, weight)| weight).sum::<f32>() / total;
    #[expect(clippy::cast_precision_loss, reason = "a count of events")]
    let known = positives as f32;
    let doubt = if half_trust > 0.0 { half_trust / (known + half_trust) } else { 0.0 };
    // A blend of one sort only has nothing to shift weight to.
    let mixed = final_share > 0.0 && final_share < 1.0;
    let share = if mixed { final_share + (1.0 - final_share) * doubt } else { final_share };
    let of = |(&kind, weight): (&ModelKind, &f32)| match (mixed, is_prior(kind)) {
        (true, true) => weight / total / final_share * share,
        (true, false) => weight / total / (1.0 - final_share) * (1.0 - share),
        (false, _) => weight / total,
    };
    kinds.iter().zip(weights).map(of).collect()
}

/// Returns the weights that the configuration has for a user with `positives` positive interactions.
pub(super) fn of_level(config: &HybridConfig, positives: usize) -> Vec<f32> {
    let level = config.levels.iter().rev().find(|level| level.from as usize <= positives);
    match level {
        Some(level) => level.weights.clone(),
        None => config.members.iter().map(|member| member.weight).collect(),
    }
}

/// Returns the share of each member and the reason for it.
pub(super) fn explained(config: &HybridConfig, positives: usize) -> Vec<MemberWeight> {
    let kinds: Vec<ModelKind> = config.members.iter().map(|member| member.model.kind()).collect();
    let shares = shares(&kinds, &of_level(config, positives), config.half_trust, positives);
    let adapts = config.half_trust > 0.0 && kinds.iter().any(|&kind| is_prior(kind));
    let reason = |kind| match (adapts, is_prior(kind)) {
        (true, true) => {
            format!("{kind} covers what {positives} liked items leave open")
        }
        (true, false) => {
            format!("trust in personal signals grows with the {positives} liked items known")
        }
        (false, _) => "fixed weight".to_owned(),
    };
    let members = kinds.iter().zip(shares);
    members.map(|(&kind, share)| MemberWeight::new(kind, share, reason(kind))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::ActivityLevel;
    use super::*;

    const KINDS: [ModelKind; 3] = [ModelKind::Als, ModelKind::ItemKnn, ModelKind::Popularity];

    #[test]
    fn shares_add_up_and_personal_members_gain_with_every_event() {
        let mut before = 0.0;
        for positives in [0, 1, 3, 10, 1000] {
            let shares = shares(&KINDS, &[2.0, 1.0, 0.5], 3.0, positives);
            assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            assert!((shares[0] - 2.0 * shares[1]).abs() < 1e-6, "members keep their proportion");
            assert!(shares[0] > before || positives == 0);
            before = shares[0];
        }
    }

    #[test]
    fn half_trust_is_where_the_personal_members_have_half_of_their_final_share() {
        let end = shares(&KINDS, &[1.0, 1.0, 0.5], 0.0, 3)[0];
        let half = shares(&KINDS, &[1.0, 1.0, 0.5], 3.0, 3)[0];
        assert!((half - end / 2.0).abs() < 1e-6);
    }

    #[test]
    fn a_blend_of_one_sort_keeps_its_weights() {
        assert_eq!(shares(&KINDS[..2], &[3.0, 1.0], 3.0, 0), [0.75, 0.25]);
        assert_eq!(shares(&KINDS[2..], &[3.0], 3.0, 9), [1.0]);
    }

    #[test]
    fn a_user_has_the_weights_of_the_highest_level_reached() {
        let config = HybridConfig {
            levels: vec![
                ActivityLevel::new(5, vec![1.0, 2.0, 3.0, 0.0]),
                ActivityLevel::new(20, vec![4.0, 5.0, 6.0, 7.0]),
            ],
            ..HybridConfig::default()
        };
        assert_eq!(of_level(&config, 4), [1.0, 1.0, 0.05, 0.5]);
        assert_eq!(of_level(&config, 19), [1.0, 2.0, 3.0, 0.0]);
        assert_eq!(of_level(&config, 20), [4.0, 5.0, 6.0, 7.0]);
    }
}
