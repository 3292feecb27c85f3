//! Processes that have nothing in common but the database hear of each other's writes.

use std::sync::Arc;

use futures_util::StreamExt as _;
use recsys_store::testing::postgres::TestDatabase;
use recsys_store::testing::{event, rating, shop};
use recsys_store::traits::{Delivery, Subscription};
use recsys_store::types::{Change, Subject};
use recsys_store::{Engine, Storage};

use super::storage;

async fn next(news: &mut Subscription) -> Change {
    let Some(Delivery::Event(event)) = news.next().await else { unreachable!("no gap, no end") };
    event.change.clone()
}

#[tokio::test]
async fn what_one_process_commits_and_does_not_announce_is_heard_in_the_others_in_order() {
    let database = TestDatabase::create().await;
    let (here, there, dying) =
        (storage(&database).await, storage(&database).await, storage(&database).await);
    let (stores, ann, items) = shop(&here, "shop", &["Lamp", "Chair"]).await;
    let mut subscribers = Vec::new();
    for storage in [&here, &there] {
        let engine = Engine::builder(Arc::new(storage.clone())).build().unwrap();
        let tenant = engine.tenant(stores.id).await.unwrap();
        let news = tenant.subscribe(&[Subject::User(ann.id), Subject::Catalog]).await.unwrap();
        subscribers.push((engine, news));
    }
    let log = dying.tenant(stores.id).interactions;
    let first = log.append(&[event(ann.id, items[0].id)]).await.unwrap().remove(0);
    let rated = log.rate(&[rating(ann.id, items[1].id, 4.5)]).await.unwrap().remove(0);
    let last = log.append(&[event(ann.id, items[1].id)]).await.unwrap().remove(0);
    drop((dying, log));
    for (_engine, news) in &mut subscribers {
        assert_eq!(next(news).await, Change::InteractionRecorded(Box::new(first.clone())));
        assert_eq!(next(news).await, Change::ItemRated(Box::new(rated.clone())));
        assert_eq!(next(news).await, Change::InteractionRecorded(Box::new(last.clone())));
    }
    stores.catalog.delete(items[0].id).await.unwrap();
    for (_engine, news) in &mut subscribers {
        assert_eq!(next(news).await, Change::ItemDeleted(items[0].id));
    }
}
