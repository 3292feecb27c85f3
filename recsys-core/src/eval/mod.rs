//! How good a model is on events it has not seen.
//!
//! [`split_by_time`] cuts a log at a moment; [`rank_and_measure`] ranks every item that a user has
//! not seen in training, over the full catalogue, and measures the list against what the user did
//! afterwards.
//!
//! Definitions are those of the LightGCN line of papers: with `T` held-out items of a user and hits
//! at ranks `p ≤ k`, recall is `hits / T`, precision `hits / k`, hit rate whether there is a hit,
//! NDCG `Σ_hits 1/log2(p + 1)` over the same sum for the ideal list of `min(k, T)` hits, and MRR
//! `1 / rank` of the first hit. Each is the mean over the users who have held-out items.

mod ranking;
mod split;

pub use ranking::{HeldOut, RankingReport, rank_and_measure};
pub use split::{TimeSplit, split_by_time};
