//! Scores moved by what is known of the items: popularity, freshness, or anything an application has.

use serde::{Deserialize, Serialize};

/// A wish about which items should stand higher or lower, relative to the spread of the scores: a
/// strength of 0.5 moves the item that has most of it up by half a standard deviation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Boost {
    /// By `2^(-age / half_life)`: an item of age 0 gets the whole strength.
    Freshness {
        /// In standard deviations; negative prefers old items.
        strength: f64,
        /// Age at which the boost has halved, in days; above 0.
        half_life_days: f64,
    },
    /// By `ln(1 + people) / ln(1 + most people)`: the most popular item gets the whole strength.
    Popularity {
        /// In standard deviations; negative prefers what few know.
        strength: f64,
    },
}

/// Where an item stands: what boosts go by.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "callers construct it")]
pub struct Standing {
    /// Days since it appeared; none where that is not known, and then no freshness boost.
    pub age_days: Option<f64>,
    /// People who like it.
    pub people: f64,
}

impl Boost {
    /// Returns how much the boost adds to each of `scores`, in their order; zeros when the scores are all
    /// the same or there are none.
    ///
    /// # Panics
    ///
    /// When there is not one entry of `known` for each score.
    ///
    /// # Examples
    ///
    /// ```
    /// use recsys_core::rerank::{Boost, Standing};
    ///
    /// let known = [Standing { age_days: Some(0.0), people: 3.0 }, Standing { age_days: Some(7.0), people: 9.0 }];
    /// let boost = Boost::Freshness { strength: 1.0, half_life_days: 7.0 };
    /// // The deviation of these scores is 1.
    /// assert_eq!(boost.added(&[1.0, 3.0], &known), [1.0, 0.5]);
    /// ```
    #[must_use]
    pub fn added(self, scores: &[f64], known: &[Standing]) -> Vec<f64> {
        assert_eq!(scores.len(), known.len(), "one entry for each score");
        let deviation = deviation(scores);
        match self {
            Self::Freshness { strength, half_life_days } => {
                let share = |known: &Standing| {
                    known.age_days.map_or(0.0, |age| (-age.max(0.0) / half_life_days).exp2())
                };
                known.iter().map(|known| strength * deviation * share(known)).collect()
            }
            Self::Popularity { strength } => {
                let most = known.iter().map(|known| known.people).fold(0.0, f64::max);
                let scale = if most > 0.0 { most.ln_1p() } else { 1.0 };
                let share = |known: &Standing| known.people.max(0.0).ln_1p() / scale;
                known.iter().map(|known| strength * deviation * share(known)).collect()
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a count of items")]
fn deviation(scores: &[f64]) -> f64 {
    let count = scores.len().max(1) as f64;
    let mean = scores.iter().sum::<f64>() / count;
    (scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / count).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(age_days: Option<f64>, people: f64) -> Standing {
        Standing { age_days, people }
    }

    #[test]
    fn the_most_popular_item_gets_the_whole_strength() {
        let boost = Boost::Popularity { strength: 0.5 };
        let added = boost.added(&[-1.0, 1.0], &[of(None, 0.0), of(None, 8.0)]);
        assert_eq!(added, [0.0, 0.5]);
    }

    #[test]
    fn an_item_of_unknown_age_is_left_alone() {
        let boost = Boost::Freshness { strength: 1.0, half_life_days: 1.0 };
        assert_eq!(boost.added(&[-1.0, 1.0], &[of(None, 1.0), of(Some(1.0), 1.0)]), [0.0, 0.5]);
    }

    #[test]
    fn equal_scores_have_no_spread_to_go_by() {
        let boost = Boost::Popularity { strength: 1.0 };
        assert_eq!(boost.added(&[2.0, 2.0], &[of(None, 1.0), of(None, 2.0)]), [0.0, 0.0]);
    }
}
