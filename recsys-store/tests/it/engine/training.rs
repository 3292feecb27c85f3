//! From events to a model that serves, and what may go wrong on the way.

use std::sync::{Arc, Mutex};

use futures_util::StreamExt as _;
use recsys_store::engine::{ErrorCode, RecommendQuery, Source, TrainingProgress};
use recsys_store::testing::history_of;
use recsys_store::traits::Delivery;
use recsys_store::types::{
    Change, JobStatus, NewInteraction, NewRating, Subject, TenantPatch, TenantSettings,
    TrainingPolicy,
};
use recsys_store::{SqliteConfig, SqliteStorage, Storage as _};
use tokio::sync::oneshot;

use super::fixture::{Shop, check, engine, ids, of, plain, titles};

#[tokio::test]
async fn a_trained_model_answers_and_a_new_event_counts_in_the_next_request() {
    let shop = Shop::open().await;
    let (users, items) = shop.two_tastes().await;
    let job = shop.tenant.train("hybrid", |_| {}).await.unwrap();
    assert_eq!(job.status, JobStatus::Succeeded);
    let query = || RecommendQuery::for_user(users[0].id);
    let before = shop.list(query()).await;
    assert_eq!(before.source, Source::Model);
    assert_eq!(before.model_version, job.model_version);
    assert!(ids(&before).contains(&items[6].id));
    check(&before);

    shop.record(&users[0], "purchase", &[&items[6]]).await;
    let after = shop.list(query()).await;
    assert_eq!(after.source, Source::FoldIn);
    assert!(!ids(&after).contains(&items[6].id), "what was just bought is left out");
    assert_eq!(after.total_count, before.total_count - 1);

    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let trained = shop.list(query()).await;
    assert_eq!(trained.source, Source::Model);
    assert_ne!(trained.model_version, before.model_version);
}

#[tokio::test]
async fn folding_in_everything_ranks_like_the_trained_profile() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let trained = shop.list(RecommendQuery::for_user(users[0].id)).await;
    // An event with no worth makes the history newer than the model and changes nothing else.
    let empty =
        |item| NewInteraction { value: 0.0, ..NewInteraction::new(users[0].id, item, "view") };
    let history = history_of(shop.tenant.stores(), users[0].id, 1).await;
    shop.tenant.record(vec![empty(history[0].item_id)]).await.unwrap();
    let folded = shop.list(RecommendQuery::for_user(users[0].id)).await;
    assert_eq!((trained.source, folded.source), (Source::Model, Source::FoldIn));
    assert_eq!(ids(&folded)[..1], ids(&trained)[..1]);
}

#[tokio::test]
async fn a_user_who_came_after_the_training_is_folded_in() {
    let shop = Shop::open().await;
    let (_, items) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let late = shop.user("late").await;
    shop.record(&late, "purchase", &[&items[0], &items[2]]).await;
    let list = shop.list(RecommendQuery::for_user(late.id)).await;
    assert_eq!(list.source, Source::FoldIn);
    assert_eq!(list.total_count, 6);
    check(&list);
}

#[tokio::test]
async fn an_item_newer_than_the_model_is_placed_by_its_description() {
    let shop = Shop::open().await;
    let of_two = [
        of("garden", "oak spade"),
        of("garden", "steel spade"),
        of("kitchen", "bread knife"),
        of("kitchen", "soup ladle"),
        of("garden", "flower rake"),
        of("kitchen", "copper pan"),
    ];
    let items = shop.items(of_two.to_vec()).await;
    for index in 0..6 {
        let user = shop.user(&format!("user{index}")).await;
        let liked = if index % 2 == 0 { [0, 1, 4] } else { [2, 3, 5] };
        let liked: Vec<_> = liked[..2 + index / 4].iter().map(|at| &items[*at]).collect();
        shop.record(&user, "purchase", &liked).await;
    }
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let gardener = shop.user("gardener").await;
    shop.record(&gardener, "purchase", &[&items[0], &items[1]]).await;
    let new = shop.items(vec![of("kitchen", "paring knife"), of("garden", "iron spade")]).await;
    let query = RecommendQuery { explain: true, ..RecommendQuery::for_user(gardener.id) };
    let list = shop.list(query).await;
    let place = |item| ids(&list).iter().position(|id| *id == item).unwrap();
    assert!(place(new[1].id) < place(new[0].id), "{:?}", titles(&list));
    check(&list);
}

#[tokio::test]
async fn what_is_trending_can_be_trained() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    shop.tenant.train("trending", |_| {}).await.unwrap();
    let algorithm = "trending".to_owned();
    let query = RecommendQuery { algorithm, ..RecommendQuery::for_user(users[0].id) };
    check(&shop.list(query).await);
}

