//! Cases of the catalogue.

use super::{event, history_of, item, ratings_of, shop, tenant};
use crate::error::StoreErrorKind;
use crate::traits::{CatalogStore, Storage};
use crate::types::{
    DescriptionChangeKind, Item, ItemChange, ItemId, ItemPatch, ItemQuery, ItemState, NewItem,
};

pub(super) fn everything() -> ItemQuery {
    ItemQuery { limit: 100, ..ItemQuery::default() }
}

pub(super) async fn titles(catalog: &dyn CatalogStore, query: &ItemQuery) -> Vec<String> {
    catalog.list(query).await.unwrap().into_iter().map(|item| item.title).collect()
}

/// Items come back as they were written, in the order asked for.
pub async fn created_items_are_read_back_in_order(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let metadata = serde_json::json!({"price": 19.5, "colour": "grün", "nested": {"a": [1]}});
    let full = NewItem {
        description: Some("A lamp\nwith \"quotes\"".into()),
        metadata: metadata.as_object().unwrap().clone(),
        ..item("Lamp")
    };
    let bare = NewItem { title: "Chair".into(), ..NewItem::default() };
    let created = stores.catalog.create_many(vec![full.clone(), bare]).await.unwrap();
    assert_eq!(created[0].metadata, full.metadata);
    assert_eq!(created[0].id, ItemId::from_external(stores.id, "Lamp"));
    assert!(created.iter().all(|item| item.is_active && item.average_rating().is_none()));
    let ids = [created[1].id, ItemId::generate(), created[0].id];
    let found = stores.catalog.get_many(&ids).await.unwrap();
    assert_eq!(found, [Some(created[1].clone()), None, Some(created[0].clone())]);
}

/// One wrong item of a batch, and none is created.
pub async fn creating_is_all_or_nothing(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &["Lamp"]).await;
    let catalog = &stores.catalog;
    let wrong = NewItem { title: String::new(), ..NewItem::default() };
    let error = catalog.create_many(vec![item("Chair"), wrong]).await.unwrap_err();
    let field = "items[1].title".to_owned();
    assert_eq!(*error.kind(), StoreErrorKind::InvalidInput { field });
    for batch in [vec![item("Chair"), item("Lamp")], vec![item("Chair"), item("Chair")]] {
        let error = catalog.create_many(batch).await.unwrap_err();
        assert_eq!(*error.kind(), StoreErrorKind::AlreadyExists);
    }
    assert_eq!(titles(&**catalog, &everything()).await, ["Lamp"]);
}

/// An import can be repeated: known items are updated, unchanged ones keep their revision.
pub async fn importing_items_again_updates_them(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp", "Chair"]).await;
    stores.interactions.append(&[event(user.id, items[0].id)]).await.unwrap();
    let before = stores.catalog.get_many(&[items[1].id]).await.unwrap()[0].clone().unwrap();
    let brighter = NewItem { description: Some("brighter".into()), ..item("Lamp") };
    let imported =
        stores.catalog.upsert_external(vec![brighter, item("Chair"), item("Table")]).await.unwrap();
    assert_eq!(imported[0].description.as_deref(), Some("brighter"));
    assert_eq!((imported[0].id, imported[0].interaction_count), (items[0].id, 1));
    assert_eq!(imported[1], before, "nothing changed, so neither did the revision");
    assert_eq!(imported[2].title, "Table");
    let ids: Vec<ItemId> = imported.iter().map(|item| item.id).collect();
    let stored: Vec<Item> =
        stores.catalog.get_many(&ids).await.unwrap().into_iter().flatten().collect();
    assert_eq!(stored, imported);
    let error = stores.catalog.upsert_external(vec![item("A"), item("A")]).await.unwrap_err();
    let field = "items[1].external_id".to_owned();
    assert_eq!(*error.kind(), StoreErrorKind::InvalidInput { field });
}

