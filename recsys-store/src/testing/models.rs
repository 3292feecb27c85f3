//! Cases of published models.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use uuid::Uuid;

use super::shop;
use crate::error::StoreErrorKind;
use crate::traits::Storage;
use crate::types::{Claim, JobId, JobOutcome, ModelVersion, NewModel};

const LONG: Duration = Duration::from_secs(600);

fn model(algorithm: &str, watermark: u64) -> NewModel {
    NewModel {
        algorithm: algorithm.into(),
        watermark,
        metrics: json!({"recall": 0.25}),
        claim: None,
    }
}

/// Publishing makes the new version current and keeps the old one.
pub async fn publishing_switches_the_current_version(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let models = &stores.models;
    assert_eq!(models.current("als").await.unwrap(), None);
    let first = models.publish(model("als", 3), Bytes::from_static(b"first")).await.unwrap();
    assert_eq!((first.bytes, first.watermark), (5, 3));
    assert_eq!(first.metrics, json!({"recall": 0.25}));
    assert_eq!(models.current("als").await.unwrap().as_ref(), Some(&first));
    let second = models.publish(model("als", 9), Bytes::from_static(b"second")).await.unwrap();
    assert_eq!(models.current("als").await.unwrap().as_ref(), Some(&second));
    assert_eq!(models.versions("als").await.unwrap(), [second.clone(), first.clone()]);
    assert_eq!(models.fetch(first.id).await.unwrap(), "first");
    assert_eq!(models.fetch(second.id).await.unwrap(), "second");
    let error = models.fetch(Uuid::now_v7()).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::NotFound);
}

/// Each algorithm has its own current version.
pub async fn algorithms_have_versions_of_their_own(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let models = &stores.models;
    let hybrid = models.publish(model("hybrid", 1), Bytes::from_static(b"h")).await.unwrap();
    let als = models.publish(model("als", 2), Bytes::from_static(b"a")).await.unwrap();
    assert_eq!(models.current("hybrid").await.unwrap().as_ref(), Some(&hybrid));
    assert_eq!(models.current_all().await.unwrap(), [als, hybrid]);
    assert_eq!(models.versions("popularity").await.unwrap(), []);
}

/// Older versions make room; those of other algorithms stay.
pub async fn the_newest_three_versions_are_kept(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let models = &stores.models;
    let other = models.publish(model("hybrid", 0), Bytes::from_static(b"other")).await.unwrap();
    let mut published = Vec::new();
    for watermark in 1..=5 {
        let file = Bytes::from(vec![b'x'; 10]);
        published.push(models.publish(model("als", watermark), file).await.unwrap());
    }
    let kept: Vec<u64> =
        models.versions("als").await.unwrap().iter().map(|version| version.watermark).collect();
    assert_eq!(kept, [5, 4, 3]);
    assert!(models.fetch(published[0].id).await.is_err());
    assert_eq!(models.fetch(published[2].id).await.unwrap().len(), 10);
    assert_eq!(models.fetch(other.id).await.unwrap(), "other");
}

/// Going back is a switch like any other, and a training after it publishes as usual.
pub async fn an_older_version_becomes_current_again(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let models = &stores.models;
    let other = models.publish(model("hybrid", 0), Bytes::from_static(b"other")).await.unwrap();
    let first = models.publish(model("als", 1), Bytes::from_static(b"first")).await.unwrap();
    let second = models.publish(model("als", 2), Bytes::from_static(b"second")).await.unwrap();
    let restored = models.switch_to(first.id).await.unwrap();
    assert!(restored.activated_at > second.activated_at);
    let same = ModelVersion { activated_at: restored.activated_at, ..first.clone() };
    assert_eq!(restored, same, "nothing else has changed");
    assert_eq!(models.current("als").await.unwrap().as_ref(), Some(&restored));
    assert_eq!(models.current_all().await.unwrap(), [restored.clone(), other.clone()]);
    let current = storage.tenants().revisions(stores.id).await.unwrap().models;
    assert_eq!(current, [other.id.min(first.id), other.id.max(first.id)]);
    assert_eq!(models.versions("als").await.unwrap(), [second.clone(), restored.clone()]);
    assert_eq!(models.fetch(second.id).await.unwrap(), "second");
    assert_eq!(models.switch_to(first.id).await.unwrap(), restored, "it is current already");
    let third = models.publish(model("als", 3), Bytes::from_static(b"third")).await.unwrap();
    assert_eq!(models.current("als").await.unwrap().as_ref(), Some(&third));
    let error = models.switch_to(Uuid::now_v7()).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::NotFound);
}

