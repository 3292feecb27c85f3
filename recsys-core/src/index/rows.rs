//! Which rows of an index may be hits.

use crate::ids::ItemIdx;

/// Rows in one word of bits.
const WORD: usize = u64::BITS as usize;

/// A set of rows of an index: one bit for each row, and their number.
///
/// # Examples
///
/// ```
/// use recsys_core::index::RowSet;
/// use recsys_core::ItemIdx;
///
/// let mut active = RowSet::none(3);
/// active.insert(ItemIdx::new(2));
/// assert!(active.contains(ItemIdx::new(2)));
/// assert_eq!(active.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowSet {
    words: Vec<u64>,
    /// Rows that there are.
    rows: usize,
    /// Rows in the set.
    len: usize,
}

impl RowSet {
    /// Returns none of the rows of an index.
    #[must_use]
    pub fn none(rows: usize) -> Self {
        Self { words: vec![0; rows.div_ceil(WORD)], rows, len: 0 }
    }

    /// Returns all rows of an index.
    #[must_use]
    pub fn all(rows: usize) -> Self {
        let mut words = vec![u64::MAX; rows.div_ceil(WORD)];
        if let (Some(last), beyond @ 1..) = (words.last_mut(), rows.next_multiple_of(WORD) - rows) {
            *last >>= beyond;
        }
        Self { words, rows, len: rows }
    }

    /// Adds a row; false if it was there.
    ///
    /// # Panics
    ///
    /// Panics if the row lies outside the index.
    pub fn insert(&mut self, row: ItemIdx) -> bool {
        let (word, bit) = self.place(row);
        let added = self.words[word] & bit == 0;
        self.words[word] |= bit;
        self.len += usize::from(added);
        added
    }

    /// Removes a row; false if it was not there.
    ///
    /// # Panics
    ///
    /// Panics if the row lies outside the index.
    pub fn remove(&mut self, row: ItemIdx) -> bool {
        let (word, bit) = self.place(row);
        let removed = self.words[word] & bit != 0;
        self.words[word] &= !bit;
        self.len -= usize::from(removed);
        removed
    }

    /// Adds all rows of another set.
    ///
    /// # Panics
    ///
    /// Panics if the sets are of different numbers of rows.
    pub fn union_with(&mut self, other: &Self) {
        self.combine(other, |word, other| word | other);
    }

    /// Keeps those rows that another set has too.
    ///
    /// # Panics
    ///
    /// Panics if the sets are of different numbers of rows.
    pub fn intersect_with(&mut self, other: &Self) {
        self.combine(other, |word, other| word & other);
    }

    fn combine(&mut self, other: &Self, operation: impl Fn(u64, u64) -> u64) {
        assert_eq!(self.rows, other.rows, "sets of rows of the same index");
        self.len = 0;
        for (word, &other) in self.words.iter_mut().zip(&other.words) {
            *word = operation(*word, other);
            self.len += word.count_ones() as usize;
        }
    }

    /// Returns whether a row is in the set; never one outside the index.
    #[must_use]
    pub fn contains(&self, row: ItemIdx) -> bool {
        let word = self.words.get(row.index() / WORD);
        word.is_some_and(|word| word >> (row.index() % WORD) & 1 == 1)
    }

    /// Returns the number of rows in the set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Returns whether no row is in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the number of rows of the index, in the set or not.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the rows of the set in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = ItemIdx> {
        (0_u32..).step_by(WORD).zip(&self.words).flat_map(|(first, &word)| {
            let mut rest = word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some(ItemIdx::new(first + bit))
            })
        })
    }

    fn place(&self, row: ItemIdx) -> (usize, u64) {
        assert!(row.index() < self.rows, "row {} of {}", row.index(), self.rows);
        (row.index() / WORD, 1 << (row.index() % WORD))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set(rows: usize, members: &BTreeSet<u32>) -> RowSet {
        let mut set = RowSet::none(rows);
        for &row in members {
            assert!(set.insert(ItemIdx::new(row)));
        }
        set
    }

    fn members(set: &RowSet) -> BTreeSet<u32> {
        set.iter().map(ItemIdx::get).collect()
    }

    proptest! {
        #[test]
        fn it_does_what_a_tree_of_positions_does(
            left in prop::collection::btree_set(0..150_u32, 0..60),
            right in prop::collection::btree_set(0..150_u32, 0..60),
        ) {
            let (mut either, mut both) = (set(150, &left), set(150, &left));
            either.union_with(&set(150, &right));
            both.intersect_with(&set(150, &right));
            prop_assert_eq!(members(&either), &left | &right);
            prop_assert_eq!(members(&both), &left & &right);
            prop_assert_eq!(both.len(), (&left & &right).len());
            for row in (0..200).map(ItemIdx::new) {
                prop_assert_eq!(either.contains(row), members(&either).contains(&row.get()));
            }
            for &row in &left {
                prop_assert!(either.remove(ItemIdx::new(row)));
                prop_assert!(!either.remove(ItemIdx::new(row)));
            }
            prop_assert_eq!(members(&either), &right - &left);
            prop_assert_eq!(either.len(), (&right - &left).len());
        }

        #[test]
        fn all_rows_are_each_row(rows in 0..200_u32) {
            let all = RowSet::all(rows as usize);
            prop_assert_eq!(&all, &set(rows as usize, &(0..rows).collect()));
        }
    }
}
