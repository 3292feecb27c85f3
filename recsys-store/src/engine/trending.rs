//! What is done much with right now.
//!
//! The newest events of the log are counted by item, each event less with every day. The counts are
//! followed through the log, so events of other processes count as well, each event once.

use std::collections::HashMap;
use std::sync::Arc;

use recsys_core::data::Aggregation;

use super::catalog::Catalog;
use super::{EngineError, Result, TenantEngine};
use crate::types::{Interaction, Item, ItemId, now};

/// Events at the end of the log that are read when counting begins.
const RECENT_EVENTS: u64 = 100_000;
/// Events read at once.
const SCAN_CHUNK: u32 = 5_000;
/// Items that are counted; beyond twice as many the coolest are forgotten.
const MOST_ITEMS: usize = 10_000;
/// Older events do not count.
const WINDOW_DAYS: usize = 7;
/// Time after which an event counts half.
const HALF_LIFE_DAYS: f64 = 1.0;
const MILLISECONDS_PER_DAY: i64 = 24 * 60 * 60 * 1_000;

/// Which items to rank by what is done with them right now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrendingQuery {
    /// Only this category.
    pub category: Option<String>,
    /// Length of the list, 1 to 1,000.
    pub limit: usize,
}

/// An item with which much is done.
#[derive(Clone, Debug)]
pub struct TrendingItem {
    /// What.
    pub item: Arc<Item>,
    /// Sum of the weights of its events, each halved for every day of its age.
    pub score: f64,
    /// Its positive events of the last seven days.
    pub interactions: u64,
}

impl TenantEngine {
    /// Ranks active items by their positive events of the last seven days, newer ones counting more;
    /// best first, without those that have none.
    ///
    /// # Errors
    /// `InvalidInput` naming `limit`.
    pub async fn trending(&self, query: TrendingQuery) -> Result<Vec<TrendingItem>> {
        if !(1..=1000).contains(&query.limit) {
            let problem = format!("is {}, expected 1 to 1000", query.limit);
            return Err(EngineError::invalid("limit", problem));
        }
        self.follow().await?;
        let heats = {
            let mut tally = self.live.tally.lock().await;
            self.follow_log(&mut tally).await?;
            Arc::clone(&tally.heats)
        };
        let catalog = self.live.catalog();
        let rank = move || rank(&heats, &catalog, &query, now().timestamp_millis());
        Ok(self.shared.serving.run(rank).await)
    }

    /// Counts what has been recorded since the last time, as far as the log has been followed.
    async fn follow_log(&self, tally: &mut Tally) -> Result<()> {
        let last = self.live.log_position();
        let mut after = tally.sequence.unwrap_or_else(|| last.saturating_sub(RECENT_EVENTS));
        let tenant = self.tenant();
        while after < last {
            let events = self.stores().interactions.scan(after, SCAN_CHUNK).await?;
            let more = events.len() == SCAN_CHUNK as usize;
            // At the end of the log there may be places without events.
            after = events.last().map_or(last, |event| event.sequence);
            after = if more { after } else { after.max(last) };
            tally.add(&events, &tenant.settings.aggregation, now().timestamp_millis());
            tally.sequence = Some(after);
        }
        Ok(())
    }
}

/// The counts of a tenant.
#[derive(Debug, Default)]
pub(super) struct Tally {
    heats: Arc<HashMap<ItemId, Heat>>,
    /// The last event that is counted.
    sequence: Option<u64>,
}

impl Tally {
    fn add(&mut self, events: &[Interaction], aggregation: &Aggregation, now: i64) {
        if events.is_empty() {
            return;
        }
        let heats = Arc::make_mut(&mut self.heats);
        for event in events {
            let policy = aggregation.policy(&event.kind);
            let (weight, offset) = (f64::from(policy.weight), f64::from(policy.offset));
            let age = now - event.at.timestamp_millis();
            // Not the value itself: clients choose it, and one event must not outweigh a crowd.
            if weight * (event.value - offset) > 0.0
                && age < WINDOW_DAYS as i64 * MILLISECONDS_PER_DAY
            {
                let at = event.at.timestamp_millis().min(now);
                heats.entry(event.item_id).or_insert_with(|| Heat::new(at)).add(at, weight.abs());
            }
        }
        if heats.len() > 2 * MOST_ITEMS {
            let mut all: Vec<(ItemId, Heat)> = heats.drain().collect();
            let hotter = |left: &(ItemId, Heat), right: &(ItemId, Heat)| {
                right.1.score_at(now).total_cmp(&left.1.score_at(now))
            };
            all.select_nth_unstable_by(MOST_ITEMS, hotter);
            heats.extend(all.into_iter().take(MOST_ITEMS));
        }
    }
}

