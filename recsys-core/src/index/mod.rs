//! The rows of a matrix that are nearest to a vector, exactly.
//!
//! A [`VectorIndex`] keeps vectors, of items or of anything that has a position, and returns those with the largest
//! inner product or cosine. With a [`RowSet`] it looks among some rows only, and returns as many of them as
//! there are, up to `k`, however few pass.
//!
//! # How
//!
//! Large indexes are searched by a screen: rows and query are rounded to bytes, the products of bytes bound the
//! scores, and the few rows that may be hits are scored from their `f32` vectors. So hits and scores
//! are those of scoring every row, bit for bit, for a quarter of the memory traffic, which is
//! what a scan costs. There is no approximation, and nothing to tune. Where a filter lets few rows through, these
//! are scored and the others not looked at.
//!
//! # Cost
//!
//! Building is linear in the number of values. A search reads one byte a value, or the `f32` values of the rows that
//! are allowed where they are few. Memory is five bytes a value and nine a row, values of a row counted
//! in sixteens. Large searches run on the threads of the current pool.

mod error;
mod rows;
pub(crate) mod screen;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::ops::Range;

pub use self::error::IndexError;
pub use self::rows::RowSet;
use self::screen::{Screen, length};
use crate::ids::ItemIdx;
use crate::linalg::dot_with;
use crate::linalg::matrix::{PaddedMatrix, padded};
use crate::linalg::simd::{Kernel, Lanes, dispatch};
use crate::par::{balanced_chunks, try_map_chunks};
use crate::query::{ScoredItem, TopK};

/// Values from which on an index is searched by a screen.
const SCREENED: usize = 1 << 18;

/// A filter that lets through one row in so many, or fewer, has its rows scored without a screen.
const SPARSE: usize = 5;

/// Searches for more than one row in so many score all of them.
const FEW: usize = 32;

/// Values that one thread scores at once: one megabyte.
const PIECE: u64 = 1 << 18;

/// The longest vector. Products of two stay finite in `f32`, and so do all their partial sums.
const LONGEST: f64 = 1e19;

/// What makes two vectors near.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "stores translate each to the names of theirs")]
pub enum Metric {
    /// The cosine of their angle, from -1 to 1; 0 if one of them is zero.
    Cosine,
    /// Their inner product.
    InnerProduct,
}

/// Vectors of one length, searched exactly.
///
/// # Examples
///
/// ```
/// use recsys_core::ItemIdx;
/// use recsys_core::index::{Metric, RowSet, VectorIndex};
///
/// # fn main() -> Result<(), recsys_core::index::IndexError> {
/// let rows = [1.0, 0.0, /* */ 3.0, 4.0, /* */ 0.0, -2.0];
/// let index = VectorIndex::new(&rows, 2, Metric::Cosine)?;
/// let hits = index.search(&[0.0, 5.0], 2, None)?;
/// assert_eq!((hits[0].item.get(), hits[0].score), (1, 0.8));
///
/// let mut allowed = RowSet::none(3);
/// allowed.insert(ItemIdx::new(2));
/// assert_eq!(index.search(&[0.0, 5.0], 2, Some(&allowed))?.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct VectorIndex {
    /// Unit rows if the metric is the cosine.
    rows: PaddedMatrix,
    metric: Metric,
    /// None for a small index, which is scored faster than screened.
    screen: Option<Screen>,
}