/// A patch changes the fields it has and no other.
pub async fn a_patch_changes_what_it_names(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp"]).await;
    stores.interactions.append(&[event(user.id, items[0].id)]).await.unwrap();
    let patch = ItemPatch {
        category: Some(None),
        tags: Some(vec!["sale".into()]),
        is_active: Some(false),
        ..ItemPatch::default()
    };
    let updated = stores.catalog.update(items[0].id, patch).await.unwrap();
    assert_eq!((updated.title.as_str(), updated.category.as_deref()), ("Lamp", None));
    assert_eq!(updated.tags, ["sale"]);
    assert!(!updated.is_active);
    assert_eq!(updated.interaction_count, 1);
    assert!(updated.revision > items[0].revision);
    let stored = stores.catalog.get_many(&[items[0].id]).await.unwrap();
    assert_eq!(stored, [Some(updated)]);
    let wrong = ItemPatch { title: Some(String::new()), ..ItemPatch::default() };
    let error = stores.catalog.update(items[0].id, wrong).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::InvalidInput { field: "title".into() });
    let error = stores.catalog.update(ItemId::generate(), ItemPatch::default()).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::NotFound);
}

/// Lists hold active items, newest first, by category and words, page by page.
pub async fn listing_filters_and_pages(storage: &dyn Storage) {
    let (stores, _, items) = shop(storage, "shop", &["Red lamp", "Green lamp"]).await;
    let catalog = &*stores.catalog;
    let books = NewItem {
        category: Some("books".into()),
        description: Some("all about lamps".into()),
        ..item("Light reading")
    };
    catalog.create_many(vec![books]).await.unwrap();
    let all = titles(catalog, &everything()).await;
    assert_eq!(all.len(), 3);
    let by_category = ItemQuery { category: Some("things".into()), ..everything() };
    assert_eq!(titles(catalog, &by_category).await.len(), 2);
    let by_words = ItemQuery { search: Some("LAMP".into()), ..everything() };
    assert_eq!(titles(catalog, &by_words).await, all);
    let both = ItemQuery { search: Some("red".into()), ..by_category };
    assert_eq!(titles(catalog, &both).await, ["Red lamp"]);
    for offset in 0..4_u32 {
        let page = ItemQuery { limit: 1, offset, ..everything() };
        let expected: Vec<String> = all.iter().skip(offset as usize).take(1).cloned().collect();
        assert_eq!(titles(catalog, &page).await, expected, "offset {offset}");
    }
    let hide = ItemPatch { is_active: Some(false), ..ItemPatch::default() };
    catalog.update(items[0].id, hide).await.unwrap();
    assert_eq!(titles(catalog, &everything()).await.len(), 2);
}

/// U+0000 is in no text: nothing is stored with it, and what is looked for with it is not found.
pub async fn texts_that_cannot_be_kept_are_refused_and_found_nowhere(storage: &dyn Storage) {
    let (stores, user, _) = shop(storage, "shop", &["Lamp"]).await;
    let error = stores.catalog.create_many(vec![item("La\0mp")]).await.unwrap_err();
    let field = "items[0].title".to_owned();
    assert_eq!(*error.kind(), StoreErrorKind::InvalidInput { field });
    let category = ItemQuery { category: Some("thi\0ngs".into()), ..everything() };
    assert_eq!(stores.catalog.list(&category).await.unwrap(), []);
    assert_eq!(stores.users.by_email("ann\0@example.com").await.unwrap(), None);
    assert_eq!(storage.tenants().by_domain("sh\0op").await.unwrap(), None);
    let histories = stores.interactions.histories(&[user.id], Some("vi\0ew"), 9).await.unwrap();
    assert_eq!(histories, [[]]);
    assert_eq!(stores.models.current("a\0ls").await.unwrap(), None);
    assert_eq!(stores.models.versions("a\0ls").await.unwrap(), []);
}

