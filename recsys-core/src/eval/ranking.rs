//! Ranking metrics over the full catalogue.

use serde::Serialize;

use crate::data::Interactions;
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{Model, ModelExt};
use crate::query::{QueryError, ScoredItem};

/// What a user did after the cut: a user of the model, and items of the model, ascending.
pub type HeldOut = (UserIdx, Vec<ItemIdx>);

/// Means over the users with held-out items.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct RankingReport {
    /// Length of the lists.
    pub k: usize,
    /// Number of users measured.
    pub users: usize,
    /// Share of users with a hit.
    pub hit_rate: f64,
    /// Mean reciprocal rank of the first hit.
    pub mrr: f64,
    /// Normalised discounted cumulative gain.
    pub ndcg: f64,
    /// Mean of hits / k.
    pub precision: f64,
    /// Mean of hits / held-out items.
    pub recall: f64,
}

impl RankingReport {
    /// Finds the held-out items of `test` (positive entries that `train` has not) for each user of
    /// `train`. Both must have come from one log, so that positions agree.
    #[must_use]
    pub fn held_out(train: &Interactions, test: &Interactions) -> Vec<HeldOut> {
        let users = test.users().iter().map(|(user, _)| user);
        let held_out = users.filter(|user| user.index() < train.n_users()).map(|user| {
            let known = train.user(user).indices();
            let new = test.user(user).iter().filter(|(item, value)| {
                *value > 0.0
                    && item.index() < train.n_items()
                    && known.binary_search(&item.get()).is_err()
            });
            (user, new.map(|(item, _)| item).collect::<Vec<_>>())
        });
        held_out.filter(|(_, items)| !items.is_empty()).collect()
    }
}

/// Ranks `k` unseen items for each user of `held_out` and measures them; runs on the current rayon
/// pool.
///
/// # Errors
///
/// [`QueryError::UserOutOfRange`] when a user lies outside the model.
pub fn rank_and_measure(
    model: &dyn Model,
    held_out: &[HeldOut],
    k: usize,
) -> Result<RankingReport, QueryError> {
    let users: Vec<UserIdx> = held_out.iter().map(|(user, _)| *user).collect();
    let lists = model.recommend_unseen(&users, k)?;
    let measured = lists.iter().zip(held_out).map(|(list, (_, wanted))| measure(list, wanted, k));
    let mut sums = Measured::default();
    for one in measured {
        sums.hit_rate += one.hit_rate;
        sums.mrr += one.mrr;
        sums.ndcg += one.ndcg;
        sums.precision += one.precision;
        sums.recall += one.recall;
    }
    let count = as_f64(users.len().max(1));
    Ok(RankingReport {
        k,
        users: users.len(),
        hit_rate: sums.hit_rate / count,
        mrr: sums.mrr / count,
        ndcg: sums.ndcg / count,
        precision: sums.precision / count,
        recall: sums.recall / count,
    })
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Measured {
    hit_rate: f64,
    mrr: f64,
    ndcg: f64,
    precision: f64,
    recall: f64,
}

/// Measures one list against the ascending items `wanted`, which are not empty.
fn measure(list: &[ScoredItem], wanted: &[ItemIdx], k: usize) -> Measured {
    let ranks = (1..).zip(list).filter(|(_, hit)| wanted.binary_search(&hit.item).is_ok());
    let ranks: Vec<usize> = ranks.map(|(rank, _)| rank).collect();
    let gain = |rank: usize| 1.0 / (as_f64(rank) + 1.0).log2();
    let ideal: f64 = (1..=k.min(wanted.len())).map(gain).sum();
    let hits = as_f64(ranks.len());
    Measured {
        hit_rate: if ranks.is_empty() { 0.0 } else { 1.0 },
        mrr: ranks.first().map_or(0.0, |&rank| 1.0 / as_f64(rank)),
        ndcg: if k == 0 { 0.0 } else { ranks.iter().map(|&rank| gain(rank)).sum::<f64>() / ideal },
        precision: hits / as_f64(k.max(1)),
        recall: hits / as_f64(wanted.len()),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of users and ranks")]
fn as_f64(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[u32]) -> Vec<ScoredItem> {
        items.iter().map(|&item| ScoredItem { item: ItemIdx::new(item), score: 0.0 }).collect()
    }

    fn items(items: &[u32]) -> Vec<ItemIdx> {
        items.iter().copied().map(ItemIdx::new).collect()
    }

    #[test]
    fn figures_agree_with_a_hand_calculation() {
        let found = measure(&list(&[9, 1, 8, 2]), &items(&[1, 2, 3]), 4);
        let ideal = 1.0 + 1.0 / 3_f64.log2() + 0.5;
        let gained = 1.0 / 3_f64.log2() + 1.0 / 5_f64.log2();
        let close = |left: f64, right: f64| (left - right).abs() < 1e-12;
        assert!(close(found.recall, 2.0 / 3.0) && close(found.precision, 0.5));
        assert!(close(found.mrr, 0.5) && close(found.hit_rate, 1.0));
        assert!(close(found.ndcg, gained / ideal), "{found:?}");
    }

    #[test]
    fn an_ideal_list_scores_one_and_a_list_without_hits_zero() {
        let best = measure(&list(&[2, 1]), &items(&[1, 2, 3]), 2);
        assert!((best.ndcg - 1.0).abs() < 1e-12);
        assert_eq!(measure(&list(&[7, 8]), &items(&[1]), 2), Measured::default());
    }
}
