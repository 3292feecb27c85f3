//! Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).

/// Picks `k` positions of a pool so that items differ from those before them.
///
/// `scores` are those of the pool, best first. Each place goes to the position with the largest
/// `(1 - strength) · relevance - strength · similarity`, where relevance is the score brought to 0..1 over
/// the pool and similarity the largest `similarity(position, placed)` with a position already placed;
/// equals go to the earlier position. `strength` is 0 (the order stays) to 1 (relevance only breaks
/// ties), and similarities are 0 to 1. The first place goes to the best score.
///
/// Costs `pool · k` similarities.
///
/// # Examples
///
/// ```
/// use recsys_core::rerank::maximal_marginal_relevance;
///
/// let genre = ["war", "war", "war", "love"];
/// let same = |a: usize, b: usize| f64::from(u8::from(genre[a] == genre[b]));
/// let order = maximal_marginal_relevance(&[1.0, 0.9, 0.8, 0.7], same, 0.7, 3);
/// assert_eq!(order, [0, 3, 1]);
/// ```
#[must_use]
pub fn maximal_marginal_relevance(
    scores: &[f64],
    similarity: impl Fn(usize, usize) -> f64,
    strength: f64,
    k: usize,
) -> Vec<usize> {
    let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let worst = scores.iter().copied().fold(f64::INFINITY, f64::min);
    let relevance = |score: f64| if best > worst { (score - worst) / (best - worst) } else { 1.0 };
    let mut waiting: Vec<(usize, f64, f64)> =
        scores.iter().enumerate().map(|(at, &score)| (at, relevance(score), 0.0)).collect();
    let mut placed = Vec::with_capacity(k.min(scores.len()));
    while placed.len() < k && !waiting.is_empty() {
        let gain = |&(_, relevance, similarity): &(usize, f64, f64)| {
            (1.0 - strength) * relevance - strength * similarity
        };
        let mut chosen = 0;
        if !placed.is_empty() {
            for (index, candidate) in waiting.iter().enumerate() {
                if gain(candidate) > gain(&waiting[chosen]) {
                    chosen = index;
                }
            }
        }
        let (at, ..) = waiting.remove(chosen);
        for (other, _, nearest) in &mut waiting {
            *nearest = nearest.max(similarity(*other, at));
        }
        placed.push(at);
    }
    placed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, without the running maximum.
    fn slow(scores: &[f64], groups: &[u8], strength: f64, k: usize) -> Vec<usize> {
        let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let worst = scores.iter().copied().fold(f64::INFINITY, f64::min);
        let mut placed: Vec<usize> = Vec::new();
        while placed.len() < k.min(scores.len()) {
            let gain = |at: usize| {
                let relevance =
                    if best > worst { (scores[at] - worst) / (best - worst) } else { 1.0 };
                let same = placed.iter().any(|&other| groups[other] == groups[at]);
                (1.0 - strength) * relevance - strength * f64::from(u8::from(same))
            };
            let waiting: Vec<usize> = (0..scores.len()).filter(|at| !placed.contains(at)).collect();
            let mut chosen = waiting[0];
            if !placed.is_empty() {
                for &at in &waiting {
                    if gain(at) > gain(chosen) {
                        chosen = at;
                    }
                }
            }
            placed.push(chosen);
        }
        placed
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(
            pool in prop::collection::vec((0.0..1.0f64, 0..3u8), 0..20),
            strength in 0.0..=1.0f64, k in 0..25usize,
        ) {
            let (mut scores, groups): (Vec<f64>, Vec<u8>) = pool.into_iter().unzip();
            scores.sort_by(|a, b| b.total_cmp(a));
            let similarity = |a: usize, b: usize| f64::from(u8::from(groups[a] == groups[b]));
            let order = maximal_marginal_relevance(&scores, similarity, strength, k);
            prop_assert_eq!(order.len(), k.min(scores.len()));
            prop_assert_eq!(order, slow(&scores, &groups, strength, k));
        }
    }

    #[test]
    fn without_strength_the_order_stays() {
        let order = maximal_marginal_relevance(&[3.0, 2.0, 1.0], |_, _| 1.0, 0.0, 3);
        assert_eq!(order, [0, 1, 2]);
    }
}
