//! Content-based filtering: items that are described like those a user liked.
//!
//! Each item is a vector of three blocks, text (TF-IDF), categories and numbers, each of length 1:
//!
//! ```text
//! x_i = (√w_text · t_i, √w_categories · c_i, √w_numbers · n_i)
//! p_u = Σ_i r_ui · x_i
//! score(u, j) = cos(p_u, x_j)
//! ```
//!
//! With the roots, the cosine of two items is the weighted mean of their blocks' cosines. The weights are
//! divided by the sum of those of the blocks that the item has, so every described item has unit length.
//! Nothing is ever dense but the vector of one user: items are sparse rows, and scoring all items walks
//! the lists of items of the profile's features (an inverted index). Dislikes (negative values) count
//! against what they share. Items without events are scored like any other, and items that were not there
//! in training can be scored by what is known of them.
//!
//! A score is a sum over shared features, so an explanation names each one's share.
//!
//! Training costs one pass over the texts; a query adds the lists of the features of the history's items,
//! at most all stored values.
//!
//! # Examples
//!
//! ```
//! use recsys_core::ItemIdx;
//! use recsys_core::algo::content::{Content, ContentConfig};
//! use recsys_core::data::{Dataset, History, ItemFeatures};
//! use recsys_core::model::Model;
//! use recsys_core::prelude::*;
//! # use recsys_core::data::{Aggregation, InteractionLog};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut log = InteractionLog::new();
//! # log.push("ann", "green", "purchase", 1.0, None)?;
//! # log.push("ben", "hammer", "purchase", 1.0, None)?;
//! # let interactions = log.to_interactions(&Aggregation::default())?;
//! let features = vec![ItemFeatures::text("green tea"), ItemFeatures::text("claw hammer")];
//! let data = Dataset::new(interactions).with_features(features)?;
//! let model = Content::new(ContentConfig::default())?.fit(&data)?;
//!
//! // Items that appear after training are placed by what is known of them.
//! let likes_tea: History = [(ItemIdx::new(0), 1.0)].into_iter().collect();
//! let new = [ItemFeatures::text("black tea"), ItemFeatures::text("sledge hammer")];
//! let scores = model.as_cold_items().expect("it goes by content").score_features(&likes_tea, &new)?;
//! assert!(scores[0] > scores[1]);
//! # Ok(())
//! # }
//! ```
//!
//! # References
//!
//! * M. J. Pazzani, D. Billsus: *Content-based recommendation systems*, The Adaptive Web 2007.
//! * J. J. Rocchio: *Relevance feedback in information retrieval*, The SMART Retrieval System 1971, for the
//!   profile as a weighted sum.
//!
//! We differ in scaling blocks by the root of their weight: pipelines that multiply by the weight itself
//! weigh cosines by its square ([`ContentConfig::scale_by_weight`] does the same).

mod blocks;
mod compact;
mod config;
mod encode;
mod fit;
mod model;
mod scorer;
#[cfg(test)]
mod tests;

pub use compact::CompactVectors;
pub use config::{Content, ContentConfig};
pub use model::ContentModel;
