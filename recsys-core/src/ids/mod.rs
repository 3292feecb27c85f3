//! Dense positions of users and items, and the map between them and the ids of the outside world.

mod map;

use std::fmt;

pub(crate) use map::IDS_AT_ONCE;
pub use map::IdMap;

/// A dense position: consecutive from zero within one dataset or model.
pub trait DenseIdx: sealed::Sealed + Copy + Ord + fmt::Debug + Send + Sync + 'static {
    /// Wraps a position.
    fn new(position: u32) -> Self;
    /// Returns the position.
    fn get(self) -> u32;
    /// Returns the position as an index into a slice.
    fn index(self) -> usize {
        self.get() as usize
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::UserIdx {}
    impl Sealed for super::ItemIdx {}
    impl Sealed for super::WordIdx {}
}

/// Position of a user in one dataset or model. Meaningless outside it; never persisted alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserIdx(u32);

/// Position of an item in one dataset or model. Meaningless outside it; never persisted alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemIdx(u32);

/// Position of a word in one corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct WordIdx(u32);

macro_rules! dense {
    ($name:ident) => {
        impl $name {
            /// Wraps a position.
            #[must_use]
            pub const fn new(position: u32) -> Self {
                Self(position)
            }

            /// Returns the position.
            #[must_use]
            pub const fn get(self) -> u32 {
                self.0
            }

            /// Returns the position as an index into a slice.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl DenseIdx for $name {
            fn new(position: u32) -> Self {
                Self(position)
            }

            fn get(self) -> u32 {
                self.0
            }
        }
    };
}

dense!(UserIdx);
dense!(ItemIdx);

impl DenseIdx for WordIdx {
    fn new(position: u32) -> Self {
        Self(position)
    }

    fn get(self) -> u32 {
        self.0
    }
}
