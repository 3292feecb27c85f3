//! Settings of content-based filtering and their validation.

use serde::{Deserialize, Serialize};

use crate::features::{TfIdf, TfIdfConfig};
use crate::param::{ParamError, require};

/// Settings of [`Content`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ContentConfig {
    /// Weight of the categories, 0 to 1,000. Default 0.3.
    pub category_weight: f32,
    /// Measurements used, those that the most items have; 0 to 1,024. Default 64.
    pub max_numbers: u32,
    /// Weight of the measurements, 0 to 1,000. Default 0.1.
    pub number_weight: f32,
    /// Whether blocks are scaled by their weight instead of its root, and the whole brought to length 1
    /// again: then cosines are weighted by the squares of the weights. Default false.
    pub scale_by_weight: bool,
    /// How texts become terms.
    pub text: TfIdfConfig,
    /// Weight of the text, 0 to 1,000. Default 0.6. One weight at least must be above 0.
    pub text_weight: f32,
}

/// A validated trainer of [`ContentModel`](super::ContentModel).
#[derive(Clone, Debug)]
pub struct Content {
    config: ContentConfig,
    text: TfIdf,
}

impl Content {
    /// Validates the settings.
    ///
    /// # Errors
    ///
    /// [`ParamError`] names the setting that is out of range.
    pub fn new(config: ContentConfig) -> Result<Self, ParamError> {
        let weights = [
            ("content.category_weight", config.category_weight),
            ("content.number_weight", config.number_weight),
            ("content.text_weight", config.text_weight),
        ];
        for (name, weight) in weights {
            require((0.0..=1_000.0).contains(&weight), name, weight, "0 to 1000")?;
        }
        let sum: f32 = weights.iter().map(|(_, weight)| weight).sum();
        require(
            sum >= 1e-3,
            "content.text_weight",
            config.text_weight,
            "a sum of weights above 0.001",
        )?;
        let numbers = config.max_numbers;
        require(numbers <= 1_024, "content.max_numbers", numbers, "0 to 1024")?;
        let text = TfIdf::new(config.text.clone())?;
        Ok(Self { config, text })
    }

    /// Returns the settings.
    #[must_use]
    pub fn config(&self) -> &ContentConfig {
        &self.config
    }

    pub(super) fn text(&self) -> &TfIdf {
        &self.text
    }
}

impl ContentConfig {
    /// Sets the weights of text, categories and measurements.
    #[must_use]
    pub fn with_weights(mut self, text: f32, categories: f32, numbers: f32) -> Self {
        (self.text_weight, self.category_weight, self.number_weight) = (text, categories, numbers);
        self
    }

    /// Sets how texts become terms.
    #[must_use]
    pub fn with_text(mut self, text: TfIdfConfig) -> Self {
        self.text = text;
        self
    }

    /// Sets how many measurements are used.
    #[must_use]
    pub fn with_max_numbers(mut self, max_numbers: u32) -> Self {
        self.max_numbers = max_numbers;
        self
    }

    /// Sets whether blocks are scaled by their weight instead of its root.
    #[must_use]
    pub fn with_scale_by_weight(mut self, scale_by_weight: bool) -> Self {
        self.scale_by_weight = scale_by_weight;
        self
    }
}

impl Default for ContentConfig {
    fn default() -> Self {
        Self {
            category_weight: 0.3,
            max_numbers: 64,
            number_weight: 0.1,
            scale_by_weight: false,
            text: TfIdfConfig::default(),
            text_weight: 0.6,
        }
    }
}
