//! Predictions from the users who rate alike.

use super::similarities::{Neighbor, Similarities, keep_nearest, weighted_deviation};
use super::{Means, finite, mean};
use crate::data::{History, Interactions};
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{Cause, Contribution, Explanation, ModelKind, Scorer};
use crate::query::Candidates;

/// A user's ratings with everybody's similarity to them.
#[derive(Debug)]
pub(in crate::algo) struct UserBasedScorer<'a> {
    data: &'a Interactions,
    means: &'a Means,
    limit: usize,
    history: History,
    /// The mean of the history.
    mean: f64,
    /// By user: similarity, 0 when it is not above zero or the user does not count.
    similarities: Vec<f64>,
    /// `Σ r_x r_y` by user.
    products: Vec<f64>,
}

impl<'a> UserBasedScorer<'a> {
    /// Compares `history` with all users that have at least `least` ratings.
    pub(in crate::algo) fn new(
        data: &'a Interactions,
        means: &'a Means,
        history: History,
        limit: Option<u32>,
        least: u32,
    ) -> Self {
        let row = history.as_row();
        let mut compared = Similarities::new(data.n_users(), 0.0);
        compared.compare(row.indices(), row.values(), data.item_csr());
        let (mut similarities, mut products) =
            (vec![0.0; data.n_users()], vec![0.0; data.n_users()]);
        for &user in compared.touched() {
            if data.user(UserIdx::new(user)).len() >= least as usize {
                similarities[user as usize] = compared.with(user).unwrap_or(0.0);
                products[user as usize] = compared.product_with(user);
            }
        }
        let mean = mean(row.values()).unwrap_or(means.all);
        let limit = limit.map_or(usize::MAX, |limit| limit as usize);
        Self { data, means, limit, history, mean, similarities, products }
    }

    /// Fills `near` with the neighbours that speak about `item`.
    fn neighbors(&self, item: ItemIdx, near: &mut Vec<Neighbor>) {
        near.clear();
        for (user, value) in self.data.item(item).iter() {
            let similarity = self.similarities[user.index()];
            if similarity > 0.0 {
                let deviation = finite(f64::from(value) - self.means.users[user.index()]);
                near.push(Neighbor { similarity, deviation, position: user.get() });
            }
        }
        keep_nearest(near, self.limit);
    }

    fn score(&self, item: ItemIdx, near: &mut Vec<Neighbor>) -> f32 {
        self.neighbors(item, near);
        finite(self.mean + weighted_deviation(near))
    }

    /// Predicts the rating of one item.
    pub(in crate::algo) fn predict(&self, item: ItemIdx) -> f32 {
        self.score(item, &mut Vec::new())
    }
}

impl Scorer for UserBasedScorer<'_> {
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
        let n_items = self.data.n_items();
        assert_eq!(out.len(), candidates.count(n_items), "one place for each candidate");
        let mut near = Vec::new();
        match candidates {
            Candidates::All => {
                for (place, item) in out.iter_mut().zip((0..).map(ItemIdx::new)) {
                    *place = self.score(item, &mut near);
                }
            }
            Candidates::Only(items) => {
                for (place, &item) in out.iter_mut().zip(items.as_slice()) {
                    *place = self.score(item, &mut near);
                }
            }
        }
    }

    /// A neighbour's word is shared out over the items that make them a neighbour, in proportion to
    /// what each adds to the similarity's numerator.
    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
        let mut near = Vec::new();
        let score = self.score(item, &mut near);
        let total: f64 = near.iter().map(|near| near.similarity).sum();
        let mut parts = vec![0.0_f64; self.history.len()];
        for near in &near {
            let word = near.similarity * f64::from(near.deviation) / total;
            let share = word / self.products[near.position as usize];
            let theirs = self.data.user(UserIdx::new(near.position));
            for (part, (item, value)) in parts.iter_mut().zip(self.history.as_row().iter()) {
                if let Ok(at) = theirs.indices().binary_search(&item.get()) {
                    *part += share * f64::from(value) * f64::from(theirs.values()[at]);
                }
            }
        }
        let parts = self.history.as_row().iter().zip(parts).filter(|(_, part)| *part != 0.0);
        let parts = parts.map(|((cause, _), part)| {
            Contribution::new(ModelKind::UserKnn, Cause::Item(cause), finite(part))
        });
        Explanation::new(score, finite(self.mean), parts.collect(), limit)
    }
}
