//! Popularity from the items' counters: answers when no model can.

use super::catalog::Catalog;
use crate::types::Item;

/// What every item gets: nothing is hopeless, and no score is zero.
pub(super) const PRIOR: f64 = 0.1;
const INTERACTIONS_SHARE: f64 = 0.8;
const RATING_SHARE: f64 = 0.1;
/// The top of the range that ratings may have.
const BEST_RATING: f64 = 10.0;

/// A popularity taken apart; between [`PRIOR`] and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Popularity {
    /// 0.8 · ln(1 + events) / ln(1 + events of the busiest item).
    pub(super) interactions: f64,
    /// 0.1 · mean rating / 10.
    pub(super) rating: f64,
}

impl Popularity {
    pub(super) fn score(self) -> f64 {
        PRIOR + self.interactions + self.rating
    }
}

/// Scores one item by its counters.
pub(super) fn popularity(catalog: &Catalog, item: &Item) -> Popularity {
    let most = as_f64(catalog.most_interactions().max(1)).ln_1p();
    let share = (as_f64(item.interaction_count).ln_1p() / most).clamp(0.0, 1.0);
    let rating = item.average_rating().map_or(0.0, |mean| (mean / BEST_RATING).clamp(0.0, 1.0));
    Popularity { interactions: INTERACTIONS_SHARE * share, rating: RATING_SHARE * rating }
}

fn as_f64(count: u64) -> f64 {
    // Exact below 2^53.
    count as f64
}
