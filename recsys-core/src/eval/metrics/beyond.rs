//! Novelty, popularity and serendipity of one list.

use crate::data::Interactions;
use crate::ids::ItemIdx;
use crate::query::ScoredItem;

/// How popular each item is in training.
#[derive(Clone, Debug)]
pub(in crate::eval) struct Popularities {
    users: usize,
    /// Number of users with the item, whatever they thought of it.
    degrees: Vec<usize>,
    /// Rank of each item by that number, from 1; equal ones by position.
    ranks: Vec<usize>,
}

impl Popularities {
    pub(in crate::eval) fn of(train: &Interactions) -> Self {
        let mut degrees = vec![0; train.n_items()];
        for &item in train.user_csr().indices {
            degrees[item as usize] += 1;
        }
        let mut order: Vec<usize> = (0..degrees.len()).collect();
        order.sort_by_key(|&item| (std::cmp::Reverse(degrees[item]), item));
        let mut ranks = vec![0; degrees.len()];
        for (rank, &item) in (1..).zip(&order) {
            ranks[item] = rank;
        }
        let active = train.users().iter().filter(|(user, _)| !train.user(*user).is_empty());
        Self { users: active.count(), degrees, ranks }
    }

    pub(in crate::eval) fn degree(&self, item: ItemIdx) -> usize {
        self.degrees[item.index()]
    }

    /// Mean of `-log2(users of the item / users)`; `None` for an empty list.
    pub(in crate::eval) fn novelty(&self, list: &[ScoredItem]) -> Option<f64> {
        let users = self.users.max(1) as f64;
        mean(list.iter().map(|hit| -(self.degree(hit.item).max(1) as f64 / users).log2()))
    }

    /// Mean number of users; `None` for an empty list.
    pub(in crate::eval) fn popularity(&self, list: &[ScoredItem]) -> Option<f64> {
        mean(list.iter().map(|hit| self.degree(hit.item) as f64))
    }

    /// Mean of how much higher hits stand than by popularity; `None` for an empty list.
    pub(in crate::eval) fn serendipity(
        &self,
        list: &[ScoredItem],
        relevant: &[ItemIdx],
    ) -> Option<f64> {
        let items = self.degrees.len() as f64;
        mean((1..).zip(list).map(|(rank, hit): (usize, _)| {
            if relevant.binary_search(&hit.item).is_err() {
                return 0.0;
            }
            let (popular, here) = (self.ranks[hit.item.index()] as f64, rank as f64);
            ((popular - here) / items).max(0.0)
        }))
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}
