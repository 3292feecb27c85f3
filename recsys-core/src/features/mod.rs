//! From what is known of items to numbers: words, categories and measurements.
//!
//! | module | from | to |
//! | --- | --- | --- |
//! | [`text`] | texts | TF-IDF weights of words and word sequences |
//! | [`categories`] | lists of names | one column a name |
//! | [`numbers`] | measurements by name | columns of mean 0 and variance 1 |
//!
//! Each is fitted on what is known of some items and then describes others in the same columns. The
//! definitions are those of scikit-learn (`TfidfVectorizer`, `MultiLabelBinarizer`, `StandardScaler`), so
//! that a pipeline moved here keeps its figures; where we differ, the module says so.

pub mod categories;
pub(crate) mod names;
pub mod numbers;
pub mod text;

pub use categories::CategoryEncoder;
pub use numbers::NumberScaler;
pub use text::{TextVectorizer, TfIdf, TfIdfConfig};

use crate::linalg::sparse::SparseRows;

/// A sparse matrix of features: a row for each item, its columns strictly ascending.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureRows {
    pub(crate) rows: SparseRows,
}

impl FeatureRows {
    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.n_rows()
    }

    /// Returns whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of stored values.
    #[must_use]
    pub fn nnz(&self) -> usize {
        self.rows.n_weights()
    }

    /// Returns the columns and the values of a row.
    ///
    /// # Panics
    ///
    /// When there is no such row.
    #[must_use]
    pub fn row(&self, row: usize) -> (&[u32], &[f32]) {
        self.rows.row(row)
    }
}