#[tokio::test]
async fn a_rating_changes_the_next_list() {
    let shop = Shop::open().await;
    let (users, items) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let (user_id, item_id) = (users[1].id, items[7].id);
    let rating = NewRating { user_id, item_id, rating: 5.0, review: None, at: None };
    shop.tenant.rate(rating).await.unwrap();
    let list = shop.list(RecommendQuery::for_user(users[1].id)).await;
    assert_eq!(list.source, Source::FoldIn);
    assert!(!ids(&list).contains(&items[7].id));
}

#[tokio::test]
async fn a_hybrid_serves_its_members_until_they_are_trained_themselves() {
    let shop = Shop::open().await;
    let (users, items) = shop.two_tastes().await;
    let hybrid = shop.tenant.train("hybrid", |_| {}).await.unwrap();
    for member in ["als", "item_knn"] {
        let algorithm = member.to_owned();
        let query = RecommendQuery { algorithm, ..RecommendQuery::for_user(users[0].id) };
        let list = shop.list(RecommendQuery { explain: true, ..query }).await;
        assert_eq!((list.source, list.model_version), (Source::Model, hybrid.model_version));
        assert_eq!(ids(&list)[0], items[6].id, "{member}");
        check(&list);
    }
    let query = || RecommendQuery {
        algorithm: "popularity".into(),
        ..RecommendQuery::for_user(users[0].id)
    };
    assert_eq!(shop.list(query()).await.model_version, hybrid.model_version);
    let status = shop.tenant.algorithms().await.unwrap();
    let trained = status.iter().filter(|algorithm| algorithm.trained);
    let trained: Vec<&str> = trained.map(|algorithm| algorithm.name.as_str()).collect();
    assert_eq!(trained, ["als", "content", "hybrid", "item_knn", "popularity"]);
    let own = shop.tenant.train("popularity", |_| {}).await.unwrap();
    assert_eq!(shop.list(query()).await.model_version, own.model_version);
}

#[tokio::test]
async fn a_training_that_fails_leaves_the_former_model() {
    let shop = Shop::open().await;
    let ann = shop.user("ann").await;
    let items = shop.items(vec![plain("lamp"), plain("chair")]).await;
    let error = shop.tenant.train("hybrid", |_| {}).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict, "nothing to learn from: {error}");
    shop.record(&ann, "view", &[&items[0]]).await;
    let good = shop.tenant.train("hybrid", |_| {}).await.unwrap();
    shop.tenant.delete_item(items[0].id).await.unwrap();
    assert!(shop.tenant.train("hybrid", |_| {}).await.is_err(), "the only event is gone");
    let jobs = shop.tenant.training_jobs(10).await.unwrap();
    let status: Vec<JobStatus> = jobs.iter().map(|job| job.status).collect();
    assert_eq!(status, [JobStatus::Failed, JobStatus::Succeeded, JobStatus::Failed]);
    assert!(jobs[0].error.as_deref().is_some_and(|error| error.contains("positive")), "{jobs:?}");
    let current = shop.tenant.stores().models.current("hybrid").await.unwrap().unwrap();
    assert_eq!(Some(current.id), good.model_version);
    let error = shop.tenant.train("astrology", |_| {}).await.unwrap_err();
    assert_eq!(error.field(), Some("algorithm"));
    assert_eq!(shop.tenant.submit_training("astrology").await.unwrap_err().field(), error.field());
}

#[tokio::test]
async fn progress_rises_to_the_end() {
    let shop = Shop::open().await;
    shop.two_tastes().await;
    let seen: Arc<Mutex<Vec<TrainingProgress>>> = Arc::default();
    let collected = Arc::clone(&seen);
    let job = shop.tenant.train("hybrid", move |progress| collected.lock().unwrap().push(progress));
    job.await.unwrap();
    let seen = seen.lock().unwrap();
    assert!(seen.is_sorted_by(|left, right| left.fraction <= right.fraction), "{seen:?}");
    assert_eq!(seen.first().map(|first| first.stage.as_str()), Some("reading events"));
    assert!(seen.last().is_some_and(|last| (last.fraction - 1.0).abs() < 1e-9));
}

