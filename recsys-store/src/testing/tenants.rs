//! Cases of the directory of tenants.

use bytes::Bytes;
use serde_json::Value;

use super::{shop, tenant};
use crate::error::StoreErrorKind;
use crate::traits::Storage;
use crate::types::{
    NewInteraction, NewModel, NewTenant, Revisions, Tenant, TenantId, TenantPatch, TenantSettings,
    Tier,
};

/// A tenant is found by id and by domain, in any case; others are not.
pub async fn a_tenant_is_found_by_id_and_domain(storage: &dyn Storage) {
    let new = NewTenant { name: "Shop".into(), domain: "shop.test".into(), tier: Tier::Premium };
    let created = storage.tenants().create(new).await.unwrap();
    assert!(created.is_active);
    assert_eq!(created.tier, Tier::Premium);
    let tenants = storage.tenants();
    assert_eq!(tenants.get(created.id).await.unwrap().as_ref(), Some(&created));
    assert_eq!(tenants.by_domain("SHOP.test").await.unwrap().as_ref(), Some(&created));
    assert_eq!(tenants.by_domain("other.test").await.unwrap(), None);
    assert_eq!(tenants.get(TenantId::generate()).await.unwrap(), None);
    let second = tenant(storage, "second.test").await;
    assert_eq!(tenants.list().await.unwrap(), [created, second]);
}

/// A second tenant with a taken domain is refused.
pub async fn a_domain_belongs_to_one_tenant(storage: &dyn Storage) {
    tenant(storage, "shop.test").await;
    let new = NewTenant { name: "Other".into(), domain: "shop.test".into(), tier: Tier::Basic };
    let error = storage.tenants().create(new).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::AlreadyExists);
    assert!(error.to_string().contains("shop.test"), "{error}");
    assert_eq!(storage.tenants().list().await.unwrap().len(), 1);
}

/// The error of a wrong domain names the field.
pub async fn a_wrong_domain_is_refused_by_name(storage: &dyn Storage) {
    let new = NewTenant { name: "Shop".into(), domain: "Not A Domain".into(), tier: Tier::Basic };
    let error = storage.tenants().create(new).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::InvalidInput { field: "domain".into() });
}

/// A patch of a tenant changes what it names; wrong ones change nothing, and neither do those of unknown tenants.
pub async fn a_patch_of_a_tenant_changes_what_it_names(storage: &dyn Storage) {
    let tenants = storage.tenants();
    let created = tenant(storage, "shop.test").await;
    let other = tenant(storage, "other.test").await;
    let settings = TenantSettings { registration_open: false, ..TenantSettings::default() };
    let patch = TenantPatch::of_settings(settings.clone());
    let changed = tenants.update(created.id, patch).await.unwrap();
    assert_eq!(changed, Tenant { settings: settings.clone(), ..created.clone() });
    let patch = TenantPatch {
        name: Some("The Shop".into()),
        tier: Some(Tier::Enterprise),
        is_active: Some(false),
        settings: None,
    };
    let changed = tenants.update(created.id, patch).await.unwrap();
    let (name, tier) = ("The Shop".to_owned(), Tier::Enterprise);
    let expected =
        Tenant { name, tier, is_active: false, settings: settings.clone(), ..created.clone() };
    assert_eq!(changed, expected);
    let nothing = tenants.update(created.id, TenantPatch::default()).await.unwrap();
    assert_eq!(nothing, expected);

    let mut wrong = settings.clone();
    wrong.aggregation.half_life_days = Some(-1.0);
    let unnamed = TenantPatch { name: Some(String::new()), ..TenantPatch::default() };
    for (patch, field) in [(TenantPatch::of_settings(wrong), "aggregation"), (unnamed, "name")] {
        let error = tenants.update(created.id, patch).await.unwrap_err();
        assert_eq!(*error.kind(), StoreErrorKind::InvalidInput { field: field.into() });
    }
    let unknown = tenants.update(TenantId::generate(), TenantPatch::of_settings(settings)).await;
    assert_eq!(*unknown.unwrap_err().kind(), StoreErrorKind::NotFound);
    assert_eq!(tenants.list().await.unwrap(), [expected, other]);
}

/// Each kind of change moves its own revision, in this tenant and no other.
pub async fn revisions_tell_what_has_changed(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Lamp", "Chair"]).await;
    let (other, _, _) = shop(storage, "other", &["Lamp"]).await;
    let tenants = storage.tenants();
    assert_eq!(tenants.revisions(TenantId::generate()).await.unwrap(), Revisions::default());
    let (before, elsewhere) =
        (tenants.revisions(stores.id).await.unwrap(), tenants.revisions(other.id).await.unwrap());
    assert_eq!((before.log, before.models.as_slice()), (0, [].as_slice()));

    stores.interactions.append(&[NewInteraction::new(user.id, items[0].id, "view")]).await.unwrap();
    let recorded = tenants.revisions(stores.id).await.unwrap();
    assert_eq!(recorded.log, stores.interactions.last_sequence().await.unwrap());
    assert!(recorded.catalog > before.catalog, "the counters of the item have changed");

    stores.catalog.delete(items[1].id).await.unwrap();
    let deleted = tenants.revisions(stores.id).await.unwrap();
    assert!(deleted.catalog > recorded.catalog && deleted.log == recorded.log);

    let mut published = Vec::new();
    for algorithm in ["als", "popularity", "als"] {
        let new = NewModel {
            algorithm: algorithm.into(),
            watermark: 1,
            metrics: Value::Null,
            claim: None,
        };
        published.push(stores.models.publish(new, Bytes::from_static(b"model")).await.unwrap().id);
    }
    let trained = tenants.revisions(stores.id).await.unwrap();
    assert_eq!(trained, Revisions { models: published[1..].to_vec(), ..deleted });
    assert_eq!(tenants.revisions(other.id).await.unwrap(), elsewhere);
}
