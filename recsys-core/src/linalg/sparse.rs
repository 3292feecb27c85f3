//! Sparse matrices by rows, as models hold them.

use crate::data::Csr;

/// Rows of ascending columns with their weights.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SparseRows {
    /// Where each row starts in the other two; one entry more than there are rows.
    pub(crate) indptr: Vec<usize>,
    /// Columns.
    pub(crate) indices: Vec<u32>,
    /// Weights.
    pub(crate) weights: Vec<f32>,
}

impl Default for SparseRows {
    /// No rows.
    fn default() -> Self {
        Self { indptr: vec![0], indices: Vec::new(), weights: Vec::new() }
    }
}

impl SparseRows {
    /// Returns the columns and the weights of a row.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    pub(crate) fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let range = self.indptr[row]..self.indptr[row + 1];
        (&self.indices[range.clone()], &self.weights[range])
    }

    /// Returns a view of the rows as a matrix of `n_columns` columns.
    pub(crate) fn view(&self, n_columns: usize) -> Csr<'_> {
        Csr { indptr: &self.indptr, indices: &self.indices, values: &self.weights, n_columns }
    }

    /// Returns the number of rows.
    pub(crate) fn n_rows(&self) -> usize {
        self.indptr.len() - 1
    }

    /// Returns the number of stored weights.
    pub(crate) fn n_weights(&self) -> usize {
        self.weights.len()
    }

    /// Puts the rows of `parts` one below the other, in memory that fits.
    pub(crate) fn concatenated(parts: Vec<Self>) -> Self {
        let rows = parts.iter().map(Self::n_rows).sum::<usize>();
        let weights = parts.iter().map(Self::n_weights).sum();
        let mut all = Self {
            indptr: Vec::with_capacity(rows + 1),
            indices: Vec::with_capacity(weights),
            weights: Vec::with_capacity(weights),
        };
        all.indptr.push(0);
        for part in parts {
            let before = all.indices.len();
            all.indptr.extend(part.indptr[1..].iter().map(|end| before + end));
            all.indices.extend_from_slice(&part.indices);
            all.weights.extend_from_slice(&part.weights);
        }
        all
    }

    /// Returns the same weights with rows and columns exchanged; there are `n_columns` columns.
    pub(crate) fn transposed(&self, n_columns: usize) -> Self {
        let n_rows = self.n_rows();
        let mut indptr = vec![0; n_columns + 1];
        for &column in &self.indices {
            indptr[column as usize + 1] += 1;
        }
        for column in 0..n_columns {
            indptr[column + 1] += indptr[column];
        }
        let mut next = indptr.clone();
        let mut indices = vec![0; self.indices.len()];
        let mut weights = vec![0.0; self.indices.len()];
        for (row, position) in (0..n_rows).zip(0_u32..) {
            let (columns, values) = self.row(row);
            for (&column, &value) in columns.iter().zip(values) {
                let place = &mut next[column as usize];
                indices[*place] = position;
                weights[*place] = value;
                *place += 1;
            }
        }
        Self { indptr, indices, weights }
    }

    /// Says what is wrong with rows that were read from a file: each must be an ascending list of
    /// columns below `n_columns`. The arrays fit each other in length.
    pub(crate) fn check(&self, n_columns: usize) -> Result<(), &'static str> {
        if self.indptr[0] != 0 || self.indptr.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err("the rows of a sparse matrix do not follow each other");
        }
        for row in 0..self.n_rows() {
            let (columns, _) = self.row(row);
            let ascending = columns.windows(2).all(|pair| pair[0] < pair[1]);
            if !ascending || columns.last().is_some_and(|&last| last as usize >= n_columns) {
                return Err("a row of a sparse matrix is not an ascending list of columns");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> SparseRows {
        SparseRows {
            indptr: vec![0, 2, 2, 3],
            indices: vec![0, 3, 1],
            weights: vec![1.0, 2.0, 3.0],
        }
    }

    #[test]
    fn transposing_twice_gives_the_same() {
        let once = rows().transposed(4);
        assert_eq!(once.row(3), (&[0_u32][..], &[2.0_f32][..]));
        assert_eq!(once.transposed(3), rows());
    }

    #[test]
    fn malformed_rows_are_told() {
        assert!(rows().check(4).is_ok());
        assert!(rows().check(3).is_err());
        let mut twice = rows();
        twice.indices[1] = 0;
        assert!(twice.check(4).is_err());
    }
}
