//! Lists that have the user's own mix of groups (Steck: *Calibrated recommendations*, RecSys 2018).

/// Picks `k` positions of a pool so that the mix of groups on the list comes near `target`.
///
/// `scores` are those of the pool, best first; `groups[at]` is the distribution of position `at` over the
/// groups, as long as `target` (a film of two genres has 0.5 for each; all zeros for none), and `target`
/// the user's. Greedily maximises `(1 - strength) · Σ relevance - strength · KL(target ‖ list)`, where
/// relevance is the score brought to 0..1 over the pool and the mix of the list is smoothed with 0.01 of
/// the target, as in the paper; greedy reaches `1 - 1/e` of the best. `strength` is 0 (the order stays) to
/// 1 (only the mix counts). Positions are in the order in which they were picked.
///
/// Costs `pool · k · groups`.
///
/// # Panics
///
/// When there is not one distribution for each score, or one has another length than `target`.
///
/// # Examples
///
/// ```
/// use recsys_core::rerank::calibrated;
///
/// // Someone who watches two thirds war, one third love.
/// let (war, love) = ([1.0, 0.0], [0.0, 1.0]);
/// let pool = [&war[..], &war, &war, &war, &love];
/// let order = calibrated(&[1.0, 0.9, 0.8, 0.7, 0.1], &pool, &[2.0 / 3.0, 1.0 / 3.0], 0.9, 3);
/// assert!(order.contains(&4));
/// ```
#[must_use]
pub fn calibrated(
    scores: &[f64],
    groups: &[&[f64]],
    target: &[f64],
    strength: f64,
    k: usize,
) -> Vec<usize> {
    assert_eq!(scores.len(), groups.len(), "one distribution for each score");
    assert!(groups.iter().all(|mix| mix.len() == target.len()), "distributions fit the target");
    let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let worst = scores.iter().copied().fold(f64::INFINITY, f64::min);
    let relevance =
        |at: usize| if best > worst { (scores[at] - worst) / (best - worst) } else { 1.0 };
    let mut waiting: Vec<usize> = (0..scores.len()).collect();
    let mut placed = Vec::with_capacity(k.min(scores.len()));
    let (mut sum, mut relevance_sum) = (vec![0.0; target.len()], 0.0);
    while placed.len() < k && !waiting.is_empty() {
        let worth = |at: usize| {
            (1.0 - strength) * (relevance_sum + relevance(at))
                - strength * divergence(target, &sum, groups[at])
        };
        let mut chosen = 0;
        let mut most = worth(waiting[0]);
        for (index, &at) in waiting.iter().enumerate().skip(1) {
            let worth = worth(at);
            if worth > most {
                (chosen, most) = (index, worth);
            }
        }
        let at = waiting.remove(chosen);
        for (sum, share) in sum.iter_mut().zip(groups[at]) {
            *sum += share;
        }
        relevance_sum += relevance(at);
        placed.push(at);
    }
    placed
}

/// Kullback–Leibler divergence of the target from the mix of `sum + added`.
fn divergence(target: &[f64], sum: &[f64], added: &[f64]) -> f64 {
    /// Share of the target in the smoothed mix.
    const SMOOTHING: f64 = 0.01;
    let total: f64 = sum.iter().sum::<f64>() + added.iter().sum::<f64>();
    let parts = target.iter().zip(sum).zip(added).map(|((&wanted, sum), added)| {
        if wanted <= 0.0 {
            return 0.0;
        }
        let share = if total > 0.0 { (sum + added) / total } else { 0.0 };
        wanted * (wanted / ((1.0 - SMOOTHING) * share + SMOOTHING * wanted)).ln()
    });
    parts.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mix_of_a_calibrated_list_is_the_users() {
        let (war, love) = ([1.0, 0.0], [0.0, 1.0]);
        // Ninety war films above ten love films.
        let groups: Vec<&[f64]> =
            (0..100).map(|at| if at < 90 { &war[..] } else { &love[..] }).collect();
        let scores: Vec<f64> = (0..100).map(|at| 1.0 - f64::from(at) / 100.0).collect();
        let love_films = |strength| {
            let order = calibrated(&scores, &groups, &[0.7, 0.3], strength, 10);
            assert_eq!(order.len(), 10);
            order.iter().filter(|&&at| at >= 90).count()
        };
        assert_eq!(love_films(0.0), 0);
        assert_eq!(love_films(0.99), 3);
    }

    #[test]
    fn items_without_groups_leave_the_mix_alone() {
        let none = [0.0, 0.0];
        let order = calibrated(&[2.0, 1.0], &[&none, &none], &[0.5, 0.5], 0.5, 5);
        assert_eq!(order, [0, 1]);
    }

    #[test]
    fn the_divergence_of_equal_mixes_is_zero() {
        assert!(divergence(&[0.25, 0.75], &[0.0, 2.0], &[1.0, 1.0]).abs() < 1e-12);
        assert!(divergence(&[0.25, 0.75], &[0.0, 2.0], &[0.0, 1.0]) > 0.5);
    }
}
