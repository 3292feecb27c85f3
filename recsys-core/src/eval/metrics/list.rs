//! Metrics of one list against the relevant items.

use super::{
    Conventions, Discount, IdealList, MapDenominator, PrecisionDenominator, RecallDenominator,
};
use crate::ids::ItemIdx;
use crate::query::ScoredItem;

/// Where a list hits.
#[derive(Clone, Debug)]
pub(in crate::eval) struct Hits {
    /// Ranks of the relevant items in the list, from 1, ascending.
    ranks: Vec<usize>,
    /// Number of relevant items, at least 1.
    relevant: usize,
    /// Length of the list.
    listed: usize,
}

impl Hits {
    /// Finds the hits of `list` among the ascending items `relevant`, which are not empty.
    pub(in crate::eval) fn of(list: &[ScoredItem], relevant: &[ItemIdx]) -> Self {
        debug_assert!(!relevant.is_empty(), "somebody without relevant items is not measured");
        let ranked = (1..).zip(list).filter(|(_, hit)| relevant.binary_search(&hit.item).is_ok());
        let ranks = ranked.map(|(rank, _)| rank).collect();
        Self { ranks, relevant: relevant.len(), listed: list.len() }
    }

    /// The ranks up to `k`.
    pub(in crate::eval) fn ranks(&self, k: usize) -> &[usize] {
        &self.ranks[..self.ranks.partition_point(|&rank| rank <= k)]
    }

    pub(in crate::eval) fn precision(&self, k: usize, how: &Conventions) -> f64 {
        let of = match how.precision {
            PrecisionDenominator::Length => k,
            PrecisionDenominator::Listed => k.min(self.listed),
        };
        ratio(self.ranks(k).len(), of)
    }

    pub(in crate::eval) fn recall(&self, k: usize, how: &Conventions) -> f64 {
        let of = match how.recall {
            RecallDenominator::Achievable => k.min(self.relevant),
            RecallDenominator::Relevant => self.relevant,
        };
        ratio(self.ranks(k).len(), of)
    }

    pub(in crate::eval) fn f_beta(&self, k: usize, how: &Conventions) -> f64 {
        let (precision, recall) = (self.precision(k, how), self.recall(k, how));
        let square = how.beta * how.beta;
        let below = square * precision + recall;
        if below > 0.0 { (1.0 + square) * precision * recall / below } else { 0.0 }
    }

    pub(in crate::eval) fn hit_rate(&self, k: usize) -> f64 {
        if self.ranks(k).is_empty() { 0.0 } else { 1.0 }
    }

    pub(in crate::eval) fn reciprocal_rank(&self, k: usize) -> f64 {
        self.ranks(k).first().map_or(0.0, |&rank| ratio(1, rank))
    }

    pub(in crate::eval) fn average_precision(&self, k: usize, how: &Conventions) -> f64 {
        let of = match how.map {
            MapDenominator::Achievable => k.min(self.relevant),
            MapDenominator::Length => k,
            MapDenominator::Listed => self.relevant.min(self.listed.min(k)),
            MapDenominator::Relevant => self.relevant,
        };
        let precisions = (1..).zip(self.ranks(k)).map(|(hits, &rank)| ratio(hits, rank));
        let sum: f64 = precisions.sum();
        if of == 0 { 0.0 } else { sum / of as f64 }
    }

    pub(in crate::eval) fn ndcg(&self, k: usize, how: &Conventions) -> f64 {
        let weight = |rank: usize| match how.discount {
            Discount::Log2 => 1.0 / ((rank + 1) as f64).log2(),
            Discount::Log2FromSecond => 1.0 / (rank.max(2) as f64).log2(),
        };
        let ideal = match how.ideal {
            IdealList::Achievable => k.min(self.relevant),
            IdealList::Full => k,
        };
        let best: f64 = (1..=ideal).map(weight).sum();
        let gained: f64 = self.ranks(k).iter().map(|&rank| weight(rank)).sum();
        if best > 0.0 { gained / best } else { 0.0 }
    }

    /// Precision at the number of relevant items, of which the list may show `longest` at most.
    pub(in crate::eval) fn r_precision(&self, longest: usize) -> f64 {
        let k = self.relevant.min(longest);
        ratio(self.ranks(k).len(), k)
    }
}

fn ratio(count: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}
