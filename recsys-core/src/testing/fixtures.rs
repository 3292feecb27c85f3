//! Small data sets whose right answers are known by construction.

use rand::RngExt;

use crate::data::{Aggregation, Dataset, InteractionLog, Interactions, ItemFeatures, Timestamp};
use crate::ids::ItemIdx;
use crate::rng;

/// `size` users and items; even users like even items and odd users odd ones, each but the item of
/// their own number. The right first recommendation of user `n` is item `n`, for any sane
/// collaborative model.
#[must_use]
pub fn checkerboard(size: u32) -> Interactions {
    let likes = |user: u32, item: u32| user != item && user % 2 == item % 2;
    let pairs = (0..size).flat_map(|user| (0..size).map(move |item| (user, item)));
    matrix(
        size,
        size,
        pairs.filter(|&(user, item)| likes(user, item)).map(|(user, item)| (user, item, 1.0)),
    )
}

/// `size` users and items; even users rate even items 5 and odd ones 1, odd users the other way round,
/// and nobody has rated the item of their own number or the two after it. The right first
/// recommendation of user `n` is item `n` or `n + 2`, never `n + 1`.
#[must_use]
pub fn rated_checkerboard(size: u32) -> Interactions {
    let rated = |user: u32, item: u32| (item + size - user) % size > 2;
    let pairs = (0..size).flat_map(|user| (0..size).map(move |item| (user, item)));
    let value = |user: u32, item: u32| if user % 2 == item % 2 { 5.0 } else { 1.0 };
    let known = pairs.filter(|&(user, item)| rated(user, item));
    matrix(size, size, known.map(|(user, item)| (user, item, value(user, item))))
}

/// Features of `n` items: the text and the category say the colour of the checkerboard and the group of
/// the long tail, and every item has a word and a number of its own.
#[must_use]
pub fn features(n: usize) -> Vec<ItemFeatures> {
    let of = |item: usize| {
        let (colour, group) = (item % 2, item % 4);
        #[expect(clippy::cast_precision_loss, reason = "a small number")]
        let size = item as f64;
        ItemFeatures::text(format!("colour{colour} thing of group{group}, item{item}"))
            .with_category(format!("colour{colour}"))
            .with_category(format!("group{group}"))
            .with_number("size", size)
    };
    (0..n).map(of).collect()
}

/// Interactions with generated features and times, one second after the other.
///
/// # Panics
///
/// Never: there is one of each for each.
#[must_use]
pub fn dataset(data: &Interactions) -> Dataset {
    let times: Vec<Timestamp> = (0..).map(|at| Timestamp(1000 * at)).take(data.nnz()).collect();
    Dataset::from(data)
        .with_features(features(data.n_items()))
        .and_then(|data| data.with_times(times))
        .expect("one of each for each")
}

/// Random interactions with a popularity long tail, a taste for one of four groups of items, and some
/// dislikes. The same seed gives the same data.
#[must_use]
pub fn long_tail(users: u32, items: u32, per_user: u32, seed: u64) -> Interactions {
    let mut random = rng::stream(seed, 0);
    let mut entries = Vec::new();
    for user in 0..users {
        for _ in 0..per_user {
            let depth: f64 = random.random();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a position"
            )]
            let position = (depth * depth * f64::from(items)) as u32;
            let of_taste = position - position % 4 + user % 4;
            let item = if random.random_bool(0.8) { of_taste } else { position }.min(items - 1);
            let value =
                if random.random_bool(0.05) { -1.0 } else { random.random_range(1..4) as f32 };
            entries.push((user, item, value));
        }
    }
    matrix(users, items, entries)
}

/// Builds a matrix of `users` × `items` from entries; ids are decimal numbers, repeated entries are
/// added.
///
/// # Panics
///
/// When a value is not finite.
#[must_use]
pub fn matrix(
    users: u32,
    items: u32,
    entries: impl IntoIterator<Item = (u32, u32, f32)>,
) -> Interactions {
    let mut log = InteractionLog::new();
    for user in 0..users {
        log.push_user(user.to_string()).expect("the log has room");
    }
    for item in 0..items {
        log.push_item(item.to_string()).expect("the log has room");
    }
    for (user, item, value) in entries {
        log.push(user.to_string(), item.to_string(), "value", value, None).expect("finite values");
    }
    log.to_interactions(&Aggregation::plain()).expect("the plain aggregation is valid")
}

/// Returns the items at `positions`.
#[must_use]
pub fn items(positions: &[u32]) -> Vec<ItemIdx> {
    positions.iter().copied().map(ItemIdx::new).collect()
}
