//! A history with its neighbours: a weighted sum of their rows.

use super::fit::within;
use super::model::UserKnnModel;
use crate::algo::item_knn::{Accumulator, Scaling};
use crate::algo::rows_scorer::WeightedRows;
use crate::data::History;
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{Cause, Contribution, Explanation, Model, ModelKind, Scorer};
use crate::query::Candidates;

/// Weights beyond this count like it, so that scores stay finite.
const LARGEST_WEIGHT: f32 = 1e18;

/// A history and the users that speak for it.
#[derive(Debug)]
pub(super) struct UserKnnScorer<'a> {
    model: &'a UserKnnModel,
    history: History,
    /// Ascending.
    neighbors: Vec<u32>,
    /// `W_uv`, above zero.
    weights: Vec<f32>,
}

impl<'a> UserKnnScorer<'a> {
    /// Finds the `limit` strongest neighbours of `history`.
    pub(super) fn new(model: &'a UserKnnModel, history: History, limit: Option<u32>) -> Self {
        let data = model.interactions();
        let likes = model.likes();
        let mut common = Accumulator::<1>::new(data.n_users());
        let mut is_known = vec![false; data.n_items()];
        for (item, value) in history.as_row().iter().filter(|(_, value)| *value > 0.0) {
            is_known[item.index()] = true;
            let (users, values) = likes.likers.row(item.index());
            common.add(within(value) * likes.item_factors[item.index()], users, values);
        }
        let power = model.config().similarity.power;
        let scaling = Scaling {
            row: 1.0,
            others: &likes.user_factors,
            power: (power - 1.0).abs().gt(&0.0).then_some(power),
            shrinkage: 0.0,
        };
        let adds_nothing = |user: u32| {
            let mut row = data.user(UserIdx::new(user)).iter();
            row.all(|(item, value)| value < 0.0 || is_known[item.index()])
        };
        let (mut neighbors, mut weights) = (Vec::new(), Vec::new());
        let limit = limit.map(|limit| limit as usize);
        common.take_row(adds_nothing, scaling, limit, &mut neighbors, &mut weights);
        for weight in &mut weights {
            *weight = weight.min(LARGEST_WEIGHT);
        }
        Self { model, history, neighbors, weights }
    }

    #[cfg(test)]
    pub(super) fn weights(&self) -> &[f32] {
        &self.weights
    }

    fn rows(&self) -> WeightedRows<'_> {
        WeightedRows {
            rows: &self.neighbors,
            weights: &self.weights,
            matrix: self.model.interactions().user_csr(),
        }
    }
}

impl Scorer for UserKnnScorer<'_> {
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]) {
        self.rows().score_into(candidates, out);
        let factors = &self.model.likes().target_factors;
        match candidates {
            Candidates::All => {
                for (score, factor) in out.iter_mut().zip(factors) {
                    *score *= factor;
                }
            }
            Candidates::Only(items) => {
                for (score, item) in out.iter_mut().zip(items.as_slice()) {
                    *score *= factors[item.index()];
                }
            }
        }
    }

    /// A neighbour's word is shared out over the items in common, in proportion to what each adds to
    /// the sum that makes them a neighbour.
    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation {
        let likes = self.model.likes();
        let data = self.model.interactions();
        let factor = likes.target_factors[item.index()];
        let liked: Vec<(ItemIdx, f32)> = self.history.as_row().iter().collect();
        let own: Vec<f64> = liked
            .iter()
            .map(|&(item, value)| {
                f64::from(within(value)) * f64::from(likes.item_factors[item.index()])
            })
            .collect();
        let mut parts = vec![0.0_f64; liked.len()];
        let mut shares = vec![0.0_f64; liked.len()];
        for (neighbor, word) in self.rows().parts(item) {
            let theirs = data.user(UserIdx::new(neighbor));
            for ((share, own), &(item, value)) in shares.iter_mut().zip(&own).zip(&liked) {
                let their = match theirs.indices().binary_search(&item.get()) {
                    Ok(at) if value > 0.0 && theirs.values()[at] > 0.0 => theirs.values()[at],
                    _ => {
                        *share = 0.0;
                        continue;
                    }
                };
                *share = own * f64::from(within(their));
            }
            let whole = f64::from(word) * f64::from(factor) / shares.iter().sum::<f64>();
            for (part, share) in parts.iter_mut().zip(&shares) {
                *part += whole * share;
            }
        }
        let named = liked.into_iter().zip(parts).filter(|(_, part)| *part != 0.0);
        #[expect(clippy::cast_possible_truncation, reason = "a part of an f32 score")]
        let named = named.map(|((cause, _), part)| {
            Contribution::new(ModelKind::UserKnn, Cause::Item(cause), part as f32)
        });
        Explanation::new(self.rows().score(item) * factor, 0.0, named.collect(), limit)
    }
}
