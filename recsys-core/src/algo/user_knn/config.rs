//! Settings of user-based CF and their validation.

use serde::{Deserialize, Serialize};

use crate::algo::Feedback;
use crate::param::{ParamError, require};

/// Exponents that say how what users have in common becomes weight; see the [module](super).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct UserSimilarity {
    /// Damps popular items in the history; 0 to 3.
    pub item_exponent: f32,
    /// Damps neighbours with many items; 0 to 3.
    pub neighbor_exponent: f32,
    /// Damps popular items in the answer; 0 to 3.
    pub target_exponent: f32,
    /// Power of what users have in common; above 0, at most 3.
    pub power: f32,
}

impl UserSimilarity {
    /// Sets all exponents.
    #[must_use]
    pub const fn new(
        item_exponent: f32,
        neighbor_exponent: f32,
        target_exponent: f32,
        power: f32,
    ) -> Self {
        Self { item_exponent, neighbor_exponent, target_exponent, power }
    }

    /// Ranks like the cosine of the users' rows.
    #[must_use]
    pub const fn cosine() -> Self {
        Self::new(0.0, 0.5, 0.0, 1.0)
    }

    /// Rare items in common count far more than popular ones, and more of them more than in
    /// proportion.
    #[must_use]
    pub const fn long_tail() -> Self {
        Self::new(0.7, 1.0, 0.1, 1.25)
    }
}

/// Settings of [`UserKnn`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserKnnConfig {
    /// What the values mean. Default [`Feedback::Implicit`].
    pub feedback: Feedback,
    /// Users with fewer likes (or ratings) are nobody's neighbours; 1 to 1,000,000. Default 5.
    pub min_interactions: u32,
    /// Neighbours of a user, or with ratings of a user and an item; 1 to 1,000,000, or none for all.
    /// Default 50.
    pub neighbors: Option<u32>,
    /// How much a neighbour weighs; without effect on ratings. Default (0.5, 0.7, 0.1, 1.25), chosen for
    /// 50 neighbours on held-out parts of two training sets, one of check-ins and one of film ratings.
    pub similarity: UserSimilarity,
}

impl Default for UserKnnConfig {
    fn default() -> Self {
        Self {
            feedback: Feedback::Implicit,
            min_interactions: 5,
            neighbors: Some(50),
            similarity: UserSimilarity::new(0.5, 0.7, 0.1, 1.25),
        }
    }
}

impl UserKnnConfig {
    /// Many neighbours and [`UserSimilarity::long_tail`]: the best known on check-ins, behind the default
    /// where people share most of what they like.
    #[must_use]
    pub fn long_tail() -> Self {
        Self::default().with_neighbors(Some(400)).with_similarity(UserSimilarity::long_tail())
    }

    /// Prediction of ratings from 40 neighbours, whoever has rated anything:
    ///
    /// ```text
    /// sim(u, v) = Σ_i r_ui · r_vi / √(Σ_i r_ui² · Σ_i r_vi²)          over the items both have rated
    /// prediction(u, i) = mean_u + Σ_v sim(u, v) · (r_vi − mean_v) / Σ_v sim(u, v)
    /// ```
    ///
    /// over the most similar users who have rated the item, as far as `sim` is above zero. It predicts
    /// what `KNNWithMeans` of Surprise does with its defaults and cosine similarity.
    #[must_use]
    pub fn ratings() -> Self {
        Self {
            feedback: Feedback::Ratings,
            min_interactions: 1,
            neighbors: Some(40),
            ..Self::default()
        }
    }

    /// Sets what the values mean.
    #[must_use]
    pub fn with_feedback(mut self, feedback: Feedback) -> Self {
        self.feedback = feedback;
        self
    }

    /// Sets how many likes a neighbour must have.
    #[must_use]
    pub fn with_min_interactions(mut self, least: u32) -> Self {
        self.min_interactions = least;
        self
    }

    /// Sets the number of neighbours; `None` takes all.
    #[must_use]
    pub fn with_neighbors(mut self, neighbors: Option<u32>) -> Self {
        self.neighbors = neighbors;
        self
    }

    /// Sets how much a neighbour weighs.
    #[must_use]
    pub fn with_similarity(mut self, similarity: UserSimilarity) -> Self {
        self.similarity = similarity;
        self
    }
}

/// A validated trainer of [`UserKnnModel`](super::UserKnnModel).
#[derive(Clone, Debug)]
pub struct UserKnn {
    config: UserKnnConfig,
}

impl UserKnn {
    /// Validates the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of its range.
    pub fn new(config: UserKnnConfig) -> Result<Self, ParamError> {
        let exponent =
            |value: f32, name| require((0.0..=3.0).contains(&value), name, value, "0 to 3");
        let least = config.min_interactions;
        let fits = (1..=1_000_000).contains(&least);
        require(fits, "user_knn.min_interactions", least, "1 to 1,000,000")?;
        if let Some(neighbors) = config.neighbors {
            let fits = (1..=1_000_000).contains(&neighbors);
            require(fits, "user_knn.neighbors", neighbors, "1 to 1,000,000, or none")?;
        }
        let UserSimilarity { item_exponent, neighbor_exponent, target_exponent, power } =
            config.similarity;
        exponent(item_exponent, "user_knn.similarity.item_exponent")?;
        exponent(neighbor_exponent, "user_knn.similarity.neighbor_exponent")?;
        exponent(target_exponent, "user_knn.similarity.target_exponent")?;
        let fits = power > 0.0 && power <= 3.0;
        require(fits, "user_knn.similarity.power", power, "above 0, at most 3")?;
        Ok(Self { config })
    }

    /// Returns the settings.
    #[must_use]
    pub fn config(&self) -> &UserKnnConfig {
        &self.config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_out_of_range_is_named() {
        let named = |config: UserKnnConfig| UserKnn::new(config).expect_err("out of range").name();
        let base = UserKnnConfig::default;
        assert_eq!(named(base().with_neighbors(Some(0))), "user_knn.neighbors");
        assert_eq!(named(base().with_min_interactions(0)), "user_knn.min_interactions");
        let similarity = |item, neighbor, target, power| {
            named(base().with_similarity(UserSimilarity::new(item, neighbor, target, power)))
        };
        assert_eq!(similarity(-1.0, 0.0, 0.0, 1.0), "user_knn.similarity.item_exponent");
        assert_eq!(similarity(0.0, f32::NAN, 0.0, 1.0), "user_knn.similarity.neighbor_exponent");
        assert_eq!(similarity(0.0, 0.0, 9.0, 1.0), "user_knn.similarity.target_exponent");
        assert_eq!(similarity(0.0, 0.0, 0.0, 0.0), "user_knn.similarity.power");
    }

    #[test]
    fn json_keeps_every_setting_and_refuses_unknown_ones() {
        let config = UserKnnConfig::long_tail().with_feedback(Feedback::Ratings);
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<UserKnnConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<UserKnnConfig>(r#"{"k": 3}"#).is_err());
    }
}
