//! Vectors of items, as indexes of vectors take and find them.

use std::collections::HashSet;

use recsys_core::index::{Metric, prepare};

use super::validate::{InvalidField, optional_text};
use super::{ItemId, TenantId};

/// The longest list of hits.
const MOST_HITS: usize = 1_000;

/// Vectors of one tenant that are compared with each other.
///
/// It is known by all of its parts: with another length of vectors it is another collection, so the vectors of a
/// model trained anew never meet those of the former one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VectorCollection {
    tenant: TenantId,
    purpose: String,
    dimension: usize,
    metric: Metric,
}

impl VectorCollection {
    /// Names a collection. The purpose says what the vectors are of, as in `content` or `model_als`.
    ///
    /// # Errors
    /// [`InvalidField`] naming `purpose`, which has 1 to 24 letters from a to z, digits and underscores and begins
    /// with a letter, or `dimension`, which is 1 to 20,000.
    pub fn new(
        tenant: TenantId,
        purpose: impl Into<String>,
        dimension: usize,
        metric: Metric,
    ) -> Result<Self, InvalidField> {
        let purpose = purpose.into();
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        let begins = purpose.starts_with(|first: char| first.is_ascii_lowercase());
        if !(begins && purpose.len() <= 24 && purpose.bytes().all(allowed)) {
            let problem = format!("is {purpose:?}, expected 1 to 24 of a to z, 0 to 9 and _");
            return Err(InvalidField::new("purpose", problem));
        }
        if !(1..=20_000).contains(&dimension) {
            let problem = format!("is {dimension}, expected 1 to 20000");
            return Err(InvalidField::new("dimension", problem));
        }
        Ok(Self { tenant, purpose, dimension, metric })
    }

    /// Returns whose vectors they are.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// Returns what they are of.
    #[must_use]
    pub fn purpose(&self) -> &str {
        &self.purpose
    }

    /// Returns the number of values of each.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Returns what makes two of them near.
    #[must_use]
    pub fn metric(&self) -> Metric {
        self.metric
    }

    fn check_vector(&self, field: &str, vector: &[f32]) -> Result<(), InvalidField> {
        let invalid = |problem: String| Err(InvalidField::new(field, problem));
        let (found, expected) = (vector.len(), self.dimension);
        if found != expected {
            return invalid(format!("has {found} values, expected {expected}"));
        }
        if vector.iter().all(|value| value.abs() <= 0.0) {
            return invalid("has no value other than zero".to_owned());
        }
        prepare(vector, self.metric).map_or_else(|error| invalid(error.to_string()), |_| Ok(()))
    }
}

/// An item with its vector and what searches filter by.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorPoint {
    /// The item.
    pub item: ItemId,
    /// As many finite values as the collection has dimensions, not all of them zero.
    pub vector: Vec<f32>,
    /// 1 to 200 characters.
    pub category: Option<String>,
    /// At most 100 of 1 to 100 characters each.
    pub tags: Vec<String>,
    /// Whether the item may be recommended.
    pub is_active: bool,
}

impl VectorPoint {
    /// Checks the points of one call.
    ///
    /// # Errors
    /// [`InvalidField`] naming index and field (`points[3].vector`), also when an item comes twice.
    pub fn check_all(points: &[Self], collection: &VectorCollection) -> Result<(), InvalidField> {
        let mut items = HashSet::with_capacity(points.len());
        for (index, point) in points.iter().enumerate() {
            let mut check = || {
                if !items.insert(point.item) {
                    return Err(InvalidField::new("item", format!("{} comes twice", point.item)));
                }
                collection.check_vector("vector", &point.vector)?;
                optional_text("category", point.category.as_deref(), 1..=200)?;
                super::item::check_tags(&point.tags)
            };
            check().map_err(|error| error.within(format_args!("points[{index}]")))?;
        }
        Ok(())
    }
}

/// Asks for the points nearest to a vector.
#[derive(Clone, Debug, PartialEq)]
pub struct VectorQuery {
    /// As many finite values as the collection has dimensions, not all of them zero.
    pub vector: Vec<f32>,
    /// How many points are wanted; 1 to 1000.
    pub k: usize,
    /// Which points may be found.
    pub filter: VectorFilter,
}

impl VectorQuery {
    /// Asks for the `k` nearest of all points.
    #[must_use]
    pub fn nearest(vector: Vec<f32>, k: usize) -> Self {
        Self { vector, k, filter: VectorFilter::default() }
    }

    /// Checks the queries of one call.
    ///
    /// # Errors
    /// [`InvalidField`] naming index and field (`queries[3].k`).
    pub fn check_all(queries: &[Self], collection: &VectorCollection) -> Result<(), InvalidField> {
        for (index, query) in queries.iter().enumerate() {
            let result = query.check(collection);
            result.map_err(|error| error.within(format_args!("queries[{index}]")))?;
        }
        Ok(())
    }

    /// Checks the fields.
    ///
    /// # Errors
    /// [`InvalidField`] naming the first field outside its range.
    pub fn check(&self, collection: &VectorCollection) -> Result<(), InvalidField> {
        collection.check_vector("vector", &self.vector)?;
        let bound = |field: &str, found: usize, low: usize, high: usize| {
            let problem = || format!("is {found}, expected {low} to {high}");
            let inside = (low..=high).contains(&found);
            inside.then_some(()).ok_or_else(|| InvalidField::new(field, problem()))
        };
        bound("k", self.k, 1, MOST_HITS)?;
        bound("filter.categories.length", self.filter.categories.len(), 0, 1_000)?;
        bound("filter.tags.length", self.filter.tags.len(), 0, 1_000)?;
        bound("filter.exclude.length", self.filter.exclude.len(), 0, 10_000)
    }
}

/// Which points may be found: those that pass every part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VectorFilter {
    /// Of one of these categories; of any if there are none here. At most 1,000.
    pub categories: Vec<String>,
    /// With one of these tags; whatever their tags if there are none here. At most 1,000.
    pub tags: Vec<String>,
    /// None of these items. At most 10,000.
    pub exclude: Vec<ItemId>,
    /// Only active ones.
    pub only_active: bool,
}

/// A point that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VectorHit {
    /// The item.
    pub item: ItemId,
    /// Cosine or inner product, as the collection has it: larger is nearer.
    pub score: f32,
}

impl VectorHit {
    /// Sorts by score descending, then item, and keeps the first `k`.
    pub(crate) fn rank(hits: &mut Vec<Self>, k: usize) {
        hits.sort_unstable_by(|left, right| {
            right.score.total_cmp(&left.score).then(left.item.cmp(&right.item))
        });
        hits.truncate(k);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collection_has_a_name_that_every_backend_can_have() {
        let new = |purpose: &str, dimension| {
            VectorCollection::new(TenantId::generate(), purpose, dimension, Metric::Cosine)
        };
        assert!(new("model_rating_neighbors", 64).is_ok());
        for purpose in ["", "_x", "7", "Content", "a-b", "ü", "abcdefghijklmnopqrstuvwxy"] {
            assert_eq!(new(purpose, 64).unwrap_err().field(), "purpose", "{purpose}");
        }
        for dimension in [0, 20_001] {
            assert_eq!(new("content", dimension).unwrap_err().field(), "dimension");
        }
    }
}
