//! The bijection between outside ids (any bytes) and dense positions.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;

use hashbrown::HashTable;

use super::DenseIdx;

/// Maps ids of any bytes to dense positions and back.
///
/// Ids lie end to end in one arena, so a million UUIDs cost about 24 bytes each plus the hash index.
/// The hash is keyed at random for each map: ids chosen by an attacker cannot degrade it, and no
/// result depends on it.
///
/// # Complexity
///
/// Constant expected time both ways.
#[derive(Clone)]
pub struct IdMap<I> {
    bytes: Vec<u8>,
    /// End of each id in `bytes`; the start is the end of the one before.
    ends: Vec<usize>,
    index: HashTable<u32>,
    hasher: RandomState,
    kind: PhantomData<I>,
}

impl<I: DenseIdx> IdMap<I> {
    /// Returns an empty map.
    #[must_use]
    pub fn new() -> Self {
        Self {
            bytes: Vec::new(),
            ends: Vec::new(),
            index: HashTable::new(),
            hasher: RandomState::new(),
            kind: PhantomData,
        }
    }

    /// Returns the position of `id`, adding it at the end when it is new; `None` when all 2³² − 1
    /// positions are taken.
    pub fn intern(&mut self, id: impl AsRef<[u8]>) -> Option<I> {
        let id = id.as_ref();
        let hash = self.hasher.hash_one(id);
        if let Some(&found) = self.index.find(hash, |&at| slot(&self.bytes, &self.ends, at) == id) {
            return Some(I::new(found));
        }
        let at = u32::try_from(self.ends.len()).ok().filter(|&at| at < u32::MAX)?;
        self.bytes.extend_from_slice(id);
        self.ends.push(self.bytes.len());
        let (bytes, ends, hasher) = (&self.bytes, &self.ends, &self.hasher);
        self.index.insert_unique(hash, at, |&other| hasher.hash_one(slot(bytes, ends, other)));
        Some(I::new(at))
    }

    /// Returns the position of `id`.
    #[must_use]
    pub fn index(&self, id: impl AsRef<[u8]>) -> Option<I> {
        let id = id.as_ref();
        let hash = self.hasher.hash_one(id);
        self.index.find(hash, |&at| slot(&self.bytes, &self.ends, at) == id).map(|&at| I::new(at))
    }

    /// Returns the id at `index`.
    #[must_use]
    pub fn id(&self, index: I) -> Option<&[u8]> {
        (index.index() < self.ends.len()).then(|| slot(&self.bytes, &self.ends, index.get()))
    }

    /// Returns the number of ids.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether the map has no ids.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Iterates over positions and ids in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (I, &[u8])> + '_ {
        (0..).take(self.ends.len()).map(|at| (I::new(at), slot(&self.bytes, &self.ends, at)))
    }

    /// Returns the arena and the end of each id in it, for the codec.
    pub(crate) fn parts(&self) -> (&[u8], &[usize]) {
        (&self.bytes, &self.ends)
    }

    /// Rebuilds a map from its arena; `None` when the ends do not ascend to the arena's length or an
    /// id stands twice.
    pub(crate) fn from_parts(bytes: Vec<u8>, ends: Vec<usize>) -> Option<Self> {
        let ascending = ends.windows(2).all(|pair| pair[0] <= pair[1]);
        if !ascending || ends.last().copied().unwrap_or(0) != bytes.len() {
            return None;
        }
        let count = u32::try_from(ends.len()).ok().filter(|&count| count < u32::MAX)?;
        let hasher = RandomState::new();
        let mut index = HashTable::with_capacity(ends.len());
        for at in 0..count {
            let id = slot(&bytes, &ends, at);
            let hash = hasher.hash_one(id);
            if index.find(hash, |&other| slot(&bytes, &ends, other) == id).is_some() {
                return None;
            }
            index.insert_unique(hash, at, |&other| hasher.hash_one(slot(&bytes, &ends, other)));
        }
        Some(Self { bytes, ends, index, hasher, kind: PhantomData })
    }
}

impl<I: DenseIdx> Default for IdMap<I> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I> fmt::Debug for IdMap<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdMap").field("len", &self.ends.len()).finish_non_exhaustive()
    }
}

fn slot<'a>(bytes: &'a [u8], ends: &[usize], at: u32) -> &'a [u8] {
    let at = at as usize;
    let start = if at == 0 { 0 } else { ends[at - 1] };
    &bytes[start..ends[at]]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::ItemIdx;

    #[test]
    fn an_empty_id_is_an_id_like_any_other() {
        let mut map = IdMap::<ItemIdx>::new();
        let empty = map.intern("").unwrap();
        assert_eq!(map.index(""), Some(empty));
        assert_eq!(map.id(empty), Some(&b""[..]));
    }

    #[test]
    fn parts_with_a_repeated_id_are_refused() {
        assert!(IdMap::<ItemIdx>::from_parts(b"aa".to_vec(), vec![1, 2]).is_none());
        assert!(IdMap::<ItemIdx>::from_parts(b"ab".to_vec(), vec![2, 1]).is_none());
        assert!(IdMap::<ItemIdx>::from_parts(b"ab".to_vec(), vec![1]).is_none());
        assert!(IdMap::<ItemIdx>::from_parts(b"ab".to_vec(), vec![1, 2]).is_some());
    }

    proptest! {
        #[test]
        fn interning_is_a_bijection(ids in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..4), 0..60)) {
            let mut map = IdMap::<ItemIdx>::new();
            for id in &ids {
                let at = map.intern(id).unwrap();
                prop_assert_eq!(map.id(at), Some(&id[..]));
                prop_assert_eq!(map.intern(id), Some(at));
            }
            let unique: std::collections::BTreeSet<_> = ids.iter().collect();
            prop_assert_eq!(map.len(), unique.len());
            let (bytes, ends) = map.parts();
            let again = IdMap::<ItemIdx>::from_parts(bytes.to_vec(), ends.to_vec()).unwrap();
            prop_assert!(map.iter().eq(again.iter()));
        }
    }
}
