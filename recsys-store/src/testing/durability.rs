//! What was acknowledged is there after the storage is opened again.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use uuid::Uuid;

use super::{event, rating, ratings_of, shop};
use crate::traits::{Storage, TenantStores};
use crate::types::{
    Interaction, Item, ItemId, ModelVersion, NewInteraction, NewModel, NewSession, NextSession,
    Rating, Rotation, TenantId, TokenDigest, TrainingJob, User, now,
};

/// What [`write_everything`] was told is stored.
#[derive(Debug)]
pub struct Written {
    tenant: TenantId,
    user: User,
    items: Vec<Item>,
    deleted: ItemId,
    events: Vec<Interaction>,
    ratings: Vec<Rating>,
    model: ModelVersion,
    job: TrainingJob,
    digest: TokenDigest,
}

impl Written {
    /// Returns the tenant and the version of the model that was published.
    #[must_use]
    pub fn model(&self) -> (TenantId, Uuid) {
        (self.tenant, self.model.id)
    }
}

/// Writes a row of every kind.
pub async fn write_everything(storage: &dyn Storage) -> Written {
    let (stores, user, items) = shop(storage, "shop", &["Lamp", "Chair", "Table"]).await;
    let keyed =
        NewInteraction { idempotency_key: Some("key".into()), ..event(user.id, items[0].id) };
    stores.interactions.append(&[keyed]).await.unwrap();
    let ratings = stores.interactions.rate(&[rating(user.id, items[1].id, 4.5)]).await.unwrap();
    stores.catalog.delete(items[2].id).await.unwrap();
    let model =
        NewModel { algorithm: "als".into(), watermark: 2, metrics: json!({"a": 1}), claim: None };
    let model = stores.models.publish(model, Bytes::from_static(b"model")).await.unwrap();
    stores.jobs.enqueue("als").await.unwrap();
    let job = stores.jobs.claim("dead", Duration::ZERO).await.unwrap().unwrap();
    let digest = TokenDigest([7; 32]);
    let expires_at = now() + chrono::Duration::days(1);
    let session = NewSession { digest, family: Uuid::now_v7(), user_id: user.id, expires_at };
    stores.sessions.insert(session).await.unwrap();
    let kept = [items[0].id, items[1].id];
    Written {
        tenant: stores.id,
        items: stores.catalog.get_many(&kept).await.unwrap().into_iter().flatten().collect(),
        deleted: items[2].id,
        events: stores.interactions.scan(0, 10).await.unwrap(),
        user,
        ratings,
        model,
        job,
        digest,
    }
}

/// Finds every row again, and goes on where the other process stopped.
pub async fn expect_everything(storage: &dyn Storage, written: &Written) {
    let stores = storage.tenant(written.tenant);
    expect_copied(&stores, written).await;
    let taken = stores.jobs.claim("alive", Duration::from_secs(9)).await.unwrap().unwrap();
    assert_eq!(taken.id, written.job.id);
    let expires_at = now() + chrono::Duration::days(1);
    let next = NextSession { digest: TokenDigest([8; 32]), expires_at };
    let rotation = stores.sessions.rotate(&written.digest, next).await.unwrap();
    assert!(matches!(rotation, Rotation::Rotated { user_id, .. } if user_id == written.user.id));
}

/// Finds again what a copy of the tenant has as well, and goes on where it stopped.
pub(super) async fn expect_copied(stores: &TenantStores, written: &Written) {
    let user = written.user.id;
    assert_eq!(stores.users.get_many(&[user]).await.unwrap(), [Some(written.user.clone())]);
    let ids = [written.items[0].id, written.items[1].id, written.deleted];
    let items = stores.catalog.get_many(&ids).await.unwrap();
    let expected = [Some(written.items[0].clone()), Some(written.items[1].clone()), None];
    assert_eq!(items, expected);
    assert_eq!(stores.catalog.changes(0, 10).await.unwrap().len(), 3);
    assert_eq!(stores.interactions.scan(0, 10).await.unwrap(), written.events);
    assert_eq!(ratings_of(stores, user, 10).await, written.ratings);
    let keyed =
        NewInteraction { idempotency_key: Some("key".into()), ..event(user, written.items[0].id) };
    let again = stores.interactions.append(&[keyed]).await.unwrap();
    assert_eq!(again[0], written.events[0], "the key is still known");
    let models = stores.models.current_all().await.unwrap();
    assert_eq!(models, std::slice::from_ref(&written.model));
    assert_eq!(stores.models.fetch(written.model.id).await.unwrap(), "model");
    let fresh = stores.interactions.append(&[event(user, written.items[0].id)]).await.unwrap();
    assert_eq!(fresh[0].sequence, 3);
}
