//! How sure a figure is, and whether two systems differ.
//!
//! Users are what is sampled: figures of one user hang together, those of two do not. So intervals come
//! from drawing users again ([`bootstrap()`]), and tests compare two systems user by user
//! ([`permutation_test`], [`paired_t_test`], [`wilcoxon_signed_rank`]). Who makes several tests
//! corrects them with [`holm`].
//!
//! References: Efron & Tibshirani, *An Introduction to the Bootstrap* (1993); Smucker, Allan & Carterette,
//! *A comparison of statistical significance tests for information retrieval evaluation* (CIKM 2007);
//! Holm, *A simple sequentially rejective multiple test procedure* (1979).

mod bootstrap;
mod paired;
mod sample;
mod special;

pub use bootstrap::{Bootstrap, Interval, bootstrap};
pub use paired::{TTest, holm, paired_t_test, permutation_test, wilcoxon_signed_rank};
pub use sample::Sample;

#[cfg(test)]
mod tests;
