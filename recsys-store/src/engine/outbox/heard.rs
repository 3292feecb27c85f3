//! What was announced lately.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::traits::Delivery;
use crate::types::{
    Change, DescriptionChange, DescriptionChangeKind, Interaction, ItemId, RATING_KIND, UserId,
};

/// Announcements that are remembered. What comes beyond that counts as not heard, and soon as a gap.
const MOST: usize = 100_000;

/// What was announced since the look before the last one.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Since the last look.
    recent: Notes,
    /// Between the last look and the one before.
    older: Notes,
}

#[derive(Debug, Default)]
struct Notes {
    /// By place in the log.
    events: HashSet<u64>,
    /// The place of a rating in the log is not announced: by what it says.
    ratings: HashSet<Rated>,
    /// The newest revision of each item.
    items: HashMap<ItemId, u64>,
    deleted: HashSet<ItemId>,
    models: HashSet<Uuid>,
}

/// User, item, moment in milliseconds, and bits of the rating.
type Rated = (UserId, ItemId, i64, u64);

impl Heard {
    pub(super) fn note(&mut self, delivery: &Delivery) {
        let Delivery::Event(event) = delivery else { return };
        let notes = &mut self.recent;
        if notes.len() >= MOST {
            return;
        }
        match &event.change {
            Change::InteractionRecorded(event) => {
                notes.events.insert(event.sequence);
            }
            Change::ItemRated(rating) => {
                let at = rating.created_at.timestamp_millis();
                let rated = (rating.user_id, rating.item_id, at, rating.rating.to_bits());
                notes.ratings.insert(rated);
            }
            Change::ItemChanged(item) | Change::ItemCreated(item) => {
                let newest = notes.items.entry(*item).or_default();
                *newest = event.revision.unwrap_or_default().max(*newest);
            }
            Change::ItemDeleted(item) => {
                notes.deleted.insert(*item);
            }
            Change::ModelPublished { version, .. } => {
                notes.models.insert(*version);
            }
            Change::JobMoved(_) | Change::UserChanged(_) => {}
        }
    }

    /// Begins anew after a look that has settled what the look before had found: whatever was announced
    /// before that was settled too.
    pub(super) fn turn(&mut self) {
        self.older = std::mem::take(&mut self.recent);
    }

    /// Returns the first place after `after`, up to `last`, that was not announced, and how many such places
    /// there may be; some of them may be empty.
    pub(super) fn unheard(&self, after: u64, last: u64) -> Option<(u64, u64)> {
        let all = last.saturating_sub(after);
        let ratings = (self.recent.ratings.len() + self.older.ratings.len()) as u64;
        let mut first = None;
        let mut count = 0;
        // Places are not looked at one by one where there cannot be that many announcements.
        let looked_at = all.min(2 * MOST as u64);
        for place in (after + 1..).take(usize::try_from(looked_at).unwrap_or(usize::MAX)) {
            if !self.any(|notes| notes.events.contains(&place)) {
                first.get_or_insert(place);
                count += 1;
            }
        }
        first.map(|first| (first, (count + all - looked_at).saturating_sub(ratings)))
    }

    pub(super) fn event(&self, event: &Interaction) -> bool {
        let at = event.at.timestamp_millis();
        let rated = (event.user_id, event.item_id, at, event.value.to_bits());
        self.any(|notes| notes.events.contains(&event.sequence))
            || (event.kind == RATING_KIND && self.any(|notes| notes.ratings.contains(&rated)))
    }

    pub(super) fn description(&mut self, change: &DescriptionChange) -> bool {
        let item = &change.item;
        match change.kind {
            // The revision of a deletion is not announced, so that it counts for one.
            DescriptionChangeKind::Deleted => {
                let recent = self.recent.deleted.remove(item);
                self.older.deleted.remove(item) || recent
            }
            DescriptionChangeKind::Changed | DescriptionChangeKind::Created => self.any(|notes| {
                notes.items.get(item).is_some_and(|revision| *revision >= change.revision)
            }),
        }
    }

    pub(super) fn model(&self, version: Uuid) -> bool {
        self.any(|notes| notes.models.contains(&version))
    }

    fn any(&self, heard: impl Fn(&Notes) -> bool) -> bool {
        heard(&self.recent) || heard(&self.older)
    }
}

impl Notes {
    fn len(&self) -> usize {
        let Self { events, ratings, items, deleted, models } = self;
        events.len() + ratings.len() + items.len() + deleted.len() + models.len()
    }
}
