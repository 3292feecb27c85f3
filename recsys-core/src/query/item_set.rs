//! A sorted set of items of one model.

use super::QueryError;
use crate::ids::ItemIdx;

/// Sorted, unique items, all inside one model. Built once, then walked in step with the scores.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemSet {
    items: Vec<ItemIdx>,
}

impl ItemSet {
    /// Sorts and deduplicates `items` of a model with `n_items` items.
    ///
    /// # Errors
    ///
    /// [`QueryError::ItemOutOfRange`] for the largest item when it lies outside the model.
    pub fn new(mut items: Vec<ItemIdx>, n_items: usize) -> Result<Self, QueryError> {
        items.sort_unstable();
        items.dedup();
        match items.last() {
            Some(&item) if item.index() >= n_items => {
                Err(QueryError::ItemOutOfRange { item, n_items })
            }
            _ => Ok(Self { items }),
        }
    }

    /// Wraps positions that are sorted and unique already, as those of a row are.
    pub(crate) fn from_ascending(positions: &[u32]) -> Self {
        debug_assert!(positions.windows(2).all(|pair| pair[0] < pair[1]), "positions ascend");
        Self { items: positions.iter().copied().map(ItemIdx::new).collect() }
    }

    /// Returns the items in ascending order.
    #[must_use]
    pub fn as_slice(&self) -> &[ItemIdx] {
        &self.items
    }

    /// Returns whether `item` is in the set. Logarithmic.
    #[must_use]
    pub fn contains(&self, item: ItemIdx) -> bool {
        self.items.binary_search(&item).is_ok()
    }

    /// Returns the items of either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut items = [self.as_slice(), other.as_slice()].concat();
        items.sort_unstable();
        items.dedup();
        Self { items }
    }

    /// Returns the number of items.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}
