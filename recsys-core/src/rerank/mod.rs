//! After scoring: variety, quotas, boosts and calibration over a ranked pool.
//!
//! A pool is a ranked list that is longer than what is wanted (see [`pool_size`]). Each function here
//! picks `k` of its positions and returns them in their new order; it never returns fewer than
//! `min(k, pool)`, so nothing that happens after filtering makes a list shorter while there is something to
//! put on it. Scores are not changed by reordering; [`Boost`]s change them before, and say by how much.
//!
//! | | keeps | gives |
//! | --- | --- | --- |
//! | [`maximal_marginal_relevance`] | the best item first | lists whose items differ |
//! | [`with_quota`] | the order within each group | at most so many of a group |
//! | [`calibrated`] | relevance where it can | the user's own mix of groups |
//! | [`Boost`] | everything | new or popular items higher, and by how much |
//! | [`ProbabilityScale`] | the order | scores that read as probabilities |

mod boost;
mod calibration;
mod diversity;
mod probability;
mod quota;

pub use boost::{Boost, Standing};
pub use calibration::calibrated;
pub use diversity::maximal_marginal_relevance;
pub use probability::ProbabilityScale;
pub use quota::with_quota;

/// Returns how long a pool should be for a list of `k`: variety comes from the head of the ranking, not
/// from anywhere in the catalogue.
#[must_use]
pub fn pool_size(k: usize) -> usize {
    k.saturating_mul(4).clamp(50, 1000).max(k)
}
