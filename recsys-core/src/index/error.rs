//! Why vectors cannot be searched.

/// A vector that an index does not take.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// A vector of another length than the rows.
    #[error("the vector has {found} values, expected {expected}")]
    Dimension {
        /// Values it has.
        found: usize,
        /// Values of a row.
        expected: usize,
    },
    /// Rows without values.
    #[error("vectors need at least one value")]
    NoDimension,
    /// A value that is no finite number.
    #[error("{} has a value that is not finite", named(*row))]
    NotFinite {
        /// The row; none if it was a query.
        row: Option<usize>,
    },
    /// A vector so long that inner products with it may overflow: longer than 10¹⁹.
    #[error("{} is longer than 1e19", named(*row))]
    TooLong {
        /// The row; none if it was a query.
        row: Option<usize>,
    },
}

impl IndexError {
    /// Says which row it was.
    pub(super) fn in_row(self, row: usize) -> Self {
        match self {
            Self::NotFinite { .. } => Self::NotFinite { row: Some(row) },
            Self::TooLong { .. } => Self::TooLong { row: Some(row) },
            other => other,
        }
    }
}

fn named(row: Option<usize>) -> String {
    row.map_or_else(|| "the vector".to_owned(), |row| format!("row {row}"))
}
