//! The validated users × items matrix that every algorithm trains on.

use std::sync::{Arc, OnceLock};

use sprs::CsMatViewI;

use super::{Csr, DataError, Row};
use crate::ids::{IdMap, ItemIdx, UserIdx};

/// Validated users × items matrix with the ids of its rows and columns.
///
/// Columns ascend strictly within a row; values are finite and not zero; a negative value is an
/// explicit dislike. Rows and columns may be empty. Cloning shares the data. The transpose is built
/// at the first use and kept.
#[derive(Clone, Debug)]
pub struct Interactions {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    users: IdMap<UserIdx>,
    items: IdMap<ItemIdx>,
    by_user: Sparse,
    /// The transpose.
    by_item: OnceLock<Sparse>,
}

#[derive(Debug)]
struct Sparse {
    indptr: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
}

impl Interactions {
    /// Wraps a matrix in compressed sparse rows: `indptr` has one entry more than there are users.
    ///
    /// # Errors
    ///
    /// [`DataError::Structure`] when the arrays do not form a matrix of that shape, or a value is zero
    /// or not finite.
    pub fn from_csr(
        users: IdMap<UserIdx>,
        items: IdMap<ItemIdx>,
        indptr: Vec<usize>,
        indices: Vec<u32>,
        values: Vec<f32>,
    ) -> Result<Self, DataError> {
        if indptr.len() != users.len() + 1 {
            return Err(DataError::Structure("there is not one row for each user"));
        }
        if values.iter().any(|value| !value.is_finite() || *value == 0.0) {
            return Err(DataError::Structure("a value is zero or not finite"));
        }
        let by_user = Sparse { indptr, indices, values };
        let rows = by_user
            .view(users.len(), items.len())
            .map_err(|_| DataError::Structure("rows are not ascending lists of existing items"))?;
        // The check above admits repeated columns.
        let ascending = |row: &[u32]| row.windows(2).all(|pair| pair[0] < pair[1]);
        if !rows.outer_iterator().all(|row| ascending(row.indices())) {
            return Err(DataError::Structure("an item stands twice in a row"));
        }
        let inner = Inner { users, items, by_user, by_item: OnceLock::new() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Returns the number of users (rows).
    #[must_use]
    pub fn n_users(&self) -> usize {
        self.inner.users.len()
    }

    /// Returns the number of items (columns).
    #[must_use]
    pub fn n_items(&self) -> usize {
        self.inner.items.len()
    }

    /// Returns the number of stored entries.
    #[must_use]
    pub fn nnz(&self) -> usize {
        self.inner.by_user.indices.len()
    }

    /// Returns the ids of the rows.
    #[must_use]
    pub fn users(&self) -> &IdMap<UserIdx> {
        &self.inner.users
    }

    /// Returns the ids of the columns.
    #[must_use]
    pub fn items(&self) -> &IdMap<ItemIdx> {
        &self.inner.items
    }

    /// Returns one user's row.
    ///
    /// # Panics
    ///
    /// When `user` lies outside the matrix.
    #[must_use]
    pub fn user(&self, user: UserIdx) -> Row<'_, ItemIdx> {
        let (indices, values) = self.user_csr().row(user.index());
        Row::new(indices, values)
    }

    /// Returns one item's column; the first call builds the transpose.
    ///
    /// # Panics
    ///
    /// When `item` lies outside the matrix.
    #[must_use]
    pub fn item(&self, item: ItemIdx) -> Row<'_, UserIdx> {
        let (indices, values) = self.item_csr().row(item.index());
        Row::new(indices, values)
    }

    /// Returns the whole matrix, users as rows.
    #[must_use]
    pub fn user_csr(&self) -> Csr<'_> {
        self.inner.by_user.csr(self.n_items())
    }

    /// Returns the whole matrix transposed, items as rows; the first call builds it.
    #[must_use]
    pub fn item_csr(&self) -> Csr<'_> {
        let transpose = || self.inner.by_user.transposed(self.n_users(), self.n_items());
        self.inner.by_item.get_or_init(transpose).csr(self.n_users())
    }
}

impl Sparse {
    /// Views the arrays as a matrix, checking their structure.
    fn view(
        &self,
        rows: usize,
        columns: usize,
    ) -> Result<CsMatViewI<'_, f32, u32, usize>, sprs::errors::StructureError> {
        CsMatViewI::try_new((rows, columns), &self.indptr, &self.indices, &self.values)
            .map_err(|(_, _, _, error)| error)
    }

    fn transposed(&self, rows: usize, columns: usize) -> Self {
        let view = self.view(rows, columns).expect("the structure was checked at construction");
        let (indptr, indices, values) = view.to_other_storage().into_raw_storage();
        Self { indptr, indices, values }
    }

    fn csr(&self, n_columns: usize) -> Csr<'_> {
        Csr { indptr: &self.indptr, indices: &self.indices, values: &self.values, n_columns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids<I: crate::ids::DenseIdx>(count: u8) -> IdMap<I> {
        let mut map = IdMap::new();
        for id in 0..count {
            map.intern([id]);
        }
        map
    }

    fn matrix(
        indptr: &[usize],
        indices: &[u32],
        values: &[f32],
    ) -> Result<Interactions, DataError> {
        Interactions::from_csr(ids(2), ids(3), indptr.to_vec(), indices.to_vec(), values.to_vec())
    }

    #[test]
    fn the_transpose_holds_the_same_entries() {
        let data = matrix(&[0, 2, 3], &[0, 2, 2], &[1.0, -2.0, 3.0]).unwrap();
        assert_eq!(data.item(ItemIdx::new(2)).indices(), [0, 1]);
        assert_eq!(data.item(ItemIdx::new(2)).values(), [-2.0, 3.0]);
        assert!(data.item(ItemIdx::new(1)).is_empty());
    }

    #[test]
    fn malformed_arrays_are_refused() {
        let refused = [
            matrix(&[0, 2], &[0, 1], &[1.0, 1.0]),    // a row is missing
            matrix(&[0, 2, 1], &[0, 1], &[1.0, 1.0]), // rows go backwards
            matrix(&[0, 1, 5], &[0, 1], &[1.0, 1.0]), // past the end
            matrix(&[0, 1, 2], &[0, 3], &[1.0, 1.0]), // no such column
            matrix(&[0, 2, 2], &[1, 0], &[1.0, 1.0]), // not ascending
            matrix(&[0, 2, 2], &[1, 1], &[1.0, 1.0]), // repeated
            matrix(&[0, 1, 2], &[0, 1], &[1.0]),      // a value is missing
            matrix(&[0, 1, 2], &[0, 1], &[1.0, f32::NAN]), // not finite
            matrix(&[0, 1, 2], &[0, 1], &[1.0, 0.0]), // stored zero
        ];
        for case in refused {
            assert!(matches!(case, Err(DataError::Structure(_))), "{case:?}");
        }
    }
}
