//! Cases of copies of tenants. The other side is always the backend in memory.

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::json;

use super::durability::{expect_copied, write_everything};
use super::{event, history_of, item, rating, ratings_of, shop, user};
use crate::error::{Result, StoreError, StoreErrorKind};
use crate::memory::MemoryStorage;
use crate::traits::{Archive, Storage, TenantStores};
use crate::types::{
    ArchivePiece, NewInteraction, NewItem, NewModel, NewTenant, TenantId, TenantPatch,
    TenantSettings, Tier, TrainingPolicy, UserPatch,
};

/// Everything that a copy may have in it; returns whose it is.
async fn full(storage: &dyn Storage) -> TenantStores {
    let (stores, ann, items) = shop(storage, "shop", &["Lamp", "Chair", "Table"]).await;
    let settings = TenantSettings {
        registration_open: false,
        training: TrainingPolicy::never(),
        ..TenantSettings::default()
    };
    storage.tenants().update(stores.id, TenantPatch::of_settings(settings)).await.unwrap();
    let bob = stores.users.create(user("bob")).await.unwrap();
    let gone = stores.users.create(user("gone")).await.unwrap();
    let preferences = Some(Some(json!({"theme": "dark", "sizes": [1, 2.5, null]})));
    let patch = UserPatch { preferences, ..UserPatch::default() };
    stores.users.update(bob.id, patch).await.unwrap();
    let metadata = json!({"price": 0.1, "deep": {"tiny": 5e-324, "text": "ü \u{1F600} \\ \" \n"}});
    let described = NewItem {
        description: Some("A lamp".into()),
        metadata: metadata.as_object().unwrap().clone(),
        ..item("Described")
    };
    stores.catalog.create_many(vec![described]).await.unwrap();
    let context = Some(json!({"page": "start", "numbers": [1e300, -0.5]}));
    let keyed = NewInteraction {
        context,
        value: 0.1 + 0.2,
        idempotency_key: Some("key".into()),
        ..event(ann.id, items[0].id)
    };
    stores.interactions.append(&[keyed, event(gone.id, items[0].id)]).await.unwrap();
    let mut rated = rating(bob.id, items[1].id, 3.7);
    rated.review = Some("fine,\nmostly".into());
    stores.interactions.rate(&[rated, rating(ann.id, items[1].id, 4.1)]).await.unwrap();
    stores.users.delete(gone.id).await.unwrap();
    stores.catalog.delete(items[2].id).await.unwrap();
    let model = |algorithm: &str| NewModel {
        algorithm: algorithm.into(),
        watermark: 3,
        metrics: json!({"recall": 0.1}),
        claim: None,
    };
    let large = Bytes::from(vec![7; 9 << 20]);
    let first = stores.models.publish(model("als"), large).await.unwrap();
    stores.models.publish(model("als"), Bytes::from_static(b"second")).await.unwrap();
    stores.models.publish(model("ease"), Bytes::new()).await.unwrap();
    stores.models.switch_to(first.id).await.unwrap();
    stores
}

/// All rows of a copy in their order, however they came in pieces.
async fn rows(stores: &TenantStores) -> Vec<ArchivePiece> {
    let pieces = stores.archive.dump().await.unwrap().try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(pieces.last(), Some(&ArchivePiece::End));
    let mut rows = Vec::new();
    for piece in pieces {
        match piece {
            ArchivePiece::Users(all) => {
                rows.extend(all.into_iter().map(|row| ArchivePiece::Users(vec![row])));
            }
            ArchivePiece::Items(all) => {
                rows.extend(all.into_iter().map(|row| ArchivePiece::Items(vec![row])));
            }
            ArchivePiece::Deletions(all) => {
                rows.extend(all.into_iter().map(|row| ArchivePiece::Deletions(vec![row])));
            }
            ArchivePiece::Interactions(all) => {
                rows.extend(all.into_iter().map(|row| ArchivePiece::Interactions(vec![row])));
            }
            ArchivePiece::Ratings(all) => {
                rows.extend(all.into_iter().map(|row| ArchivePiece::Ratings(vec![row])));
            }
            whole => rows.push(whole),
        }
    }
    rows
}

