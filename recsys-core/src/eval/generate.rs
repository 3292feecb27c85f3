//! Made-up logs, for trying a protocol without a download.

use rand::RngExt;

use crate::data::{InteractionLog, ItemFeatures, Timestamp};
use crate::rng;

/// Milliseconds between two events.
const STEP: i64 = 60_000;
/// Tastes of users, and groups of items.
const GROUPS: u32 = 4;

/// Makes up ratings with a long tail of items and users of one of four tastes: four in five events are
/// on items of the user's group, which are rated higher. Events are a minute apart, items have a word
/// and a category of their group. The same numbers give the same log; the features are by position.
///
/// # Panics
///
/// Never: values are finite and positions are few.
#[must_use]
pub fn generated(
    users: u32,
    items: u32,
    events_per_user: u32,
    seed: u64,
) -> (InteractionLog, Vec<ItemFeatures>) {
    const FITS: &str = "generated logs are small";
    let mut log = InteractionLog::new();
    for user in 0..users {
        log.push_user(user.to_string()).expect(FITS);
    }
    for item in 0..items {
        log.push_item(item.to_string()).expect(FITS);
    }
    let mut random = rng::stream(seed, 0);
    let events = if items == 0 { 0 } else { u64::from(users) * u64::from(events_per_user) };
    for at in 0..events {
        let user = random.random_range(0..users);
        let depth: f64 = random.random();
        let place = ((depth * depth * f64::from(items)) as u32).min(items - 1);
        let of_taste = (place - place % GROUPS + user % GROUPS).min(items - 1);
        let item = if random.random_bool(0.8) { of_taste } else { place };
        let liking = if item % GROUPS == user % GROUPS { 3.0 } else { 1.5 };
        let rating = (liking + random.random_range(0.0..2.0_f32)).round();
        let time = Timestamp(STEP * at as i64);
        log.push(user.to_string(), item.to_string(), "rating", rating, Some(time)).expect(FITS);
    }
    let features = (0..items).map(|item| {
        let group = format!("group{}", item % GROUPS);
        ItemFeatures::text(format!("{group} item{item}")).with_category(group)
    });
    (log, features.collect())
}