/// How much is done with one item.
#[derive(Clone, Debug)]
struct Heat {
    /// As it was at `as_of`.
    score: f64,
    as_of: i64,
    /// Events of `newest_day` and the days before it.
    days: [u32; WINDOW_DAYS],
    newest_day: i64,
}

impl Heat {
    fn new(at: i64) -> Self {
        Self {
            score: 0.0,
            as_of: at,
            days: [0; WINDOW_DAYS],
            newest_day: at / MILLISECONDS_PER_DAY,
        }
    }

    fn add(&mut self, at: i64, weight: f64) {
        if at > self.as_of {
            (self.score, self.as_of) = (self.score_at(at), at);
        }
        self.score += weight * retained(self.as_of - at);
        let day = at / MILLISECONDS_PER_DAY;
        if day > self.newest_day {
            let passed =
                usize::try_from(day - self.newest_day).unwrap_or(usize::MAX).min(WINDOW_DAYS);
            self.days.rotate_right(passed);
            self.days[..passed].fill(0);
            self.newest_day = day;
        }
        let ago = usize::try_from(self.newest_day - day).unwrap_or(usize::MAX);
        if let Some(count) = self.days.get_mut(ago) {
            *count = count.saturating_add(1);
        }
    }

    fn score_at(&self, now: i64) -> f64 {
        self.score * retained(now - self.as_of)
    }

    /// Counts the events of the last seven days.
    fn count_at(&self, now: i64) -> u64 {
        let passed = usize::try_from(now / MILLISECONDS_PER_DAY - self.newest_day).unwrap_or(0);
        let recent = self.days.iter().take(WINDOW_DAYS.saturating_sub(passed));
        recent.map(|count| u64::from(*count)).sum()
    }
}

/// Returns what is left of an event's weight after an age in milliseconds.
fn retained(age: i64) -> f64 {
    let days = age.max(0) as f64 / MILLISECONDS_PER_DAY as f64;
    (-days / HALF_LIFE_DAYS).exp2()
}

fn rank(
    heats: &HashMap<ItemId, Heat>,
    catalog: &Catalog,
    query: &TrendingQuery,
    now: i64,
) -> Vec<TrendingItem> {
    let shown = |item: &Item| {
        item.is_active && (query.category.is_none() || item.category == query.category)
    };
    let mut ranked: Vec<TrendingItem> = heats
        .iter()
        .filter_map(|(id, heat)| {
            let item = catalog.get(*id).filter(|item| shown(item))?;
            let interactions = heat.count_at(now);
            let item = Arc::clone(item);
            (interactions > 0).then(|| TrendingItem {
                item,
                score: heat.score_at(now),
                interactions,
            })
        })
        .collect();
    ranked.sort_unstable_by(|left, right| {
        right.score.total_cmp(&left.score).then_with(|| left.item.id.cmp(&right.item.id))
    });
    ranked.truncate(query.limit);
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::event_row;
    use crate::types::{NewInteraction, UserId};

    const DAY: i64 = MILLISECONDS_PER_DAY;

    #[test]
    fn an_event_counts_half_after_a_day_in_whatever_order_events_come() {
        let (mut forward, mut backward) = (Heat::new(20_000 * DAY), Heat::new(20_001 * DAY));
        for (heat, days) in [(&mut forward, [20_000, 20_001]), (&mut backward, [20_001, 20_000])] {
            for day in days {
                heat.add(day * DAY, 2.0);
            }
            assert!((heat.score_at(20_001 * DAY) - 3.0).abs() < 1e-9, "{heat:?}");
            assert!((heat.score_at(20_002 * DAY) - 1.5).abs() < 1e-9, "{heat:?}");
            assert_eq!(heat.count_at(20_002 * DAY), 2);
        }
    }

    #[test]
    fn events_leave_the_count_after_seven_days() {
        let mut heat = Heat::new(20_000 * DAY);
        for day in 20_000..20_010 {
            heat.add(day * DAY, 1.0);
        }
        assert_eq!(heat.count_at(20_009 * DAY), 7);
        assert_eq!(heat.count_at(20_012 * DAY), 4);
        assert_eq!(heat.count_at(20_050 * DAY), 0);
    }

    #[test]
    fn the_coolest_items_are_forgotten() {
        let now = 20_000 * DAY;
        let at = chrono::DateTime::from_timestamp_millis(now).unwrap();
        let (user, hot) = (UserId::generate(), ItemId::generate());
        let view = |item| event_row(&NewInteraction::new(user, item, "view"), 1, at);
        let once = (0..=2 * MOST_ITEMS).map(|_| view(ItemId::generate()));
        let events: Vec<Interaction> = [view(hot), view(hot)].into_iter().chain(once).collect();
        let mut tally = Tally::default();
        tally.add(&events, &Aggregation::default(), now);
        assert_eq!(tally.heats.len(), MOST_ITEMS);
        assert!(tally.heats.contains_key(&hot));
    }
}
