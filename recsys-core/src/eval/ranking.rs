//! The usual ranking metrics of a model in one call.

use serde::Serialize;

use super::metrics::Hits;
use super::{Conventions, Task};
use crate::data::Interactions;
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{Model, ModelExt};
use crate::query::QueryError;

/// What a user did after the cut: a user of the model, and items of the model, ascending.
pub type HeldOut = (UserIdx, Vec<ItemIdx>);

/// Means over the users with held-out items, by [`Conventions::lightgcn`].
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
        let task = Task::new(train, None, test, None);
        task.cases().iter().map(|case| (case.user, case.relevant.clone())).collect()
    }
}

/// Ranks `k` unseen items for each user of `held_out` and measures them; runs on the current rayon
/// pool. [`Evaluator`](super::Evaluator) measures more, and by other conventions.
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
    let pairs = lists.iter().zip(held_out).filter(|(_, (_, wanted))| !wanted.is_empty());
    let hits: Vec<Hits> = pairs.map(|(list, (_, wanted))| Hits::of(list, wanted)).collect();
    let how = Conventions::lightgcn();
    let mean =
        |of: &dyn Fn(&Hits) -> f64| hits.iter().map(of).sum::<f64>() / held_out.len().max(1) as f64;
    Ok(RankingReport {
        k,
        users: users.len(),
        hit_rate: mean(&|hits| hits.hit_rate(k)),
        mrr: mean(&|hits| hits.reciprocal_rank(k)),
        ndcg: mean(&|hits| hits.ndcg(k, &how)),
        precision: mean(&|hits| hits.precision(k, &how)),
        recall: mean(&|hits| hits.recall(k, &how)),
    })
}
