//! Borrowed views of a sparse matrix.

use std::marker::PhantomData;

use crate::ids::DenseIdx;

/// One sparse row: strictly ascending positions and their values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row<'a, I> {
    indices: &'a [u32],
    values: &'a [f32],
    kind: PhantomData<I>,
}

impl<'a, I: DenseIdx> Row<'a, I> {
    /// Wraps two slices of one length; positions ascend strictly.
    pub(crate) fn new(indices: &'a [u32], values: &'a [f32]) -> Self {
        debug_assert_eq!(indices.len(), values.len(), "one value for each index");
        debug_assert!(indices.windows(2).all(|pair| pair[0] < pair[1]), "indices ascend");
        Self { indices, values, kind: PhantomData }
    }

    /// Returns the number of entries.
    #[must_use]
    pub fn len(self) -> usize {
        self.indices.len()
    }

    /// Returns whether the row has no entries.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.indices.is_empty()
    }

    /// Returns the positions, strictly ascending.
    #[must_use]
    pub fn indices(self) -> &'a [u32] {
        self.indices
    }

    /// Returns the values, finite and not zero.
    #[must_use]
    pub fn values(self) -> &'a [f32] {
        self.values
    }

    /// Returns the number of entries above zero.
    #[must_use]
    pub fn positives(self) -> usize {
        self.values.iter().filter(|&&value| value > 0.0).count()
    }

    /// Iterates over positions and values.
    pub fn iter(self) -> impl Iterator<Item = (I, f32)> + 'a {
        self.indices.iter().zip(self.values).map(|(&index, &value)| (I::new(index), value))
    }
}

/// A whole matrix in compressed sparse rows, for kernels.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Csr<'a> {
    /// Start of each row in `indices` and `values`, and the end of the last; rows + 1 entries.
    pub indptr: &'a [usize],
    /// Columns, strictly ascending within a row.
    pub indices: &'a [u32],
    /// Values, finite and not zero.
    pub values: &'a [f32],
    /// Number of columns.
    pub n_columns: usize,
}

impl<'a> Csr<'a> {
    /// Returns the number of rows.
    #[must_use]
    pub fn n_rows(self) -> usize {
        self.indptr.len() - 1
    }

    /// Returns the columns and values of one row.
    #[must_use]
    pub fn row(self, row: usize) -> (&'a [u32], &'a [f32]) {
        let range = self.indptr[row]..self.indptr[row + 1];
        (&self.indices[range.clone()], &self.values[range])
    }
}
