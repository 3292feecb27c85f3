//! Why an item scores what it scores, as a sum.

use std::sync::Arc;

use super::ModelKind;
use crate::ids::ItemIdx;

/// A score taken apart: `base + Σ contributions.weight == score`, to 1e-4 relative.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// The score, as the scorer gives it.
    pub score: f32,
    /// What is there whatever the user did.
    pub base: f32,
    /// What each cause adds, by descending magnitude.
    pub contributions: Vec<Contribution>,
}

/// What one cause adds to a score.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Contribution {
    /// The algorithm through which it does so.
    pub algorithm: ModelKind,
    /// The cause.
    pub cause: Cause,
    /// How much it adds; negative when it speaks against the item.
    pub weight: f32,
}

impl Contribution {
    /// Says that `cause` adds `weight` through `algorithm`.
    #[must_use]
    pub fn new(algorithm: ModelKind, cause: Cause, weight: f32) -> Self {
        Self { algorithm, cause, weight }
    }
}

/// What can speak for an item.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Something known of the item that is to the user's taste.
    Feature {
        /// Where it is known from.
        field: Field,
        /// The word, the category, or the name of the number.
        name: Arc<str>,
    },
    /// An item of the user's history.
    Item(ItemIdx),
    /// How the item is rated by everybody.
    ItemBias,
    /// This many further causes, added up.
    Others(u32),
    /// That many people like it.
    Popularity,
    /// What the trained profile of the user holds beyond what their history explains.
    Profile,
}

/// Where a feature of an item is known from.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// Its categories.
    Category,
    /// Its measurements.
    Number,
    /// Its text.
    Text,
}

impl Explanation {
    /// Sorts `contributions` by descending magnitude (then as given), keeps `limit` of them and adds
    /// the rest up as [`Cause::Others`].
    #[must_use]
    pub fn new(score: f32, base: f32, mut contributions: Vec<Contribution>, limit: usize) -> Self {
        contributions.sort_by(|left, right| right.weight.abs().total_cmp(&left.weight.abs()));
        if contributions.len() > limit {
            let rest = contributions.split_off(limit);
            for algorithm in distinct(&rest) {
                let of_it = rest.iter().filter(|part| part.algorithm == algorithm);
                let weight: f64 = of_it.clone().map(|part| f64::from(part.weight)).sum();
                #[expect(clippy::cast_possible_truncation, reason = "a partial sum of f32 scores")]
                let weight = weight as f32;
                let count =
                    of_it.map(|part| if let Cause::Others(n) = part.cause { n } else { 1 }).sum();
                contributions.push(Contribution::new(algorithm, Cause::Others(count), weight));
            }
        }
        Self { score, base, contributions }
    }

    /// Returns `base + Σ contributions.weight`, added in f64.
    #[must_use]
    pub fn sum(&self) -> f64 {
        let parts = self.contributions.iter().map(|part| f64::from(part.weight));
        f64::from(self.base) + parts.sum::<f64>()
    }
}

fn distinct(contributions: &[Contribution]) -> Vec<ModelKind> {
    let mut kinds: Vec<ModelKind> = contributions.iter().map(|part| part.algorithm).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(at: u32, weight: f32) -> Contribution {
        Contribution::new(ModelKind::Popularity, Cause::Item(ItemIdx::new(at)), weight)
    }

    #[test]
    fn the_strongest_causes_are_named_and_the_rest_is_added_up() {
        let parts = vec![item(0, 0.5), item(1, -2.0), item(2, 1.0), item(3, 0.25)];
        let explanation = Explanation::new(-0.25, 0.0, parts, 2);
        let rest = Contribution::new(ModelKind::Popularity, Cause::Others(2), 0.75);
        assert_eq!(explanation.contributions, [item(1, -2.0), item(2, 1.0), rest]);
        assert!((explanation.sum() - f64::from(explanation.score)).abs() < 1e-6);
    }
}
