//! What every format is read into: items of the catalogue and events of users.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

/// One row of an import.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A user did something with an item.
    Event(EventRow),
    /// An item of the catalogue.
    Item(ItemRow),
}

/// An item as a file describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemRow {
    /// The id in the system the file comes from.
    pub id: String,
    /// Never empty.
    pub title: String,
    /// Text to show and to compare items by.
    pub description: Option<String>,
    /// The one group the item belongs to.
    pub category: Option<String>,
    /// Labels, without doubles.
    pub tags: Vec<String>,
    /// Everything else the file says about the item.
    pub metadata: Map<String, Value>,
}

/// An event as a file describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct EventRow {
    /// The user's id in the system the file comes from.
    pub user: String,
    /// The item's id there.
    pub item: String,
    /// Kind of event, such as `view`, `purchase` or `rating`.
    pub kind: String,
    /// Finite: the stars of a rating, the quantity of a purchase, 1 for most kinds.
    pub value: f64,
    /// When it happened, to the millisecond; `None` when the file does not say.
    pub at: Option<DateTime<Utc>>,
}

impl EventRow {
    /// Identity of the event by its content alone, the same in whatever file or order it comes.
    ///
    /// `occurrence` tells apart events that are equal in everything: 0 for the first in the file.
    pub(super) fn key(&self, occurrence: u32) -> Uuid {
        let at = self.at.map_or_else(String::new, |at| at.timestamp_millis().to_string());
        let mut name = Vec::with_capacity(96);
        for part in [&self.user, &self.item, &self.kind, &self.value.to_string(), &at] {
            // A length in front of each part, so that no two lists of parts read the same.
            name.extend_from_slice(&(part.len() as u64).to_le_bytes());
            name.extend_from_slice(part.as_bytes());
        }
        name.extend_from_slice(&occurrence.to_le_bytes());
        Uuid::new_v5(&EVENT_NAMESPACE, &name)
    }
}

/// Namespace of the keys of imported events. Changing it would double every repeated import.
const EVENT_NAMESPACE: Uuid = Uuid::from_u128(0x6f0a_4d0e_51cb_4d0b_9d52_0c3c_6c1f_7a11);

#[cfg(test)]
mod tests {
    use super::*;

    fn event(user: &str, item: &str) -> EventRow {
        EventRow {
            user: user.to_owned(),
            item: item.to_owned(),
            kind: "view".to_owned(),
            value: 1.0,
            at: None,
        }
    }

    #[test]
    fn equal_events_share_a_key_and_their_occurrences_do_not() {
        assert_eq!(event("u", "i").key(0), event("u", "i").key(0));
        assert_ne!(event("u", "i").key(0), event("u", "i").key(1));
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        assert_ne!(event("u1", "2").key(0), event("u", "12").key(0));
    }

    #[test]
    fn the_time_is_part_of_the_identity() {
        let timed = EventRow { at: DateTime::from_timestamp_millis(0), ..event("u", "i") };
        assert_ne!(timed.key(0), event("u", "i").key(0));
    }
}