async fn copy(from: &TenantStores, to: &dyn Storage) -> Result<TenantStores> {
    let copy = to.tenant(from.id);
    copy.archive.restore(from.archive.dump().await?).await?;
    Ok(copy)
}

/// From here to memory, and the copy is the same.
pub async fn a_copy_of_a_tenant_is_the_same_elsewhere(storage: &dyn Storage) {
    let stores = full(storage).await;
    let elsewhere = MemoryStorage::new();
    let copy = copy(&stores, &elsewhere).await.unwrap();
    assert_eq!(rows(&copy).await, rows(&stores).await);
}

/// From memory to here, and the copy answers as the original does.
pub async fn a_copy_from_elsewhere_is_the_same_here(storage: &dyn Storage) {
    let elsewhere = MemoryStorage::new();
    let stores = full(&elsewhere).await;
    let copy = copy(&stores, storage).await.unwrap();
    assert_eq!(rows(&copy).await, rows(&stores).await);
    let (here, there) = (storage.tenants(), elsewhere.tenants());
    assert_eq!(here.get(copy.id).await.unwrap(), there.get(copy.id).await.unwrap());
    assert_eq!(here.revisions(copy.id).await.unwrap(), there.revisions(copy.id).await.unwrap());
    assert_eq!(
        copy.catalog.changes(0, 100).await.unwrap(),
        stores.catalog.changes(0, 100).await.unwrap()
    );
    let ann = copy.users.by_email("ann@example.com").await.unwrap();
    assert_eq!(ann, stores.users.by_email("ann@example.com").await.unwrap());
    let ann = ann.unwrap().user.id;
    assert_eq!(history_of(&copy, ann, 10).await, history_of(&stores, ann, 10).await);
    assert_eq!(ratings_of(&copy, ann, 10).await, ratings_of(&stores, ann, 10).await);
    for version in stores.models.versions("als").await.unwrap() {
        let file = copy.models.fetch(version.id).await.unwrap();
        assert!(file == stores.models.fetch(version.id).await.unwrap(), "model {}", version.id);
    }
    assert_eq!(
        copy.models.current_all().await.unwrap(),
        stores.models.current_all().await.unwrap()
    );
}

/// What is written to a copy goes on where the original stopped.
pub async fn a_copy_goes_on_where_the_original_stopped(storage: &dyn Storage) {
    let elsewhere = MemoryStorage::new();
    let written = write_everything(&elsewhere).await;
    let (tenant, _) = written.model();
    let original = elsewhere.tenant(tenant);
    let copy = copy(&original, storage).await.unwrap();
    expect_copied(&copy, &written).await;
    let created = copy.catalog.create_many(vec![item("New")]).await.unwrap();
    let revisions = storage.tenants().revisions(tenant).await.unwrap();
    assert_eq!(created[0].revision, revisions.catalog);
}

/// Nothing is written over.
pub async fn a_copy_is_refused_where_the_tenant_is(storage: &dyn Storage) {
    let elsewhere = MemoryStorage::new();
    let stores = full(&elsewhere).await;
    let here = copy(&stores, storage).await.unwrap();
    let before = rows(&here).await;
    let error = copy(&stores, storage).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::AlreadyExists, "the same tenant");
    let second = MemoryStorage::new();
    let new = NewTenant { name: "Other".into(), domain: "shop".into(), tier: Tier::Basic };
    let other = second.tenants().create(new).await.unwrap();
    let error = copy(&second.tenant(other.id), storage).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::AlreadyExists, "the same domain");
    assert_eq!(rows(&here).await, before);
    assert_eq!(storage.tenants().list().await.unwrap().len(), 1);
}

