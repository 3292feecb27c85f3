//! Imports into a tenant.

use std::sync::{Arc, Mutex};

use super::{Files, default};
use crate::import::{
    self, BadRows, Count, ImportError, ImportProgress, ImportStage, ImportSummary, Source,
};
use crate::types::{ItemId, ItemPatch, NewTenant, Tier, UserId};
use crate::{Engine, MemoryStorage, Storage as _, TenantEngine};

async fn shop() -> TenantEngine {
    let storage = MemoryStorage::new();
    let new = NewTenant { name: "Shop".into(), domain: "shop".into(), tier: Tier::Basic };
    let tenant = storage.tenants().create(new).await.unwrap();
    Engine::builder(Arc::new(storage)).build().unwrap().tenant(tenant.id).await.unwrap()
}

async fn import(shop: &TenantEngine, source: &Source) -> ImportSummary {
    import::run(shop, source, BadRows::Refuse, &|_| {}).await.unwrap()
}

const EVENTS: &str = "user,item,kind,value,timestamp\n\
    Ada,lamp,view,1,1700000000\n\
    Ada,lamp,view,1,1700000000\n\
    bob,lamp,rating,4,1700000001\n\
    bob,lamp,rating,2,1700000002\n\
    bob,desk,purchase,2,\n";

#[tokio::test]
async fn events_bring_their_users_and_items() {
    let files = Files::new().with("events.csv", EVENTS);
    let shop = shop().await;
    let summary = import(&shop, &Source::csv(files.path("events.csv"), default())).await;
    assert_eq!(summary.users, Count { read: 2, created: 2 });
    assert_eq!(summary.items, Count { read: 2, created: 2 });
    assert_eq!(summary.interactions, Count { read: 4, created: 4 });
    assert_eq!((summary.untitled_items, summary.superseded_ratings), (2, 1));

    let stores = shop.stores();
    let ada = UserId::from_external(stores.id, "Ada");
    let user = stores.users.get_many(&[ada]).await.unwrap().remove(0).unwrap();
    assert_eq!((user.username.as_str(), user.external_id.as_deref()), ("Ada", Some("Ada")));
    assert!(user.email.ends_with("@imported.invalid"), "{}", user.email);
    let lamp = ItemId::from_external(stores.id, "lamp");
    let item = stores.catalog.get_many(&[lamp]).await.unwrap().remove(0).unwrap();
    assert_eq!((item.title.as_str(), item.average_rating()), ("lamp", Some(2.0)));
}

#[tokio::test]
async fn an_import_can_be_repeated_in_any_order() {
    let shuffled: Vec<&str> = EVENTS.lines().skip(1).collect();
    let shuffled: Vec<&str> =
        [EVENTS.lines().next().unwrap()].into_iter().chain(shuffled.into_iter().rev()).collect();
    let files = Files::new().with("events.csv", EVENTS).with("other.csv", shuffled.join("\n"));
    let shop = shop().await;
    import(&shop, &Source::csv(files.path("events.csv"), default())).await;
    for name in ["events.csv", "other.csv"] {
        let again = import(&shop, &Source::csv(files.path(name), default())).await;
        assert_eq!(again.interactions, Count { read: 4, created: 0 }, "{name}");
        assert_eq!((again.users.created, again.items.created), (0, 0), "{name}");
    }
    assert_eq!(shop.stores().interactions.last_sequence().await.unwrap(), 4);
}

#[tokio::test]
async fn a_catalogue_names_items_that_events_brought() {
    let files = Files::new()
        .with("events.csv", EVENTS)
        .with("items.csv", "id,title\nlamp,The Old Lamp\nlamp,The Lamp\nchair,The Chair\n");
    let shop = shop().await;
    import(&shop, &Source::csv(files.path("events.csv"), default())).await;
    let summary = import(&shop, &Source::csv(files.path("items.csv"), default())).await;
    assert_eq!(summary.items, Count { read: 2, created: 1 });
    import(&shop, &Source::csv(files.path("events.csv"), default())).await;
    let stores = shop.stores();
    let lamp = ItemId::from_external(stores.id, "lamp");
    let item = stores.catalog.get_many(&[lamp]).await.unwrap().remove(0).unwrap();
    assert_eq!(item.title, "The Lamp", "the last row counts, and events do not touch it");
}

#[tokio::test]
async fn a_bad_row_leaves_the_tenant_empty_unless_it_is_skipped() {
    let files = Files::new().with("events.csv", format!("{EVENTS}carl,,view,1,\n"));
    let shop = shop().await;
    let source = Source::csv(files.path("events.csv"), default());
    let error = import::run(&shop, &source, BadRows::Refuse, &|_| {}).await.unwrap_err();
    assert!(
        matches!(&error, ImportError::BadRows { first, count: 1 } if first.line() == 7),
        "{error}"
    );
    assert_eq!(shop.stores().users.count().await.unwrap(), 0);

    let summary = import::run(&shop, &source, BadRows::Skip, &|_| {}).await.unwrap();
    assert_eq!((summary.skipped, summary.interactions.created), (1, 4));
    assert_eq!(summary.skipped_rows[0].line(), 7);
}

#[tokio::test]
async fn a_file_that_is_not_the_expected_one_is_refused_before_anything_is_written() {
    let files = Files::new().with("events.csv", EVENTS).with("other.csv", "user,item\na,b\n");
    let check = async |name: &str| {
        let source = Source::csv(files.path(name), default());
        import::check(&source, BadRows::Refuse, &|_| {}).await.unwrap()
    };
    let expected = check("events.csv").await.digest().whole();
    assert!(check("events.csv").await.expect(expected).is_ok());
    let error = check("other.csv").await.expect(expected).unwrap_err();
    assert!(error.to_string().contains(&format!("expected {expected}")), "{error}");
}

#[tokio::test]
async fn a_file_that_changes_between_checking_and_writing_is_noticed() {
    let files = Files::new().with("events.csv", EVENTS);
    let shop = shop().await;
    let source = Source::csv(files.path("events.csv"), default());
    let checked = import::check(&source, BadRows::Refuse, &|_| {}).await.unwrap();
    std::fs::write(files.path("events.csv"), EVENTS.replace("desk", "lamp")).unwrap();
    let error = checked.write(&shop, &|_| {}).await.unwrap_err();
    assert!(matches!(error, ImportError::Changed { .. }), "{error}");
}

#[tokio::test]
async fn events_of_deactivated_items_are_left_out() {
    let files = Files::new().with("events.csv", EVENTS);
    let shop = shop().await;
    let source = Source::csv(files.path("events.csv"), default());
    import(&shop, &source).await;
    let desk = ItemId::from_external(shop.stores().id, "desk");
    let off = ItemPatch { is_active: Some(false), ..ItemPatch::default() };
    shop.update_item(desk, off).await.unwrap();
    let again = import(&shop, &source).await;
    assert_eq!(again.inactive_items_events, 1);
    assert_eq!(again.interactions, Count { read: 3, created: 0 });
}

#[tokio::test]
async fn progress_goes_through_both_passes_to_the_end() {
    let files = Files::new().with("events.csv", EVENTS);
    let shop = shop().await;
    let seen = Mutex::new(Vec::new());
    let source = Source::csv(files.path("events.csv"), default());
    let note = |progress: ImportProgress| seen.lock().unwrap().push(progress);
    import::run(&shop, &source, BadRows::Refuse, &note).await.unwrap();
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.first().map(|progress| progress.stage), Some(ImportStage::Checking));
    let last = seen.last().unwrap();
    assert_eq!((last.stage, last.done), (ImportStage::Writing, last.total));
}
