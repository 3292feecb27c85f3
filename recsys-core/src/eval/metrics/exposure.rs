//! How lists together spread over the catalogue.

use crate::query::ScoredItem;

/// How often each item of the catalogue is listed.
#[derive(Clone, Debug)]
pub(in crate::eval) struct Exposure {
    counts: Vec<u64>,
}

impl Exposure {
    /// Counts the first `k` items of every list; the catalogue has `n_items`.
    pub(in crate::eval) fn of<'a>(
        lists: impl Iterator<Item = &'a [ScoredItem]>,
        k: usize,
        n_items: usize,
    ) -> Self {
        let mut counts = vec![0; n_items];
        for list in lists {
            for hit in &list[..k.min(list.len())] {
                counts[hit.item.index()] += 1;
            }
        }
        Self { counts }
    }

    /// Share of the catalogue that is listed at least once.
    pub(in crate::eval) fn coverage(&self) -> f64 {
        let listed = self.counts.iter().filter(|&&count| count > 0).count();
        listed as f64 / self.counts.len().max(1) as f64
    }

    /// `Σ (2i - n - 1) xᵢ / (n Σ x)` over the ascending counts: 0 when all items are listed equally
    /// often, towards 1 when few are. 0 when nothing is listed.
    pub(in crate::eval) fn gini(&self) -> f64 {
        let mut ascending = self.counts.clone();
        ascending.sort_unstable();
        let (n, total) = (ascending.len() as f64, ascending.iter().sum::<u64>() as f64);
        let places = (1_u32..).map(f64::from).zip(&ascending);
        let sum: f64 = places.map(|(place, &count)| (2.0 * place - n - 1.0) * count as f64).sum();
        if total > 0.0 { sum / (n * total) } else { 0.0 }
    }

    /// `-Σ s log2 s` over the items' shares of all places; 0 when nothing is listed.
    pub(in crate::eval) fn entropy(&self) -> f64 {
        let total = self.counts.iter().sum::<u64>() as f64;
        let shares =
            self.counts.iter().filter(|&&count| count > 0).map(|&count| count as f64 / total);
        shares.map(|share| -share * share.log2()).sum()
    }
}
