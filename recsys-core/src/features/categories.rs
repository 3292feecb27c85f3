//! Categories as columns: one for each name, in code-point order, 1 where the item has it.

use super::FeatureRows;
use super::names::SortedNames;
use crate::linalg::sparse::SparseRows;

/// The categories that were there when it was fitted. Others are ignored.
///
/// # Examples
///
/// ```
/// use recsys_core::features::CategoryEncoder;
///
/// let films = [vec!["war", "drama"], vec!["comedy"]];
/// let encoder = CategoryEncoder::fit(films.iter().map(|names| names.iter().copied()));
/// assert_eq!(encoder.names().collect::<Vec<_>>(), ["comedy", "drama", "war"]);
/// let rows = encoder.transform([["war", "opera"]]);
/// assert_eq!(rows.row(0), (&[2_u32][..], &[1.0_f32][..]));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategoryEncoder {
    names: SortedNames,
}

impl CategoryEncoder {
    /// Learns the names that occur.
    pub fn fit<'a, I: IntoIterator<Item = &'a str>>(items: impl IntoIterator<Item = I>) -> Self {
        let mut names: Vec<&str> = items.into_iter().flatten().collect();
        names.sort_unstable();
        names.dedup();
        Self { names: SortedNames::from_ascending(names) }
    }

    /// Marks the categories of each item, once however often they are repeated.
    pub fn transform<'a, I: IntoIterator<Item = &'a str>>(
        &self,
        items: impl IntoIterator<Item = I>,
    ) -> FeatureRows {
        let mut rows = SparseRows::default();
        let mut columns = Vec::new();
        for item in items {
            columns.clear();
            columns.extend(item.into_iter().filter_map(|name| self.names.position(name)));
            columns.sort_unstable();
            columns.dedup();
            rows.indices.extend_from_slice(&columns);
            rows.weights.resize(rows.indices.len(), 1.0);
            rows.indptr.push(rows.indices.len());
        }
        FeatureRows { rows }
    }

    /// Iterates over the names by column.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.names.len()).map(|at| self.names.name(at))
    }

    /// Returns the number of columns.
    #[must_use]
    pub fn n_columns(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn from_names(names: SortedNames) -> Self {
        Self { names }
    }

    pub(crate) fn sorted_names(&self) -> &SortedNames {
        &self.names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_sorted_and_marked_once() {
        let items = [vec!["b", "a", "b"], vec![], vec!["é", "B"]];
        let items = || items.iter().map(|names| names.iter().copied());
        let encoder = CategoryEncoder::fit(items());
        assert_eq!(encoder.names().collect::<Vec<_>>(), ["B", "a", "b", "é"]);
        let rows = encoder.transform(items());
        assert_eq!(rows.row(0), (&[1_u32, 2][..], &[1.0_f32, 1.0][..]));
        assert_eq!(rows.row(1), (&[][..], &[][..]));
        assert_eq!(rows.row(2).0, [0, 3]);
    }
}
