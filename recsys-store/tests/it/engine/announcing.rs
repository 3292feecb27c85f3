//! What the engine tells subscribers, and when.

use futures_util::{FutureExt as _, StreamExt as _};
use recsys_store::engine::RecommendQuery;
use recsys_store::testing::rating;
use recsys_store::traits::{Delivery, Subscription};
use recsys_store::types::{Change, ItemPatch, JobStatus, Subject};

use super::fixture::{Shop, ids, plain};

/// Everything that has been announced so far.
fn heard(subscription: &mut Subscription) -> Vec<Change> {
    let mut changes = Vec::new();
    while let Some(Some(delivery)) = subscription.next().now_or_never() {
        let event = match delivery {
            Delivery::Event(event) => Some(event),
            Delivery::Missed(_) => None,
        };
        changes.push(event.unwrap().change.clone());
    }
    changes
}

#[tokio::test]
async fn what_users_do_is_announced_to_themselves_and_at_the_item() {
    let shop = Shop::open().await;
    let (ann, ben) = (shop.user("ann").await, shop.user("ben").await);
    let items = shop.items(vec![plain("lamp"), plain("chair")]).await;
    let mut of_ann = shop.tenant.subscribe(&[Subject::User(ann.id)]).await.unwrap();
    let mut at_lamp = shop.tenant.subscribe(&[Subject::Item(items[0].id)]).await.unwrap();
    shop.record(&ann, "view", &[&items[0], &items[1]]).await;
    let stored = shop.tenant.rate(rating(ben.id, items[0].id, 4.0)).await.unwrap();
    let of_ann = heard(&mut of_ann);
    assert_eq!(of_ann.len(), 2);
    let at_lamp = heard(&mut at_lamp);
    assert_eq!(at_lamp, [of_ann[0].clone(), Change::ItemRated(Box::new(stored))]);
}

#[tokio::test]
async fn what_was_refused_is_not_announced() {
    let shop = Shop::open().await;
    let ann = shop.user("ann").await;
    let lamp = shop.items(vec![plain("lamp")]).await.remove(0);
    shop.tenant.delete_item(lamp.id).await.unwrap();
    let subjects = [Subject::Feedback, Subject::Catalog];
    let mut all = shop.tenant.subscribe(&subjects).await.unwrap();
    assert!(shop.tenant.rate(rating(ann.id, lamp.id, 4.0)).await.is_err());
    assert!(shop.tenant.create_items(vec![plain("")]).await.is_err());
    assert!(!shop.tenant.delete_item(lamp.id).await.unwrap());
    assert_eq!(heard(&mut all), []);
}

#[tokio::test]
async fn the_life_of_an_item_is_announced() {
    let shop = Shop::open().await;
    let mut catalog = shop.tenant.subscribe(&[Subject::Catalog]).await.unwrap();
    let lamp = shop.items(vec![plain("lamp")]).await.remove(0).id;
    shop.tenant.update_item(lamp, ItemPatch::default()).await.unwrap();
    shop.tenant.delete_item(lamp).await.unwrap();
    let life = [Change::ItemCreated(lamp), Change::ItemChanged(lamp), Change::ItemDeleted(lamp)];
    assert_eq!(heard(&mut catalog), life);
}

#[tokio::test]
async fn who_reads_upon_the_news_reads_the_new_state() {
    let shop = Shop::open().await;
    let ann = shop.user("ann").await;
    let items = shop.items(vec![plain("lamp"), plain("chair")]).await;
    let mut own = shop.tenant.subscribe(&[Subject::User(ann.id)]).await.unwrap();
    let (tenant, user) = (shop.tenant.clone(), ann.id);
    let reading = tokio::spawn(async move {
        own.next().await.unwrap();
        ids(&tenant.recommend(RecommendQuery::for_user(user)).await.unwrap())
    });
    shop.record(&ann, "purchase", &[&items[0]]).await;
    assert_eq!(reading.await.unwrap(), [items[1].id]);
}

#[tokio::test]
async fn a_training_is_announced_from_its_start_to_its_model() {
    let shop = Shop::open().await;
    shop.two_tastes().await;
    let mut models = shop.tenant.subscribe(&[Subject::Models]).await.unwrap();
    let job = shop.tenant.submit_training("popularity").await.unwrap();
    let mut progress = shop.tenant.subscribe(&[Subject::Job(job.id)]).await.unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let worker = shop.engine.spawn_worker(async {
        let _ = stopped.await;
    });
    let mut seen = Vec::new();
    let ended = loop {
        let Some(Delivery::Event(event)) = progress.next().await else { continue };
        let Change::JobMoved(job) = &event.change else { continue };
        seen.push(job.progress);
        if job.status.is_finished() {
            break job.clone();
        }
    };
    stop.send(()).unwrap();
    worker.await.unwrap();
    assert_eq!(ended.status, JobStatus::Succeeded);
    assert!(seen.len() > 3 && seen.is_sorted(), "{seen:?}");
    let version = ended.model_version.unwrap();
    let published = Change::ModelPublished { algorithm: "popularity".into(), version };
    assert_eq!(heard(&mut models), [published]);
}