impl VectorIndex {
    /// Builds an index of `values`, rows of `dimension` values one after the other.
    ///
    /// # Errors
    ///
    /// [`IndexError`] names the dimension of zero, the row that is incomplete, or the row that
    /// [`prepare`] refuses.
    pub fn new(values: &[f32], dimension: usize, metric: Metric) -> Result<Self, IndexError> {
        if dimension == 0 {
            return Err(IndexError::NoDimension);
        }
        let incomplete = values.len() % dimension;
        if incomplete > 0 {
            return Err(IndexError::Dimension { found: incomplete, expected: dimension });
        }
        let mut rows = PaddedMatrix::from_dense(values, dimension);
        let stride = rows.stride();
        for (row, vector) in rows.as_mut_slice().chunks_exact_mut(stride).enumerate() {
            prepare_in_place(vector, metric).map_err(|error| error.in_row(row))?;
        }
        let screen = (rows.as_slice().len() >= SCREENED).then(|| Screen::new(&rows, dimension));
        Ok(Self { rows, metric, screen })
    }

    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.rows()
    }

    /// Returns whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the length of a row.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.rows.width()
    }

    /// Returns what makes rows near.
    #[must_use]
    pub fn metric(&self) -> Metric {
        self.metric
    }

    /// Returns a row as [`prepare`] made it, without the zeros.
    ///
    /// # Panics
    ///
    /// Panics if there is no such row.
    #[must_use]
    pub fn row(&self, row: ItemIdx) -> &[f32] {
        self.rows.values(row.index())
    }

    /// Returns the `k` best rows, or the `k` best of the allowed ones, and their scores: score descending, then row
    /// ascending. Fewer come only if there are fewer.
    ///
    /// # Errors
    ///
    /// [`IndexError`] for a query of another length than the rows, or one that [`prepare`] refuses.
    ///
    /// # Panics
    ///
    /// Panics if `allowed` was made for another number of rows.
    pub fn search(
        &self,
        query: &[f32],
        k: usize,
        allowed: Option<&RowSet>,
    ) -> Result<Vec<ScoredItem>, IndexError> {
        let vector = self.prepared(query, allowed)?;
        let candidates = allowed.map_or(self.len(), RowSet::len);
        Ok(match &self.screen {
            Some(screen) if candidates > self.len() / SPARSE && k <= candidates / FEW => {
                screen.rank_allowed(&self.rows, &vector, k, allowed)
            }
            _ => self.score(&vector, k, allowed),
        })
    }

    /// Returns what [`Self::search`] does, always by scoring every row that is allowed: what a search can be
    /// measured against.
    ///
    /// # Errors
    ///
    /// Those of [`Self::search`].
    ///
    /// # Panics
    ///
    /// Panics if `allowed` was made for another number of rows.
    pub fn scan(
        &self,
        query: &[f32],
        k: usize,
        allowed: Option<&RowSet>,
    ) -> Result<Vec<ScoredItem>, IndexError> {
        Ok(self.score(&self.prepared(query, allowed)?, k, allowed))
    }

    /// Checks what a search is given; returns the query prepared and padded.
    fn prepared(&self, query: &[f32], allowed: Option<&RowSet>) -> Result<Vec<f32>, IndexError> {
        if let Some(allowed) = allowed {
            assert_eq!(allowed.rows(), self.len(), "a set of rows of this index");
        }
        let (found, expected) = (query.len(), self.dimension());
        if found != expected {
            return Err(IndexError::Dimension { found, expected });
        }
        prepare(query, self.metric)
    }

    /// Scores all rows, or all that are allowed.
    fn score(&self, vector: &[f32], k: usize, allowed: Option<&RowSet>) -> Vec<ScoredItem> {
        let listed: Option<Vec<ItemIdx>> = allowed.map(|allowed| allowed.iter().collect());
        let cost = self.rows.stride() as u64;
        let count = listed.as_ref().map_or(self.len(), Vec::len);
        let chunks = balanced_chunks(count, PIECE, |_| cost);
        let lists = try_map_chunks(
            &chunks,
            || (),
            |(), chunk| {
                let mut top = TopK::new(k);
                let rows = match &listed {
                    Some(listed) => Rows::Listed(&listed[chunk]),
                    None => Rows::Range(chunk),
                };
                dispatch(Score { index: &self.rows, vector, rows, top: &mut top });
                Ok::<_, Infallible>(top.into_sorted())
            },
        );
        let Ok(lists) = lists;
        let mut top = TopK::new(k);
        for hit in lists.into_iter().flatten() {
            top.push(hit.item, hit.score);
        }
        top.into_sorted()
    }
}

/// Returns the form in which an index compares a vector: for the cosine its direction, of length one; padded with
/// zeros to a multiple of sixteen values.
///
/// [`dot`](crate::linalg::dot) of two such vectors is their score in an index, bit for bit.
///
/// # Errors
///
/// [`IndexError::NotFinite`] for a value that is no finite number, [`IndexError::TooLong`] for a vector whose
/// products with others may not be finite.
pub fn prepare(vector: &[f32], metric: Metric) -> Result<Vec<f32>, IndexError> {
    let mut prepared = vec![0.0; padded(vector.len().max(1))];
    prepared[..vector.len()].copy_from_slice(vector);
    prepare_in_place(&mut prepared, metric)?;
    Ok(prepared)
}

fn prepare_in_place(vector: &mut [f32], metric: Metric) -> Result<(), IndexError> {
    if !vector.iter().all(|value| value.is_finite()) {
        return Err(IndexError::NotFinite { row: None });
    }
    let length = length(vector);
    match metric {
        Metric::InnerProduct if length > LONGEST => Err(IndexError::TooLong { row: None }),
        Metric::Cosine if length > 0.0 => {
            for value in vector {
                #[expect(clippy::cast_possible_truncation, reason = "at most one")]
                {
                    *value = (f64::from(*value) / length) as f32;
                }
            }
            Ok(())
        }
        Metric::Cosine | Metric::InnerProduct => Ok(()),
    }
}

/// Rows in ascending order.
enum Rows<'a> {
    Listed(&'a [ItemIdx]),
    Range(Range<usize>),
}

/// Offers rows with their scores.
struct Score<'a> {
    index: &'a PaddedMatrix,
    vector: &'a [f32],
    rows: Rows<'a>,
    top: &'a mut TopK,
}

impl Kernel for Score<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        let Self { index, vector, rows, top } = self;
        match rows {
            Rows::Listed(listed) => {
                for &row in listed {
                    offer(top, row, dot_with(simd, vector, index.row(row.index())));
                }
            }
            Rows::Range(range) => {
                let stride = index.stride();
                let values = &index.as_slice()[range.start * stride..range.end * stride];
                #[expect(clippy::cast_possible_truncation, reason = "rows are counted in u32")]
                let positions = (range.start as u32..).map(ItemIdx::new);
                for (row, values) in positions.zip(values.chunks_exact(stride)) {
                    offer(top, row, dot_with(simd, vector, values));
                }
            }
        }
    }
}

/// Rows come in ascending order, so one that only equals the threshold stands behind.
#[inline(always)]
fn offer(top: &mut TopK, row: ItemIdx, score: f32) {
    if score > top.threshold() {
        top.push(row, score);
    }
}
