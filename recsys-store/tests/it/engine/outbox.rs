//! What others commit and do not announce: who listens here hears of it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use recsys_store::engine::OutboxStatistics;
use recsys_store::testing::{WatchedStorage, rating, tenant, user};
use recsys_store::traits::{Delivery, Subscription};
use recsys_store::types::{
    Change, Interaction, Item, ItemPatch, NewInteraction, Subject, TenantId, User, now,
};
use recsys_store::{Engine, LocalBus, MemoryStorage, Storage, TenantEngine};
use tokio::time::{Instant, sleep, timeout};

use super::fixture::plain;

/// Longer than it takes to make up for what was not announced.
const SOON: Duration = Duration::from_secs(3);
const EVERYTHING: [Subject; 3] = [Subject::Feedback, Subject::Catalog, Subject::Models];

/// Processes on one storage with one tenant, which has a user and two items.
struct Site {
    storage: Arc<dyn Storage>,
    tenant: TenantId,
    ann: User,
    items: Vec<Item>,
}

impl Site {
    async fn open() -> Self {
        Self::on(Arc::new(MemoryStorage::new())).await
    }

    async fn on(storage: Arc<dyn Storage>) -> Self {
        let tenant = tenant(&*storage, "shop").await.id;
        let stores = storage.tenant(tenant);
        let ann = stores.users.create(user("ann")).await.unwrap();
        let items = stores.catalog.create_many(vec![plain("lamp"), plain("chair")]).await.unwrap();
        Self { storage, tenant, ann, items }
    }

    /// A process that announces to `bus`.
    async fn process(&self, bus: &LocalBus) -> TenantEngine {
        let engine = Engine::builder(Arc::clone(&self.storage)).training_threads(1);
        let engine = engine.events(Arc::new(bus.clone())).build().unwrap();
        engine.tenant(self.tenant).await.unwrap()
    }

    /// A process that dies after each commit, before it has announced it to anybody.
    async fn dying(&self) -> TenantEngine {
        self.process(&LocalBus::new()).await
    }

    async fn view(&self, process: &TenantEngine, item: &Item) -> Interaction {
        let event = NewInteraction::new(self.ann.id, item.id, "view");
        process.record(vec![event]).await.unwrap().remove(0)
    }
}

fn recorded(event: &Interaction) -> Change {
    Change::InteractionRecorded(Box::new(event.clone()))
}

/// All that arrives for a while.
async fn heard(news: &mut Subscription) -> Vec<Change> {
    sleep(SOON).await;
    let mut changes = Vec::new();
    while let Some(Some(delivery)) = news.next().now_or_never() {
        let Delivery::Event(event) = delivery else { continue };
        changes.push(event.change.clone());
    }
    changes
}

