//! The bijection between outside ids (any bytes) and dense positions.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::marker::PhantomData;
use std::ops::Range;

use hashbrown::HashTable;

use super::DenseIdx;

/// Maps ids of any bytes to dense positions and back.
///
/// Ids lie end to end in one arena, so a million UUIDs cost about 24 bytes each plus the hash index.
/// The hash is keyed at random for each map: ids chosen by an attacker cannot degrade it, and no
/// result depends on it. Half of the hash stands beside each position, so that a search reads one id and growing
/// reads none.
///
/// # Complexity
///
/// Constant expected time both ways.
#[derive(Clone)]
pub struct IdMap<I> {
    bytes: Vec<u8>,
    /// End of each id in `bytes`; the start is the end of the one before.
    ends: Vec<usize>,
    index: HashTable<Slot>,
    hasher: RandomState,
    kind: PhantomData<I>,
}

/// A position and the part of its id's hash that it is found by.
#[derive(Clone, Copy)]
struct Slot {
    tag: u32,
    at: u32,
}

impl Slot {
    fn hash(self) -> u64 {
        spread(self.tag)
    }
}

/// A tag as a hash of full length: the table takes a bucket from its low bits and a check from the high ones.
fn spread(tag: u32) -> u64 {
    u64::from(tag).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Ids that are looked up side by side.
pub(crate) const IDS_AT_ONCE: usize = 32;

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
        self.intern_tagged(self.tag(id), id)
    }

    /// Interns ids, at most [`IDS_AT_ONCE`] of them, and says where each is; `None` as in [`intern`](Self::intern).
    ///
    /// A search waits for memory several times. Here each step is taken for all ids before the next, so that they wait
    /// together.
    pub(crate) fn intern_together(&mut self, ids: &[&[u8]]) -> [Option<I>; IDS_AT_ONCE] {
        let mut tags = [0; IDS_AT_ONCE];
        for (tag, id) in tags.iter_mut().zip(ids) {
            *tag = self.tag(id);
        }
        let mut likely = [None; IDS_AT_ONCE];
        for (likely, &tag) in likely.iter_mut().zip(&tags[..ids.len()]) {
            *likely = self.index.find(spread(tag), |slot| slot.tag == tag).map(|slot| slot.at);
        }
        let likely = likely.map(|at| at.map(|at| (at, range(&self.ends, at))));
        let mut found = [None; IDS_AT_ONCE];
        for (at, &id) in ids.iter().enumerate() {
            found[at] = match &likely[at] {
                Some((at, range)) if self.bytes[range.clone()] == *id => Some(I::new(*at)),
                _ => self.intern_tagged(tags[at], id),
            };
        }
        found
    }

    fn intern_tagged(&mut self, tag: u32, id: &[u8]) -> Option<I> {
        if let Some(found) = self.find(tag, id) {
            return Some(I::new(found));
        }
        let at = u32::try_from(self.ends.len()).ok().filter(|&at| at < u32::MAX)?;
        self.bytes.extend_from_slice(id);
        self.ends.push(self.bytes.len());
        self.index.insert_unique(spread(tag), Slot { tag, at }, |&slot| slot.hash());
        Some(I::new(at))
    }

    /// Returns the position of `id`.
    #[must_use]
    pub fn index(&self, id: impl AsRef<[u8]>) -> Option<I> {
        let id = id.as_ref();
        self.find(self.tag(id), id).map(I::new)
    }

    fn find(&self, tag: u32, id: &[u8]) -> Option<u32> {
        let is_it = |slot: &Slot| slot.tag == tag && self.bytes[range(&self.ends, slot.at)] == *id;
        self.index.find(spread(tag), is_it).map(|slot| slot.at)
    }

    fn tag(&self, id: &[u8]) -> u32 {
        tag(&self.hasher, id)
    }

    /// Returns the id at `index`.
    #[must_use]
    pub fn id(&self, index: I) -> Option<&[u8]> {
        (index.index() < self.ends.len()).then(|| &self.bytes[range(&self.ends, index.get())])
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
        (0..).take(self.ends.len()).map(|at| (I::new(at), &self.bytes[range(&self.ends, at)]))
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
        let index = HashTable::with_capacity(ends.len());
        let mut map = Self { bytes, ends, index, hasher, kind: PhantomData };
        for at in 0..count {
            let id = &map.bytes[range(&map.ends, at)];
            let tag = tag(&map.hasher, id);
            if map.find(tag, id).is_some() {
                return None;
            }
            map.index.insert_unique(spread(tag), Slot { tag, at }, |&slot| slot.hash());
        }
        Some(map)
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

#[expect(clippy::cast_possible_truncation, reason = "half of a hash is a hash")]
fn tag(hasher: &RandomState, id: &[u8]) -> u32 {
    hasher.hash_one(id) as u32
}

/// Where the id at a position lies in the arena.
fn range(ends: &[usize], at: u32) -> Range<usize> {
    let at = at as usize;
    let start = if at == 0 { 0 } else { ends[at - 1] };
    start..ends[at]
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

        #[test]
        fn ids_interned_together_stand_where_they_would_one_by_one(
            ids in prop::collection::vec(prop::collection::vec(0..3_u8, 0..4), 0..90),
        ) {
            let (mut together, mut one_by_one) = (IdMap::<ItemIdx>::new(), IdMap::new());
            for ids in ids.chunks(IDS_AT_ONCE) {
                let ids: Vec<&[u8]> = ids.iter().map(Vec::as_slice).collect();
                let found = together.intern_together(&ids);
                let expected: Vec<_> = ids.iter().map(|id| one_by_one.intern(id)).collect();
                prop_assert_eq!(&found[..ids.len()], &expected[..]);
            }
            prop_assert!(together.iter().eq(one_by_one.iter()));
        }
    }
}
