//! The customers of the shop, their tastes, and what they did.

use chrono::{DateTime, TimeDelta, Utc};
use rand::distr::Distribution as _;
use rand::distr::weighted::WeightedIndex;
use rand::seq::IndexedRandom as _;
use rand::{Rng, RngExt as _};
use recsys_store::import::EventRow;

use super::catalogue::{Catalogue, Good};
use super::words::{DEPARTMENTS, FIRST_NAMES, LAST_NAMES, MOODS};

/// How far back the events go.
const DAYS: i64 = 180;
/// How many items somebody meets.
const VISITS: std::ops::RangeInclusive<usize> = 12..=45;

/// Lets `count` people and the visitor wander through the shop.
pub(super) fn make_up(
    catalogue: &Catalogue,
    count: usize,
    visitor: &str,
    now: DateTime<Utc>,
    random: &mut impl Rng,
) -> Vec<EventRow> {
    let popularity = popularity(catalogue.goods.len(), random);
    let mut events = Vec::new();
    for number in 0..count {
        let taste = Taste::make_up(random);
        let visits = random.random_range(VISITS);
        events.extend(visit(catalogue, &popularity, &taste, &name(number), visits, now, random));
    }
    let taste = Taste { departments: vec![0, 3], topics: vec!["sea", "garden"], mood: 0 };
    events.extend(visit(catalogue, &popularity, &taste, visitor, 14, now, random));
    events.sort_by_key(|event| event.at);
    events
}

/// What somebody likes.
#[derive(Clone, Debug)]
struct Taste {
    departments: Vec<usize>,
    topics: Vec<&'static str>,
    mood: usize,
}

impl Taste {
    fn make_up(random: &mut impl Rng) -> Self {
        let departments: Vec<usize> = (0..DEPARTMENTS.len()).collect();
        let departments: Vec<usize> = departments.sample(random, 2).copied().collect();
        let mut topics = Vec::new();
        for &department in &departments {
            // Two shelves in each favourite department, and with them their subjects everywhere.
            for theme in DEPARTMENTS[department].themes.sample(random, 2) {
                topics.extend([theme.tag, theme.topic]);
            }
        }
        Self { departments, topics, mood: random.random_range(0..MOODS.len()) }
    }

    /// How much more likely the good is met because of the taste: 1 for a stranger to it.
    fn pull(&self, good: &Good) -> f64 {
        let mut pull = 0.0;
        if self.departments.contains(&good.department) {
            pull += 1.2;
        }
        if self.topics.contains(&good.tag) {
            pull += 2.2;
        }
        if self.topics.contains(&good.topic) {
            pull += 0.9;
        }
        if good.moods.contains(&self.mood) {
            pull += 0.5;
        }
        f64::exp(pull)
    }
}

/// A long tail: the item of rank r is met in proportion to 1 / (r + 5)^0.8.
fn popularity(count: usize, random: &mut impl Rng) -> Vec<f64> {
    use rand::seq::SliceRandom as _;

    let mut ranks: Vec<u32> = (0..).take(count).collect();
    ranks.shuffle(random);
    ranks.into_iter().map(|rank| (f64::from(rank) + 5.0).powf(-0.8)).collect()
}

/// The events of one person: items met by taste and popularity, some liked, bought or rated.
fn visit(
    catalogue: &Catalogue,
    popularity: &[f64],
    taste: &Taste,
    user: &str,
    visits: usize,
    now: DateTime<Utc>,
    random: &mut impl Rng,
) -> Vec<EventRow> {
    let pulls: Vec<f64> = catalogue.goods.iter().map(|good| taste.pull(good)).collect();
    let weights = pulls.iter().zip(popularity).map(|(pull, popularity)| pull * popularity);
    let chance = WeightedIndex::new(weights).expect("every weight is positive");
    let first_day = random.random_range(1..=DAYS);
    let mut events = Vec::new();
    for _ in 0..visits {
        let place = chance.sample(random);
        let good = &catalogue.goods[place];
        let at = now - TimeDelta::seconds(random.random_range(0..first_day * 86_400));
        let mut event = |kind: &str, value: f64, minutes: i64| {
            let at = (at + TimeDelta::minutes(minutes)).min(now);
            events.push(EventRow {
                user: user.to_owned(),
                item: good.row.id.clone(),
                kind: kind.to_owned(),
                value,
                at: DateTime::from_timestamp_millis(at.timestamp_millis()),
            });
        };
        event("view", 1.0, 0);
        // From 0.05 for a stranger to about 0.9 for the dearest.
        let liking = pulls[place].ln() / 5.3 + 0.05;
        if random.random_bool((liking * 0.5).clamp(0.0, 1.0)) {
            event("like", 1.0, 1);
        }
        if random.random_bool((liking * 0.45).clamp(0.0, 1.0)) {
            event("cart", 1.0, 3);
            if random.random_bool(0.7) {
                event("purchase", 1.0, 6);
            }
        }
        if random.random_bool(0.3) {
            event("rating", stars(liking, random), 9);
        }
    }
    events
}

/// One to five stars: more for what is liked, with a will of its own.
fn stars(liking: f64, random: &mut impl Rng) -> f64 {
    let opinion = 2.2 + 3.0 * liking + random.random_range(-1.0..1.0);
    opinion.round().clamp(1.0, 5.0)
}

/// `mira.holm`, with a number once all names are used up.
fn name(number: usize) -> String {
    // The factor is prime to the number of last names, so that neighbours in the list differ in both.
    let first = FIRST_NAMES[number % FIRST_NAMES.len()];
    let last = LAST_NAMES[(number / FIRST_NAMES.len() + number * 7) % LAST_NAMES.len()];
    match number / (FIRST_NAMES.len() * LAST_NAMES.len()) {
        0 => format!("{first}.{last}"),
        round => format!("{first}.{last}{}", round + 1),
    }
}
