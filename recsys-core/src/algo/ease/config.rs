//! Settings of the linear autoencoders and their validation.

use serde::{Deserialize, Serialize};

use crate::param::{ParamError, require};

/// Whether an item may predict itself.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Diagonal {
    /// It may: ridge regression.
    Free,
    /// It may not: EASE.
    #[default]
    Zero,
}

/// Settings of [`Ease`].
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EaseConfig {
    /// Whether an item may predict itself. Default [`Diagonal::Zero`].
    pub diagonal: Diagonal,
    /// Chance that an entry is hidden from the model, to be predicted from the rest; 0 to 0.99.
    /// Default 0.5.
    pub dropout: f32,
    /// Damps popular items in the answer and favours them in the history; -1 to 1. Default 0.
    pub item_exponent: f32,
    /// Weights kept of each item, the largest in magnitude; 1 to 1,000,000, or none to keep all, which
    /// takes `8 · items²` bytes. Default 500.
    pub neighbors: Option<u32>,
    /// Penalty on squared weights; above 0, at most 1e9. Default 20.
    pub regularization: f32,
    /// Damps users with many items; 0 to 2. Default 0.3.
    pub user_exponent: f32,
}

impl Default for EaseConfig {
    fn default() -> Self {
        Self {
            diagonal: Diagonal::Zero,
            dropout: 0.5,
            item_exponent: 0.0,
            neighbors: Some(500),
            regularization: 20.0,
            user_exponent: 0.3,
        }
    }
}

impl EaseConfig {
    /// EASE as published: a penalty and a zero diagonal, nothing else.
    #[must_use]
    pub fn published(regularization: f32) -> Self {
        Self { dropout: 0.0, regularization, user_exponent: 0.0, ..Self::default() }
    }

    /// Sets whether an item may predict itself.
    #[must_use]
    pub fn with_diagonal(mut self, diagonal: Diagonal) -> Self {
        self.diagonal = diagonal;
        self
    }

    /// Sets the dropout.
    #[must_use]
    pub fn with_dropout(mut self, dropout: f32) -> Self {
        self.dropout = dropout;
        self
    }

    /// Sets the exponent of items.
    #[must_use]
    pub fn with_item_exponent(mut self, exponent: f32) -> Self {
        self.item_exponent = exponent;
        self
    }

    /// Sets how many weights an item keeps; `None` keeps all.
    #[must_use]
    pub fn with_neighbors(mut self, neighbors: Option<u32>) -> Self {
        self.neighbors = neighbors;
        self
    }

    /// Sets the penalty.
    #[must_use]
    pub fn with_regularization(mut self, regularization: f32) -> Self {
        self.regularization = regularization;
        self
    }

    /// Sets the exponent of users.
    #[must_use]
    pub fn with_user_exponent(mut self, exponent: f32) -> Self {
        self.user_exponent = exponent;
        self
    }
}

/// A validated trainer of [`EaseModel`](super::EaseModel).
#[derive(Clone, Debug)]
pub struct Ease {
    config: EaseConfig,
}

impl Ease {
    /// Validates the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of its range.
    pub fn new(config: EaseConfig) -> Result<Self, ParamError> {
        let EaseConfig { dropout, item_exponent, regularization, user_exponent, .. } = config;
        require((0.0..=0.99).contains(&dropout), "ease.dropout", dropout, "0 to 0.99")?;
        let fits = (-1.0..=1.0).contains(&item_exponent);
        require(fits, "ease.item_exponent", item_exponent, "-1 to 1")?;
        if let Some(neighbors) = config.neighbors {
            let fits = (1..=1_000_000).contains(&neighbors);
            require(fits, "ease.neighbors", neighbors, "1 to 1,000,000, or none")?;
        }
        let fits = regularization > 0.0 && regularization <= 1e9;
        require(fits, "ease.regularization", regularization, "above 0, at most 1e9")?;
        let fits = (0.0..=2.0).contains(&user_exponent);
        require(fits, "ease.user_exponent", user_exponent, "0 to 2")?;
        Ok(Self { config })
    }

    /// Returns the settings.
    #[must_use]
    pub fn config(&self) -> &EaseConfig {
        &self.config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_out_of_range_is_named() {
        let named = |config: EaseConfig| Ease::new(config).expect_err("out of range").name();
        let base = EaseConfig::default;
        assert_eq!(named(base().with_dropout(1.0)), "ease.dropout");
        assert_eq!(named(base().with_item_exponent(f32::NAN)), "ease.item_exponent");
        assert_eq!(named(base().with_neighbors(Some(0))), "ease.neighbors");
        assert_eq!(named(base().with_regularization(0.0)), "ease.regularization");
        assert_eq!(named(base().with_user_exponent(3.0)), "ease.user_exponent");
    }

    #[test]
    fn json_keeps_every_setting_and_refuses_unknown_ones() {
        let config = EaseConfig::published(80.0).with_diagonal(Diagonal::Free).with_neighbors(None);
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<EaseConfig>(&text).unwrap(), config);
        assert!(serde_json::from_str::<EaseConfig>(r#"{"lambda": 3}"#).is_err());
    }
}