/// All of a copy or nothing.
pub async fn a_copy_that_breaks_off_leaves_nothing(storage: &dyn Storage) {
    let elsewhere = MemoryStorage::new();
    let stores = full(&elsewhere).await;
    let whole: Vec<ArchivePiece> =
        stores.archive.dump().await.unwrap().try_collect().await.unwrap();
    let to = storage.tenant(stores.id);
    let give = |pieces: Vec<Result<ArchivePiece>>| -> Archive { stream::iter(pieces).boxed() };
    for length in 0..whole.len() {
        let cut = whole[..length].iter().cloned().map(Ok);
        let error = to.archive.restore(give(cut.collect())).await.unwrap_err();
        let expected = StoreErrorKind::InvalidInput { field: "archive".into() };
        assert_eq!(*error.kind(), expected, "{length} pieces: {error}");
    }
    let failing = || StoreError::new(crate::error::Backend::Memory, "x", StoreErrorKind::Corrupt);
    let cut = whole[..whole.len() - 1].iter().cloned().map(Ok);
    let error = to.archive.restore(give(cut.chain([Err(failing())]).collect())).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::Corrupt);
    let swapped = [whole[0].clone(), whole[2].clone(), whole[1].clone(), ArchivePiece::End];
    let swapped = swapped.into_iter().map(Ok).collect();
    assert!(to.archive.restore(give(swapped)).await.is_err());
    let without_users = whole.iter().filter(|piece| !matches!(piece, ArchivePiece::Users(_)));
    let without_users = without_users.cloned().map(Ok).collect();
    let error = to.archive.restore(give(without_users)).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::NotFound, "events of nobody");
    let other = storage.tenant(TenantId::generate());
    assert!(other.archive.restore(give(whole.iter().cloned().map(Ok).collect())).await.is_err());
    assert!(storage.tenants().list().await.unwrap().is_empty());
    to.archive.restore(give(whole.into_iter().map(Ok).collect())).await.unwrap();
    assert_eq!(rows(&to).await, rows(&stores).await);
}

/// What is written while a copy is made is not in it.
pub async fn a_copy_is_of_one_moment(storage: &dyn Storage) {
    let stores = full(storage).await;
    let before = rows(&stores).await;
    let mut archive = stores.archive.dump().await.unwrap();
    let first = archive.try_next().await.unwrap();
    assert!(matches!(first, Some(ArchivePiece::Tenant(_))));
    let ann = stores.users.by_email("ann@example.com").await.unwrap().unwrap().user.id;
    let lamp = stores.catalog.create_many(vec![item("Later")]).await.unwrap()[0].id;
    stores.interactions.append(&[event(ann, lamp)]).await.unwrap();
    let copy = MemoryStorage::new();
    let archive = stream::iter(first.map(Ok)).chain(archive).boxed();
    copy.tenant(stores.id).archive.restore(archive).await.unwrap();
    assert_eq!(rows(&copy.tenant(stores.id)).await, before);
}

/// A copy has the models of its moment, or breaks off when their files are gone.
pub async fn models_that_make_room_are_in_a_copy_or_it_breaks_off(storage: &dyn Storage) {
    let stores = full(storage).await;
    let before = rows(&stores).await;
    let mut archive = stores.archive.dump().await.unwrap();
    let first = archive.try_next().await.unwrap();
    for watermark in 4..8 {
        let metrics = json!({});
        let model = NewModel { algorithm: "als".into(), watermark, metrics, claim: None };
        stores.models.publish(model, Bytes::from_static(b"newer")).await.unwrap();
    }
    let copy = MemoryStorage::new().tenant(stores.id);
    let archive = stream::iter(first.map(Ok)).chain(archive).boxed();
    match copy.archive.restore(archive).await {
        Ok(()) => assert_eq!(rows(&copy).await, before),
        Err(error) => assert!(error.is_retryable(), "{error}"),
    }
}

/// A tenant that is not there cannot be copied.
pub async fn of_an_unknown_tenant_there_is_no_copy(storage: &dyn Storage) {
    let archive = storage.tenant(TenantId::generate()).archive.dump().await;
    let error = match archive {
        Ok(mut archive) => archive.try_next().await.unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(*error.kind(), StoreErrorKind::NotFound);
}