fn summary(changes: &[ItemChange]) -> Vec<(ItemId, Option<String>)> {
    let title = |change: &ItemChange| match &change.state {
        ItemState::Deleted => None,
        ItemState::Present(item) => Some(item.title.clone()),
    };
    changes.iter().map(|change| (change.item, title(change))).collect()
}

/// The feed has each changed item once, in its newest state, events included.
pub async fn changes_report_the_newest_state_once(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp", "Chair"]).await;
    let all = stores.catalog.changes(0, 100).await.unwrap();
    assert_eq!(all.len(), 2);
    let seen = all.iter().map(|change| change.revision).max().unwrap();
    assert_eq!(stores.catalog.changes(seen, 100).await.unwrap(), []);
    let rename = |title: &str| ItemPatch { title: Some(title.into()), ..ItemPatch::default() };
    stores.catalog.update(items[0].id, rename("Lamp 2")).await.unwrap();
    stores.interactions.append(&[event(user.id, items[1].id)]).await.unwrap();
    stores.catalog.update(items[0].id, rename("Lamp 3")).await.unwrap();
    let changes = stores.catalog.changes(seen, 100).await.unwrap();
    let expected =
        [(items[1].id, Some("Chair".to_owned())), (items[0].id, Some("Lamp 3".to_owned()))];
    assert_eq!(summary(&changes), expected);
    assert!(changes.is_sorted_by_key(|change| change.revision));
    let stored = stores.catalog.get_many(&[items[1].id]).await.unwrap()[0].clone().unwrap();
    assert_eq!(stored.interaction_count, 1);
    assert_eq!(changes[0].state, ItemState::Present(Box::new(stored)));
}

/// The feed says that an item is gone, and that it is back.
pub async fn changes_report_deletions_and_returns(storage: &dyn Storage) {
    let (stores, _, items) = shop(storage, "shop", &["Lamp", "Chair"]).await;
    let catalog = &stores.catalog;
    let seen = catalog.changes(0, 100).await.unwrap().last().unwrap().revision;
    assert!(catalog.delete(items[0].id).await.unwrap());
    assert!(!catalog.delete(items[0].id).await.unwrap());
    assert_eq!(catalog.get_many(&[items[0].id]).await.unwrap(), [None]);
    let changes = catalog.changes(seen, 100).await.unwrap();
    assert_eq!(summary(&changes), [(items[0].id, None)]);
    catalog.create_many(vec![item("Lamp")]).await.unwrap();
    let changes = catalog.changes(seen, 100).await.unwrap();
    assert_eq!(summary(&changes), [(items[0].id, Some("Lamp".to_owned()))]);
}

/// Small pages add up to the whole feed.
pub async fn changes_are_never_torn_apart(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &["A", "B", "C"]).await;
    let catalog = &stores.catalog;
    catalog.create_many(vec![item("D")]).await.unwrap();
    catalog.delete(ItemId::from_external(stores.id, "B")).await.unwrap();
    let whole = catalog.changes(0, 100).await.unwrap();
    assert_eq!(whole.len(), 4);
    for limit in 1..6 {
        let (mut paged, mut after) = (Vec::new(), 0);
        loop {
            let page = catalog.changes(after, limit).await.unwrap();
            let done = page.len() < limit as usize;
            after = page.last().map_or(after, |change| change.revision);
            paged.extend(page);
            if done {
                break;
            }
        }
        assert_eq!(paged, whole, "limit {limit}");
    }
}