#[tokio::test(start_paused = true)]
async fn what_a_process_committed_and_did_not_announce_is_heard_within_two_seconds() {
    let site = Site::open().await;
    let (here, dying) = (site.process(&LocalBus::new()).await, site.dying().await);
    let mut news = here.subscribe(&[Subject::User(site.ann.id)]).await.unwrap();
    sleep(Duration::from_millis(4_321)).await;
    let event = site.view(&dying, &site.items[0]).await;
    drop(dying);
    let committed = Instant::now();
    let Some(Delivery::Event(news)) = news.next().await else { unreachable!() };
    assert_eq!(news.change, recorded(&event));
    let late = committed.elapsed();
    assert!(late >= Duration::from_secs(1) && late <= Duration::from_secs(2), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn everything_of_which_rows_are_left_is_made_up_for() {
    let site = Site::open().await;
    let (here, dying) = (site.process(&LocalBus::new()).await, site.dying().await);
    let mut news = here.subscribe(&EVERYTHING).await.unwrap();
    let (lamp, chair) = (&site.items[0], &site.items[1]);
    let event = site.view(&dying, lamp).await;
    let rated = dying.rate(rating(site.ann.id, chair.id, 4.0)).await.unwrap();
    let created = dying.create_items(vec![plain("table")]).await.unwrap().remove(0);
    // A change in the moment of its making would be taken for that.
    while now() <= lamp.created_at {}
    dying.update_item(lamp.id, ItemPatch::default()).await.unwrap();
    let job = dying.train("popularity", |_| {}).await.unwrap();
    let version = job.model_version.unwrap();
    let expected = [
        Change::ItemCreated(created.id),
        Change::ItemChanged(lamp.id),
        recorded(&event),
        Change::ItemRated(Box::new(rated)),
        Change::ModelPublished { algorithm: "popularity".into(), version },
    ];
    assert_eq!(heard(&mut news).await, expected);
    dying.delete_item(chair.id).await.unwrap();
    assert_eq!(heard(&mut news).await, [Change::ItemDeleted(chair.id)]);
}

#[tokio::test(start_paused = true)]
async fn what_was_announced_is_not_announced_again() {
    let site = Site::open().await;
    let bus = LocalBus::new();
    // Three processes over one bus: any of them could make up for what is lost.
    let (one, two, three) =
        (site.process(&bus).await, site.process(&bus).await, site.process(&bus).await);
    let mut at_two = two.subscribe(&EVERYTHING).await.unwrap();
    let mut at_three = three.subscribe(&EVERYTHING).await.unwrap();
    for _ in 0..5 {
        sleep(Duration::from_millis(333)).await;
        let item = one.create_items(vec![plain("table")]).await.unwrap().remove(0);
        site.view(&one, &item).await;
        one.rate(rating(site.ann.id, item.id, 4.0)).await.unwrap();
        one.update_item(item.id, ItemPatch::default()).await.unwrap();
    }
    one.delete_item(site.items[0].id).await.unwrap();
    for news in [&mut at_two, &mut at_three] {
        assert_eq!(heard(news).await.len(), 21);
    }
}

#[tokio::test(start_paused = true)]
async fn each_process_makes_up_for_its_own_subscribers_and_goes_on_when_another_is_gone() {
    let site = Site::open().await;
    let bus = LocalBus::new();
    let (one, two, dying) =
        (site.process(&LocalBus::new()).await, site.process(&bus).await, site.dying().await);
    let mut at_one = one.subscribe(&EVERYTHING).await.unwrap();
    let mut at_two = two.subscribe(&EVERYTHING).await.unwrap();
    let first = site.view(&dying, &site.items[0]).await;
    assert_eq!(heard(&mut at_one).await, [recorded(&first)]);
    assert_eq!(heard(&mut at_two).await, [recorded(&first)], "once, though two have seen it");
    drop((one, at_one));
    let second = site.view(&dying, &site.items[0]).await;
    assert_eq!(heard(&mut at_two).await, [recorded(&second)]);
}

#[tokio::test(start_paused = true)]
async fn what_was_told_of_a_user_after_something_lost_is_told_again_behind_it() {
    let site = Site::open().await;
    let bus = LocalBus::new();
    let (alive, here, dying) =
        (site.process(&bus).await, site.process(&bus).await, site.dying().await);
    let ben = here.stores().users.create(user("ben")).await.unwrap();
    let mut news = here.subscribe(&[Subject::Feedback]).await.unwrap();
    let before = site.view(&alive, &site.items[0]).await;
    let lost = site.view(&dying, &site.items[1]).await;
    let of_ben = NewInteraction::new(ben.id, site.items[0].id, "view");
    let of_ben = alive.record(vec![of_ben]).await.unwrap().remove(0);
    let after = site.view(&alive, &site.items[0]).await;
    let all = heard(&mut news).await;
    let at_once = [recorded(&before), recorded(&of_ben), recorded(&after)];
    assert_eq!(all[..3], at_once);
    assert_eq!(all[3..], [recorded(&lost), recorded(&after)]);
}

#[tokio::test(start_paused = true)]
async fn an_import_is_one_gap_and_no_flood() {
    let site = Site::open().await;
    let (here, dying) = (site.process(&LocalBus::new()).await, site.dying().await);
    let mut news = here.subscribe(&[Subject::Feedback]).await.unwrap();
    let begun = Instant::now();
    for _ in 0..12 {
        let event = NewInteraction::new(site.ann.id, site.items[0].id, "view");
        dying.import_interactions(vec![event; 1_500]).await.unwrap();
        sleep(Duration::from_millis(500)).await;
    }
    let mut gaps = Vec::new();
    while let Ok(Some(delivery)) = timeout(Duration::from_secs(20), news.next()).await {
        assert_eq!(delivery, Delivery::Missed(1));
        gaps.push(begun.elapsed());
        assert_eq!(here.trending(trending()).await.unwrap()[0].interactions % 1_500, 0);
    }
    assert!((1..=3).contains(&gaps.len()), "{gaps:?}");
    let event = site.view(&dying, &site.items[0]).await;
    assert_eq!(heard(&mut news).await, [recorded(&event)], "and single ones are told again");
}

fn trending() -> recsys_store::engine::TrendingQuery {
    recsys_store::engine::TrendingQuery { category: None, limit: 1 }
}

#[tokio::test(start_paused = true)]
async fn what_was_there_before_is_not_told_and_empty_places_are_passed_over() {
    let site = Site::open().await;
    let (here, dying) = (site.process(&LocalBus::new()).await, site.dying().await);
    let ben = here.stores().users.create(user("ben")).await.unwrap();
    site.view(&dying, &site.items[0]).await;
    let mut news = here.subscribe(&EVERYTHING).await.unwrap();
    let of_ben = NewInteraction::new(ben.id, site.items[0].id, "view");
    dying.record(vec![of_ben.clone(), of_ben]).await.unwrap();
    dying.delete_user(ben.id).await.unwrap();
    let event = site.view(&dying, &site.items[0]).await;
    assert_eq!(heard(&mut news).await, [recorded(&event)]);
    assert_eq!(heard(&mut news).await, []);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_while_the_storage_cannot_be_reached() {
    let watched = WatchedStorage::new(Arc::new(MemoryStorage::new()));
    let watch = watched.watch();
    let site = Site::on(Arc::new(watched)).await;
    let (here, dying) = (site.process(&LocalBus::new()).await, site.dying().await);
    let mut news = here.subscribe(&[Subject::Feedback]).await.unwrap();
    let event = site.view(&dying, &site.items[0]).await;
    watch.cut_off();
    assert_eq!(heard(&mut news).await, []);
    watch.recover();
    assert_eq!(heard(&mut news).await, [recorded(&event)]);
}

#[tokio::test(start_paused = true)]
async fn who_subscribes_while_the_storage_is_away_is_told_of_a_gap() {
    let watched = WatchedStorage::new(Arc::new(MemoryStorage::new()));
    let watch = watched.watch();
    let site = Site::on(Arc::new(watched)).await;
    let here = site.process(&LocalBus::new()).await;
    watch.cut_off();
    let mut news = here.subscribe(&[Subject::Feedback]).await.unwrap();
    sleep(SOON).await;
    assert_eq!(news.next().now_or_never(), None);
    watch.recover();
    assert_eq!(news.next().await, Some(Delivery::Missed(1)));
    assert_eq!(heard(&mut news).await, []);
}

#[tokio::test(start_paused = true)]
async fn nobody_looks_where_nobody_listens() {
    let watched = WatchedStorage::new(Arc::new(MemoryStorage::new()));
    let watch = watched.watch();
    let site = Site::on(Arc::new(watched)).await;
    let here = site.process(&LocalBus::new()).await;
    let first = here.subscribe(&[Subject::Feedback]).await.unwrap();
    let second = here.subscribe(&[Subject::Catalog]).await.unwrap();
    let _ = watch.calls();
    sleep(Duration::from_secs(10)).await;
    let looks = watch.calls()["tenants.revisions"];
    assert!((9..=11).contains(&looks), "one look a second for both, not {looks} in ten");
    drop((first, second));
    sleep(SOON).await;
    let _ = watch.calls();
    sleep(Duration::from_secs(10)).await;
    assert_eq!(watch.calls().get("tenants.revisions"), None);
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_counted() {
    let site = Site::open().await;
    let dying = site.dying().await;
    let engine = Engine::builder(Arc::clone(&site.storage)).build().unwrap();
    let here = engine.tenant(site.tenant).await.unwrap();
    let _news = here.subscribe(&[Subject::Feedback]).await.unwrap();
    sleep(Duration::from_millis(500)).await;
    assert_eq!(engine.outbox_statistics(), OutboxStatistics::default());
    site.view(&dying, &site.items[0]).await;
    sleep(Duration::from_millis(1_000)).await;
    let waiting = engine.outbox_statistics();
    assert_eq!((waiting.pending, waiting.lag.as_millis()), (1, 500));
    sleep(SOON).await;
    assert_eq!(engine.outbox_statistics(), OutboxStatistics::default());
}
