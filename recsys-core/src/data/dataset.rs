//! What an algorithm trains on: interactions, when they happened, and what is known of the items.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{DataError, Interactions, Timestamp};

/// What is known of one item apart from who liked it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ItemFeatures {
    /// Title, description and tags, one after the other.
    pub text: String,
    /// Categories it belongs to, in any order.
    pub categories: Vec<String>,
    /// Measurements by name, as a price or a year. Those that are not finite count as missing.
    pub numbers: BTreeMap<String, f64>,
}

impl ItemFeatures {
    /// Starts with a text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Adds a category.
    #[must_use]
    pub fn with_category(mut self, category: impl Into<String>) -> Self {
        self.categories.push(category.into());
        self
    }

    /// Adds a measurement.
    #[must_use]
    pub fn with_number(mut self, name: impl Into<String>, value: f64) -> Self {
        self.numbers.insert(name.into(), value);
        self
    }

    /// Returns whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty() && self.categories.is_empty() && self.numbers.is_empty()
    }
}

/// Interactions and what goes with them. Cloning shares the data.
///
/// Most algorithms need the interactions only, so `fit` takes those as well.
///
/// # Examples
///
/// ```
/// use recsys_core::data::{Aggregation, Dataset, InteractionLog, ItemFeatures};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut log = InteractionLog::new();
/// log.push("ann", "tea", "purchase", 1.0, None)?;
/// let interactions = log.to_interactions(&Aggregation::default())?;
/// let data = Dataset::new(interactions).with_features(vec![ItemFeatures::text("green tea")])?;
/// assert_eq!(data.features().map(<[_]>::len), Some(1));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Dataset {
    interactions: Interactions,
    features: Option<Arc<[ItemFeatures]>>,
    times: Option<Arc<[Timestamp]>>,
}

impl Dataset {
    /// Wraps interactions of which nothing else is known.
    #[must_use]
    pub fn new(interactions: Interactions) -> Self {
        Self { interactions, features: None, times: None }
    }

    /// Adds what is known of the items, one entry for each column.
    ///
    /// # Errors
    ///
    /// [`DataError::Structure`] when there is not one entry for each item.
    pub fn with_features(
        mut self,
        features: impl Into<Arc<[ItemFeatures]>>,
    ) -> Result<Self, DataError> {
        let features = features.into();
        if features.len() != self.interactions.n_items() {
            return Err(DataError::Structure("there are not features for each item"));
        }
        self.features = Some(features);
        Ok(self)
    }

    /// Adds when each entry of the matrix last happened, in the order of
    /// [`Interactions::user_csr`].
    ///
    /// # Errors
    ///
    /// [`DataError::Structure`] when there is not one time for each entry.
    pub fn with_times(mut self, times: impl Into<Arc<[Timestamp]>>) -> Result<Self, DataError> {
        let times = times.into();
        if times.len() != self.interactions.nnz() {
            return Err(DataError::Structure("there is not one time for each entry"));
        }
        self.times = Some(times);
        Ok(self)
    }

    /// Returns the interactions.
    #[must_use]
    pub fn interactions(&self) -> &Interactions {
        &self.interactions
    }

    /// Returns what is known of the items, by position.
    #[must_use]
    pub fn features(&self) -> Option<&[ItemFeatures]> {
        self.features.as_deref()
    }

    /// Returns when each entry last happened, in the order of [`Interactions::user_csr`].
    #[must_use]
    pub fn times(&self) -> Option<&[Timestamp]> {
        self.times.as_deref()
    }
}

impl From<Interactions> for Dataset {
    fn from(interactions: Interactions) -> Self {
        Self::new(interactions)
    }
}

impl From<&Interactions> for Dataset {
    fn from(interactions: &Interactions) -> Self {
        Self::new(interactions.clone())
    }
}

impl From<&Self> for Dataset {
    fn from(data: &Self) -> Self {
        data.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixtures::matrix;

    #[test]
    fn what_does_not_fit_the_matrix_is_refused() {
        let data = Dataset::from(&matrix(2, 3, [(0, 0, 1.0), (1, 2, 1.0)]));
        assert!(data.clone().with_features(vec![ItemFeatures::default(); 2]).is_err());
        assert!(data.clone().with_features(vec![ItemFeatures::default(); 3]).is_ok());
        assert!(data.clone().with_times(vec![Timestamp(1)]).is_err());
        assert!(data.with_times(vec![Timestamp(1); 2]).is_ok());
    }
}