#[tokio::test]
async fn held_out_metrics_come_with_enough_events() {
    let shop = Shop::open().await;
    let (users, items) = shop.two_tastes().await;
    let few = shop.tenant.train("popularity", |_| {}).await.unwrap();
    assert!(few.metrics.unwrap()["heldOut"].is_null());
    let start = chrono::Utc::now() - chrono::Duration::days(300);
    let mut events = Vec::new();
    for day in 0..300_usize {
        let (user, item) = (&users[day % 6], &items[(day * day / 7) % 8]);
        let at = start + chrono::Duration::days(i64::try_from(day).unwrap());
        let event = NewInteraction::new(user.id, item.id, "view");
        events.push(NewInteraction { at: Some(at), ..event });
    }
    assert_eq!(shop.tenant.import_interactions(events).await.unwrap(), 300);
    let many = shop.tenant.train("popularity", |_| {}).await.unwrap().metrics.unwrap();
    assert_eq!(many["events"], 322);
}

#[tokio::test]
async fn a_worker_runs_what_is_queued_and_stops_when_asked() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    let job = shop.tenant.submit_training("hybrid").await.unwrap();
    assert_eq!(job.status, JobStatus::Queued);
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = shop.engine.spawn_worker(async {
        let _ = stopped.await;
    });
    let finished = async {
        loop {
            let job = shop.tenant.stores().jobs.get(job.id).await.unwrap().unwrap();
            if job.status.is_finished() {
                return job;
            }
            tokio::task::yield_now().await;
        }
    };
    assert_eq!(finished.await.status, JobStatus::Succeeded);
    stop.send(()).unwrap();
    worker.await.unwrap();
    let list = shop.list(RecommendQuery::for_user(users[0].id)).await;
    assert_eq!(list.source, Source::Model);
}

#[tokio::test]
async fn a_queued_training_can_be_cancelled() {
    let shop = Shop::open().await;
    let job = shop.tenant.submit_training("hybrid").await.unwrap();
    let cancelled = shop.tenant.cancel_training(job.id).await.unwrap();
    assert_eq!(cancelled.status, JobStatus::Cancelled);
}

#[tokio::test]
async fn models_and_events_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let config = SqliteConfig::new(folder.path());
    let storage = SqliteStorage::open(&config).await.unwrap();
    let shop = Shop::on(Arc::new(storage.clone())).await;
    let (users, _) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let query = || RecommendQuery { explain: true, ..RecommendQuery::for_user(users[0].id) };
    let before = shop.list(query()).await;
    let tenant = shop.tenant.tenant().id;
    drop(shop);
    storage.close().await;

    let storage = SqliteStorage::open(&config).await.unwrap();
    let reopened = engine(Arc::new(storage)).tenant(tenant).await.unwrap();
    let after = reopened.recommend(query()).await.unwrap();
    assert_eq!((after.source, after.model_version), (Source::Model, before.model_version));
    assert_eq!(ids(&after), ids(&before));
    check(&after);
}

#[tokio::test]
async fn a_damaged_model_file_is_an_error_and_not_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Arc::new(SqliteStorage::open(&SqliteConfig::new(folder.path())).await.unwrap());
    let shop = Shop::on(storage.clone()).await;
    let (users, _) = shop.two_tastes().await;
    let version = shop.tenant.train("hybrid", |_| {}).await.unwrap().model_version.unwrap();
    let tenant = shop.tenant.tenant().id;
    let path = folder.path().join(format!("models/{tenant}/{version}.rsys"));
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&path, bytes).unwrap();
    let fresh = engine(storage).tenant(tenant).await.unwrap();
    let error = fresh.recommend(RecommendQuery::for_user(users[0].id)).await.unwrap_err();
    assert!(error.to_string().contains(&version.to_string()), "{error}");
    let served = shop.list(RecommendQuery::for_user(users[0].id)).await;
    assert_eq!(served.source, Source::Model, "who has it in memory goes on");
}

#[tokio::test]
async fn a_worker_trains_what_the_policy_of_a_tenant_asks_for() {
    let shop = Shop::open().await;
    shop.two_tastes().await;
    let training = TrainingPolicy {
        algorithm: "item_knn".into(),
        after_events: Some(5),
        ..TrainingPolicy::never()
    };
    let settings = TenantSettings { training, ..TenantSettings::default() };
    let id = shop.tenant.stores().id;
    shop.engine.storage().tenants().update(id, TenantPatch::of_settings(settings)).await.unwrap();
    let mut models = shop.tenant.subscribe(&[Subject::Models]).await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let worker = shop.engine.spawn_worker(async {
        let _ = stopped.await;
    });
    let Some(Delivery::Event(news)) = models.next().await else { unreachable!("the bus is there") };
    assert!(
        matches!(&news.change, Change::ModelPublished { algorithm, .. } if algorithm == "item_knn")
    );
    stop.send(()).unwrap();
    worker.await.unwrap();
    assert_eq!(shop.tenant.training_jobs(10).await.unwrap().len(), 1);
}
