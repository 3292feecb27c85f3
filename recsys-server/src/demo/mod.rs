//! The made-up shop of `recsys demo`: a catalogue, people with tastes, and what they did.
//!
//! Everything follows from a seed, except that the events end at the present moment.

mod catalogue;
mod invitation;
mod people;
mod words;

use chrono::{DateTime, Utc};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use recsys_store::import::Record;

use self::catalogue::Catalogue;
pub(crate) use self::invitation::Invitation;

/// The default shop.
const SEED: u64 = 2_718;

/// How much there is of everything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) items_per_shelf: usize,
    pub(crate) people: usize,
}

impl Default for Size {
    fn default() -> Self {
        Self { items_per_shelf: 12, people: 400 }
    }
}

/// Makes up the catalogue and then what people did with it until `now`.
///
/// `visitor` gets a taste and a few events like everybody else.
pub(crate) fn make_up(size: Size, visitor: &str, now: DateTime<Utc>) -> Vec<Record> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let catalogue = Catalogue::make_up(size.items_per_shelf, &mut random);
    let events = people::make_up(&catalogue, size.people, visitor, now, &mut random);
    catalogue.into_rows().map(Record::Item).chain(events.into_iter().map(Record::Event)).collect()
}

#[cfg(test)]
mod tests;
