//! Cases of tenancy: two tenants with the same emails and external ids never meet.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use uuid::Uuid;

use super::{event, history_of, item, rating, ratings_of, shop, user};
use crate::error::StoreErrorKind;
use crate::traits::Storage;
use crate::types::{
    ItemPatch, ItemQuery, NewInteraction, NewModel, NewSession, NextSession, Rotation, TenantId,
    TokenDigest, now,
};

/// The same email and external id are another user in another tenant.
pub async fn users_of_tenants_are_separate(storage: &dyn Storage) {
    let (one, ann, _) = shop(storage, "one", &[]).await;
    let (two, other_ann, _) = shop(storage, "two", &[]).await;
    assert_eq!(ann.email, other_ann.email);
    assert_ne!(ann.id, other_ann.id);
    assert_eq!(two.users.get_many(&[ann.id]).await.unwrap(), [None]);
    let found = two.users.by_email(&ann.email).await.unwrap().unwrap();
    assert_eq!(found.user, other_ann);
    two.users.upsert_external(vec![user("ben")]).await.unwrap();
    assert_eq!(one.users.count().await.unwrap(), 1);
    assert_eq!(one.users.list(10, 0).await.unwrap(), [ann]);
}

/// Items, lists, changes and deletions are the tenant's own.
pub async fn items_of_tenants_are_separate(storage: &dyn Storage) {
    let (one, _, items) = shop(storage, "one", &["Lamp"]).await;
    let (two, _, others) = shop(storage, "two", &["Lamp"]).await;
    assert_ne!(items[0].id, others[0].id);
    assert_eq!(two.catalog.get_many(&[items[0].id]).await.unwrap(), [None]);
    let error = two.catalog.update(items[0].id, ItemPatch::default()).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::NotFound);
    assert!(!two.catalog.delete(items[0].id).await.unwrap());
    assert!(two.catalog.delete(others[0].id).await.unwrap());
    let query = ItemQuery { limit: 10, ..ItemQuery::default() };
    assert_eq!(one.catalog.list(&query).await.unwrap(), items);
    assert_eq!(two.catalog.list(&query).await.unwrap(), []);
    let changes = one.catalog.changes(0, 10).await.unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].item, items[0].id);
}

/// Events, ratings, sequences and idempotency keys are the tenant's own.
pub async fn events_of_tenants_are_separate(storage: &dyn Storage) {
    let (one, ann, items) = shop(storage, "one", &["Lamp"]).await;
    let (two, other_ann, others) = shop(storage, "two", &["Lamp"]).await;
    let keyed = |event| NewInteraction { idempotency_key: Some("key".into()), ..event };
    one.interactions.append(&[keyed(event(ann.id, items[0].id))]).await.unwrap();
    one.interactions.rate(&[rating(ann.id, items[0].id, 3.0)]).await.unwrap();
    let second = two.interactions.append(&[keyed(event(other_ann.id, others[0].id))]).await;
    assert_eq!(second.unwrap()[0].sequence, 1);
    assert_eq!(two.interactions.last_sequence().await.unwrap(), 1);
    assert_eq!(history_of(&two, ann.id, 10).await, []);
    assert_eq!(ratings_of(&two, ann.id, 10).await, []);
    assert_eq!(two.interactions.scan(0, 10).await.unwrap().len(), 1);
    assert_eq!(one.interactions.scan(0, 10).await.unwrap().len(), 2);
}

/// Users and items of another tenant are unknown ones.
pub async fn rows_of_another_tenant_cannot_be_referred_to(storage: &dyn Storage) {
    let (one, ann, items) = shop(storage, "one", &["Lamp"]).await;
    let (_, other_ann, others) = shop(storage, "two", &["Lamp"]).await;
    for foreign in [event(ann.id, others[0].id), event(other_ann.id, items[0].id)] {
        let error = one.interactions.append(&[foreign]).await.unwrap_err();
        assert_eq!(*error.kind(), StoreErrorKind::NotFound);
    }
    let error = one.interactions.rate(&[rating(ann.id, others[0].id, 3.0)]).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::NotFound);
}

/// Models and jobs are the tenant's own.
pub async fn models_and_jobs_of_tenants_are_separate(storage: &dyn Storage) {
    let (one, _, _) = shop(storage, "one", &[]).await;
    let (two, _, _) = shop(storage, "two", &[]).await;
    let model = NewModel { algorithm: "als".into(), watermark: 1, metrics: json!({}), claim: None };
    let published = one.models.publish(model, Bytes::from_static(b"one")).await.unwrap();
    assert_eq!(two.models.current("als").await.unwrap(), None);
    assert_eq!(two.models.current_all().await.unwrap(), []);
    assert!(two.models.fetch(published.id).await.is_err());
    assert!(two.models.switch_to(published.id).await.is_err());
    let job = one.jobs.enqueue("als").await.unwrap();
    assert_eq!(two.jobs.claim("worker", Duration::from_secs(9)).await.unwrap(), None);
    assert_eq!(two.jobs.get(job.id).await.unwrap(), None);
    assert_eq!(two.jobs.list(10).await.unwrap(), []);
    assert!(two.jobs.cancel(job.id).await.is_err());
}

/// A refresh token of one tenant is unknown to another.
pub async fn sessions_of_tenants_are_separate(storage: &dyn Storage) {
    let (one, ann, _) = shop(storage, "one", &[]).await;
    let (two, _, _) = shop(storage, "two", &[]).await;
    let (digest, expires_at) = (TokenDigest([1; 32]), now() + chrono::Duration::days(1));
    let family = Uuid::now_v7();
    let session = NewSession { digest, family, user_id: ann.id, expires_at };
    one.sessions.insert(session).await.unwrap();
    let next = NextSession { digest: TokenDigest([2; 32]), expires_at };
    assert_eq!(two.sessions.rotate(&digest, next.clone()).await.unwrap(), Rotation::Unknown);
    assert!(!two.sessions.revoke(&digest).await.unwrap());
    let rotated = one.sessions.rotate(&digest, next).await.unwrap();
    assert_eq!(rotated, Rotation::Rotated { user_id: ann.id, family });
}

/// A tenant that does not exist reads as empty and refuses writes.
pub async fn an_unknown_tenant_has_nothing_and_takes_nothing(storage: &dyn Storage) {
    let nowhere = storage.tenant(TenantId::generate());
    assert_eq!(nowhere.users.count().await.unwrap(), 0);
    assert_eq!(nowhere.catalog.changes(0, 10).await.unwrap(), []);
    assert_eq!(nowhere.interactions.last_sequence().await.unwrap(), 0);
    assert_eq!(nowhere.models.current_all().await.unwrap(), []);
    let refused = [
        nowhere.users.create(user("ann")).await.map(drop),
        nowhere.users.upsert_external(vec![user("ann")]).await.map(drop),
        nowhere.catalog.create_many(vec![item("Lamp")]).await.map(drop),
        nowhere.jobs.enqueue("als").await.map(drop),
    ];
    for outcome in refused {
        assert_eq!(*outcome.unwrap_err().kind(), StoreErrorKind::NotFound);
    }
}
