//! Strategies for property tests.

use proptest::prelude::*;

use super::fixtures;
use crate::data::Interactions;

/// Small matrices with ties, dislikes, and empty rows and columns, but at least one like.
pub fn interactions() -> impl Strategy<Value = Interactions> {
    let entry =
        (0..12u32, 0..15u32, prop_oneof![4 => Just(1.0f32), 2 => Just(2.5), 1 => Just(-1.0)]);
    prop::collection::vec(entry, 0..80).prop_map(|mut entries| {
        entries.push((0, 0, 100.0));
        fixtures::matrix(12, 15, entries)
    })
}
