//! The shop is believable enough to learn from.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use recsys_store::import::{EventRow, ItemRow, Record};

use super::{Size, make_up};

fn shop() -> (Vec<ItemRow>, Vec<EventRow>, DateTime<Utc>) {
    let now = DateTime::from_timestamp_millis(1_800_000_000_000).unwrap();
    let (mut items, mut events) = (Vec::new(), Vec::new());
    for record in make_up(Size::default(), "visitor", now) {
        match record {
            Record::Item(item) => items.push(item),
            Record::Event(event) => events.push(event),
        }
    }
    (items, events, now)
}

#[test]
fn the_same_moment_gives_the_same_shop() {
    assert_eq!(shop(), shop());
}

#[test]
fn every_item_has_its_own_title_and_something_to_say() {
    let (items, _, _) = shop();
    assert_eq!(items.len(), 360);
    let titles: HashSet<&str> = items.iter().map(|item| item.title.as_str()).collect();
    assert_eq!(titles.len(), items.len());
    for item in &items {
        let description = item.description.as_deref().unwrap_or_default();
        assert!(!description.is_empty() && !description.contains('{'), "{item:?}");
        assert!(!item.title.contains('{') && item.tags.len() >= 3, "{item:?}");
        assert!(item.metadata["price"].as_f64().is_some_and(|price| price > 0.0), "{item:?}");
    }
}

#[test]
fn events_lie_in_the_last_half_year_and_their_items_exist() {
    let (items, events, now) = shop();
    let ids: HashSet<&str> = items.iter().map(|item| item.id.as_str()).collect();
    for event in &events {
        let at = event.at.unwrap();
        assert!(at <= now && at >= now - TimeDelta::days(180), "{event:?}");
        assert!(ids.contains(event.item.as_str()), "{event:?}");
    }
    let people: HashSet<&str> = events.iter().map(|event| event.user.as_str()).collect();
    assert_eq!(people.len(), 401);
    assert!(people.contains("visitor"));
}

#[test]
fn popularity_has_a_long_tail() {
    let (items, events, _) = shop();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for event in &events {
        *counts.entry(&event.item).or_default() += 1;
    }
    let mut counts: Vec<usize> = counts.into_values().collect();
    counts.sort_unstable_by(|left, right| right.cmp(left));
    let top: usize = counts.iter().take(items.len() / 10).sum();
    assert!(top * 4 > events.len(), "a tenth of the items has {top} of {} events", events.len());
    assert!(counts.len() * 10 > items.len() * 9, "only {} items were met", counts.len());
}

#[test]
fn people_keep_to_their_taste() {
    let (items, events, _) = shop();
    let shelf: HashMap<&str, &str> =
        items.iter().map(|item| (item.id.as_str(), item.category.as_deref().unwrap())).collect();
    let mut by_person: HashMap<&str, HashMap<&str, usize>> = HashMap::new();
    for event in events.iter().filter(|event| event.kind == "purchase") {
        *by_person
            .entry(&event.user)
            .or_default()
            .entry(shelf[event.item.as_str()])
            .or_default() += 1;
    }
    let (mut favourite, mut all) = (0, 0);
    for departments in by_person.values() {
        let mut counts: Vec<usize> = departments.values().copied().collect();
        counts.sort_unstable_by(|left, right| right.cmp(left));
        favourite += counts.iter().take(2).sum::<usize>();
        all += counts.iter().sum::<usize>();
    }
    assert!(favourite * 10 > all * 7, "{favourite} of {all} purchases in two departments");
}