/// The version that somebody went back to is the last that may be lost.
pub async fn what_was_current_last_outlives_what_was_published_later(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let models = &stores.models;
    let mut published = Vec::new();
    for watermark in 1..=3 {
        let file = Bytes::from(vec![b'x'; 10]);
        published.push(models.publish(model("als", watermark), file).await.unwrap());
    }
    models.switch_to(published[0].id).await.unwrap();
    models.publish(model("als", 4), Bytes::from_static(b"fourth")).await.unwrap();
    let kept: Vec<u64> =
        models.versions("als").await.unwrap().iter().map(|version| version.watermark).collect();
    assert_eq!(kept, [4, 3, 1]);
    assert_eq!(models.fetch(published[0].id).await.unwrap().len(), 10);
    let error = models.fetch(published[1].id).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::NotFound);
    let error = models.switch_to(published[1].id).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::NotFound);
}

/// At any moment the current version is there with its whole file.
pub async fn readers_see_whole_models_while_others_publish(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let models = &stores.models;
    models.publish(model("als", 0), Bytes::from(vec![0; 4096])).await.unwrap();
    let publish = async {
        for fill in 1..=20_u8 {
            let file = Bytes::from(vec![fill; 4096]);
            models.publish(model("als", u64::from(fill)), file).await.unwrap();
        }
    };
    let read = async {
        loop {
            let current = models.current("als").await.unwrap().unwrap();
            // A version may make room between the two calls, never be half there.
            if let Ok(file) = models.fetch(current.id).await {
                let expected = u8::try_from(current.watermark).unwrap();
                assert_eq!(file, vec![expected; 4096], "version {}", current.watermark);
            }
            if current.watermark == 20 {
                return;
            }
        }
    };
    tokio::join!(publish, read);
}

/// A worker whose job was taken over, handed back or ended does not publish, and leaves what is there.
pub async fn only_the_holder_of_a_job_publishes_its_model(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let (models, jobs) = (&stores.models, &stores.jobs);
    let publish = async |job: JobId, owner: &str| {
        let claim = Some(Claim { job, owner: owner.into() });
        models.publish(NewModel { claim, ..model("als", 1) }, Bytes::from_static(b"model")).await
    };
    let refused = async |job: JobId, owner: &str| {
        let before = models.versions("als").await.unwrap();
        let error = publish(job, owner).await.unwrap_err();
        assert_eq!(*error.kind(), StoreErrorKind::LeaseLost);
        assert_eq!(models.versions("als").await.unwrap(), before);
    };
    let job = jobs.begin("als", "first", Duration::ZERO).await.unwrap().id;
    publish(job, "first").await.unwrap();
    refused(job, "second").await;
    // Its lease is over.
    assert_eq!(jobs.claim("second", LONG).await.unwrap().unwrap().id, job);
    refused(job, "first").await;
    publish(job, "second").await.unwrap();
    assert!(jobs.release(job, "second").await.unwrap());
    refused(job, "second").await;
    let again = jobs.claim("third", LONG).await.unwrap().unwrap().id;
    assert!(jobs.finish(again, "third", JobOutcome::Cancelled).await.unwrap());
    refused(again, "third").await;
    refused(JobId::generate(), "third").await;
}