/// The feed of descriptions has items that came, changed or went, and not those with which something was done.
pub async fn descriptions_leave_out_what_only_counts(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp", "Chair", "Table"]).await;
    let catalog = &stores.catalog;
    let described = async |after, limit| {
        let changes = catalog.descriptions(after, limit).await.unwrap();
        assert!(changes.is_sorted_by_key(|change| (change.revision, change.item)));
        changes
    };
    let created = described(0, 100).await;
    let mut ids: Vec<ItemId> = items.iter().map(|item| item.id).collect();
    ids.sort_unstable();
    assert_eq!(created.iter().map(|change| change.item).collect::<Vec<_>>(), ids);
    assert!(created.iter().all(|change| change.kind == DescriptionChangeKind::Created));
    assert_eq!(created[0].revision, items[0].revision);
    let seen = items[0].revision;

    stores.interactions.append(&[event(user.id, items[0].id)]).await.unwrap();
    stores.interactions.rate(&[super::rating(user.id, items[1].id, 4.0)]).await.unwrap();
    catalog.upsert_external(vec![item("Chair")]).await.unwrap();
    assert_eq!(described(seen, 100).await, []);

    let hide = ItemPatch { is_active: Some(false), ..ItemPatch::default() };
    // Time enough that it is not the moment of its making.
    let hidden = loop {
        let hidden = catalog.update(items[1].id, hide.clone()).await.unwrap();
        if hidden.updated_at > hidden.created_at {
            break hidden;
        }
    };
    stores.interactions.append(&[event(user.id, items[1].id)]).await.unwrap();
    assert!(catalog.delete(items[2].id).await.unwrap());
    let changes = described(seen, 100).await;
    let found: Vec<_> = changes.iter().map(|change| (change.item, change.kind)).collect();
    let expected = [
        (items[1].id, DescriptionChangeKind::Changed),
        (items[2].id, DescriptionChangeKind::Deleted),
    ];
    assert_eq!(found, expected);
    assert_eq!(changes[0].revision, hidden.revision, "the event after it has not moved it");
    assert_eq!(described(seen, 1).await, changes[..1]);
    assert_eq!(described(hidden.revision, 100).await, changes[1..]);
    let (elsewhere, _, _) = shop(storage, "other", &[]).await;
    assert_eq!(elsewhere.catalog.descriptions(0, 100).await.unwrap(), []);
}

/// Events and ratings of a deleted item are gone; others stay.
pub async fn a_deleted_item_takes_its_events_along(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp", "Chair"]).await;
    let events = [event(user.id, items[0].id), event(user.id, items[1].id)];
    stores.interactions.append(&events).await.unwrap();
    stores.interactions.rate(&[super::rating(user.id, items[0].id, 4.0)]).await.unwrap();
    stores.catalog.delete(items[0].id).await.unwrap();
    let history = history_of(&stores, user.id, 10).await;
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].item_id, items[1].id);
    assert_eq!(ratings_of(&stores, user.id, 10).await, []);
    assert_eq!(stores.interactions.scan(0, 10).await.unwrap(), history);
    let next = stores.interactions.append(&[event(user.id, items[1].id)]).await.unwrap();
    assert_eq!(next[0].sequence, 4, "sequences are not used again");
    let other = storage.tenant(tenant(storage, "other").await.id);
    assert!(!other.catalog.delete(items[1].id).await.unwrap());
}

/// Pages that go on from the last item of the page before give everything once, whatever happens
/// to that item meanwhile.
pub async fn a_list_goes_on_from_any_place(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let catalog = &stores.catalog;
    for batch in 0..3 {
        let new = (0..4).map(|index| item(&format!("Item {batch}{index}"))).collect();
        catalog.create_many(new).await.unwrap();
    }
    let all = catalog.list(&everything()).await.unwrap();
    let mut paged: Vec<Item> = Vec::new();
    let mut after = None;
    loop {
        let query = ItemQuery { limit: 5, after, ..ItemQuery::default() };
        let page = catalog.list(&query).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.position());
        if paged.is_empty() {
            catalog.delete(last.id).await.unwrap();
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);
    let by_words = ItemQuery { search: Some("item 0".into()), after, ..everything() };
    assert_eq!(catalog.list(&by_words).await.unwrap(), []);
    let category = Some("things".to_owned());
    let query = ItemQuery { category, after: Some(all[7].position()), ..everything() };
    assert_eq!(catalog.list(&query).await.unwrap(), all[8..]);
}
