//! Settings of item-based CF and their validation.

use serde::{Deserialize, Serialize};

use super::similarity::{Similarity, Weighting};
use crate::algo::Feedback;
use crate::param::{ParamError, require};

/// Which lists are cut to the strongest neighbours.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prune {
    /// Each item keeps the items it speaks for most. Right when the source exponent is the larger.
    Source,
    /// Each item keeps the items that speak most for it. Right for plain cosine.
    Target,
}

/// Settings of [`ItemKnn`].
///
/// The default similarity was chosen on held-out parts of two training sets, one of check-ins and one
/// of film ratings.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ItemKnnConfig {
    /// What the values mean. Default [`Feedback::Implicit`]; with ratings, `prune`, `similarity` and
    /// `weighting` have no effect.
    pub feedback: Feedback,
    /// Neighbours kept of each item; 1 to 1,000,000, or none to keep all, which may take memory in the
    /// square of the number of items. Default 100.
    pub neighbors: Option<u32>,
    /// Which side's lists are cut. Default [`Prune::Source`].
    pub prune: Prune,
    /// Similarities of pairs with `n` common users are multiplied by `n / (n + shrinkage)`. Default 10;
    /// 0 (off) to 1e6.
    pub shrinkage: f32,
    /// How co-occurrence becomes similarity. Default [`Similarity::rp3`] of 0.4.
    pub similarity: Similarity,
    /// How values are weighted before. Default [`Weighting::None`].
    pub weighting: Weighting,
}

impl Default for ItemKnnConfig {
    fn default() -> Self {
        Self {
            feedback: Feedback::Implicit,
            neighbors: Some(100),
            prune: Prune::Source,
            shrinkage: 10.0,
            similarity: Similarity::rp3(0.4),
            weighting: Weighting::None,
        }
    }
}

impl ItemKnnConfig {
    /// Plain cosine similarity without shrinkage, the strongest neighbours kept for each item of the answer.
    #[must_use]
    pub fn cosine() -> Self {
        Self {
            prune: Prune::Target,
            shrinkage: 0.0,
            similarity: Similarity::cosine(),
            ..Self::default()
        }
    }

    /// Prediction of ratings from the 40 most similar items of the history, without shrinkage:
    ///
    /// ```text
    /// sim(i, j) = Σ_u r_ui · r_uj / √(Σ_u r_ui² · Σ_u r_uj²)          over the users who rated both
    /// prediction(u, i) = mean_i + Σ_j sim(i, j) · (r_uj − mean_j) / Σ_j sim(i, j)
    /// ```
    ///
    /// as far as `sim` is above zero. It predicts what `KNNWithMeans` of Surprise does between items
    /// with cosine similarity. Similarities are computed when they are needed, so training is one pass.
    #[must_use]
    pub fn ratings() -> Self {
        Self { feedback: Feedback::Ratings, neighbors: Some(40), shrinkage: 0.0, ..Self::default() }
    }

    /// Sets what the values mean.
    #[must_use]
    pub fn with_feedback(mut self, feedback: Feedback) -> Self {
        self.feedback = feedback;
        self
    }

    /// Sets the number of neighbours; `None` keeps all.
    #[must_use]
    pub fn with_neighbors(mut self, neighbors: Option<u32>) -> Self {
        self.neighbors = neighbors;
        self
    }

    /// Sets which lists are cut.
    #[must_use]
    pub fn with_prune(mut self, prune: Prune) -> Self {
        self.prune = prune;
        self
    }

    /// Sets the shrinkage.
    #[must_use]
    pub fn with_shrinkage(mut self, shrinkage: f32) -> Self {
        self.shrinkage = shrinkage;
        self
    }

    /// Sets the similarity.
    #[must_use]
    pub fn with_similarity(mut self, similarity: Similarity) -> Self {
        self.similarity = similarity;
        self
    }

    /// Sets the weighting of values.
    #[must_use]
    pub fn with_weighting(mut self, weighting: Weighting) -> Self {
        self.weighting = weighting;
        self
    }
}

/// A validated trainer of [`ItemKnnModel`](super::ItemKnnModel).
#[derive(Clone, Debug)]
pub struct ItemKnn {
    config: ItemKnnConfig,
}

impl ItemKnn {
    /// Validates the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of its range.
    pub fn new(config: ItemKnnConfig) -> Result<Self, ParamError> {
        let exponent =
            |value: f32, name| require((0.0..=3.0).contains(&value), name, value, "0 to 3");
        if let Some(neighbors) = config.neighbors {
            let fits = (1..=1_000_000).contains(&neighbors);
            require(fits, "item_knn.neighbors", neighbors, "1 to 1,000,000, or none")?;
        }
        let shrinkage = config.shrinkage;
        let fits = (0.0..=1e6).contains(&shrinkage);
        require(fits, "item_knn.shrinkage", shrinkage, "0 to 1e6")?;
        let Similarity { user_exponent, source_exponent, target_exponent, power } =
            config.similarity;
        exponent(user_exponent, "item_knn.similarity.user_exponent")?;
        exponent(source_exponent, "item_knn.similarity.source_exponent")?;
        exponent(target_exponent, "item_knn.similarity.target_exponent")?;
        let fits = power > 0.0 && power <= 3.0;
        require(fits, "item_knn.similarity.power", power, "above 0, at most 3")?;
        if let Weighting::Bm25 { k1, b } = config.weighting {
            let fits = k1 > 0.0 && k1 <= 1e6;
            require(fits, "item_knn.weighting.k1", k1, "above 0, at most 1e6")?;
            require((0.0..=1.0).contains(&b), "item_knn.weighting.b", b, "0 to 1")?;
        }
        Ok(Self { config })
    }

    /// Returns the settings.
    #[must_use]
    pub fn config(&self) -> &ItemKnnConfig {
        &self.config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_out_of_range_is_named() {
        let named = |config: ItemKnnConfig| ItemKnn::new(config).expect_err("out of range").name();
        let base = ItemKnnConfig::default;
        assert_eq!(named(base().with_neighbors(Some(0))), "item_knn.neighbors");
        assert_eq!(named(base().with_shrinkage(-1.0)), "item_knn.shrinkage");
        let similarity = |source, user, target, power| {
            named(base().with_similarity(Similarity::new(source, user, target, power)))
        };
        assert_eq!(similarity(-1.0, 0.0, 0.0, 1.0), "item_knn.similarity.source_exponent");
        assert_eq!(similarity(0.0, f32::NAN, 0.0, 1.0), "item_knn.similarity.user_exponent");
        assert_eq!(similarity(0.0, 0.0, 9.0, 1.0), "item_knn.similarity.target_exponent");
        assert_eq!(similarity(0.0, 0.0, 0.0, 0.0), "item_knn.similarity.power");
        let bm25 = |k1, b| named(base().with_weighting(Weighting::Bm25 { k1, b }));
        assert_eq!(bm25(0.0, 0.5), "item_knn.weighting.k1");
        assert_eq!(bm25(1.2, 1.5), "item_knn.weighting.b");
    }

    #[test]
    fn json_keeps_every_setting_and_refuses_unknown_ones() {
        let config = ItemKnnConfig::cosine()
            .with_weighting(Weighting::Bm25 { k1: 1.2, b: 0.75 })
            .with_neighbors(None);
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<ItemKnnConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<ItemKnnConfig>(r#"{"k": 3}"#).is_err());
    }
}
