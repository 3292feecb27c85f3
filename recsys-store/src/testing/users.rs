//! Cases of users.

use futures_util::future::join_all;

use super::{event, history_of, rating, ratings_of, shop, tenant, user};
use crate::error::StoreErrorKind;
use crate::traits::Storage;
use crate::types::{
    Item, NewInteraction, NewSession, NewUser, NextSession, Role, Rotation, TokenDigest, User,
    UserId, UserPatch, now,
};

/// The first user is made administrator, later ones are what they ask to be.
pub async fn the_first_user_becomes_administrator(storage: &dyn Storage) {
    let users = storage.tenant(tenant(storage, "shop").await.id).users;
    assert_eq!(users.create(user("ann")).await.unwrap().role, Role::Admin);
    assert_eq!(users.create(user("ben")).await.unwrap().role, Role::User);
    assert_eq!(users.count().await.unwrap(), 2);
}

/// Exactly one of many simultaneous first users becomes administrator.
pub async fn of_simultaneous_first_users_one_becomes_administrator(storage: &dyn Storage) {
    let users = storage.tenant(tenant(storage, "shop").await.id).users;
    let created = join_all((0..8).map(|index| users.create(user(&format!("user{index}"))))).await;
    let is_admin = |created: &&crate::error::Result<_>| {
        created.as_ref().is_ok_and(|user: &User| user.role == Role::Admin)
    };
    assert_eq!(created.iter().filter(is_admin).count(), 1);
    assert!(created.iter().all(Result::is_ok));
}

/// Emails are unique and found without regard to case; external ids are unique.
pub async fn an_email_belongs_to_one_user_whatever_its_case(storage: &dyn Storage) {
    let users = storage.tenant(tenant(storage, "shop").await.id).users;
    let ann = users.create(NewUser { email: "Ann@Example.com".into(), ..user("ann") }).await;
    let ann = ann.unwrap();
    assert_eq!(ann.email, "ann@example.com");
    let found = users.by_email("ANN@example.COM").await.unwrap().unwrap();
    assert_eq!(found.user, ann);
    for taken in [
        NewUser { external_id: None, ..user("ann") },
        NewUser { email: "other@example.com".into(), ..user("ann") },
    ] {
        let error = users.create(taken).await.unwrap_err();
        assert_eq!(*error.kind(), StoreErrorKind::AlreadyExists, "{error}");
    }
    let error = users.create(NewUser { email: "nobody".into(), ..user("x") }).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::InvalidInput { field: "email".into() });
    assert_eq!(users.count().await.unwrap(), 1);
}

/// Only login sees the hash, and no `Debug` shows it.
pub async fn credentials_come_with_the_hash(storage: &dyn Storage) {
    let users = storage.tenant(tenant(storage, "shop").await.id).users;
    users.create(user("ann")).await.unwrap();
    let found = users.by_email("ann@example.com").await.unwrap().unwrap();
    assert_eq!(found.password_hash.as_deref(), Some("hash of ann"));
    assert!(!format!("{found:?}").contains("hash of ann"));
    assert_eq!(users.by_email("ben@example.com").await.unwrap(), None);
}

/// Answers come in the order of the question, repeated and missing ids included.
pub async fn batch_reads_keep_the_order(storage: &dyn Storage) {
    let users = storage.tenant(tenant(storage, "shop").await.id).users;
    let ann = users.create(user("ann")).await.unwrap();
    let ben = users.create(user("ben")).await.unwrap();
    let ids = [ben.id, UserId::generate(), ann.id, ben.id];
    let found = users.get_many(&ids).await.unwrap();
    assert_eq!(found, [Some(ben.clone()), None, Some(ann.clone()), Some(ben.clone())]);
    let mut by_age = [ann, ben];
    by_age.sort_by_key(|user| (user.created_at, user.id));
    assert_eq!(users.list(10, 0).await.unwrap(), by_age);
    assert_eq!(users.list(1, 1).await.unwrap(), by_age[1..]);
}

/// An import can be repeated: it updates what it knows and keeps role and hash.
pub async fn importing_users_again_updates_them(storage: &dyn Storage) {
    let users = storage.tenant(tenant(storage, "shop").await.id).users;
    let ann = users.create(user("ann")).await.unwrap();
    let renamed = NewUser { username: "Ann B.".into(), password_hash: None, ..user("ann") };
    let imported = users.upsert_external(vec![user("ben"), renamed]).await.unwrap();
    assert_eq!(imported[0].role, Role::User);
    assert_eq!((imported[1].id, imported[1].role), (ann.id, Role::Admin));
    assert_eq!(imported[1].username, "Ann B.");
    assert_eq!(imported[1].created_at, ann.created_at);
    let found = users.by_email("ann@example.com").await.unwrap().unwrap();
    assert_eq!(found.user, imported[1]);
    assert_eq!(found.password_hash.as_deref(), Some("hash of ann"));
    assert_eq!(users.count().await.unwrap(), 2);
    // Emails may change hands within one import.
    let swapped = vec![
        NewUser { email: "ben@example.com".into(), ..user("ann") },
        NewUser { email: "ann@example.com".into(), ..user("ben") },
    ];
    users.upsert_external(swapped).await.unwrap();
    assert_eq!(users.by_email("ben@example.com").await.unwrap().unwrap().user.id, ann.id);
}

/// An import fails as a whole when an email belongs to somebody else or an id is missing.
pub async fn an_import_that_takes_an_email_changes_nothing(storage: &dyn Storage) {
    let users = storage.tenant(tenant(storage, "shop").await.id).users;
    users.create(user("ann")).await.unwrap();
    let thief = NewUser { email: "ann@example.com".into(), ..user("cid") };
    let error = users.upsert_external(vec![user("ben"), thief]).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::AlreadyExists);
    let error = users.upsert_external(vec![user("ben"), user("ben")]).await.unwrap_err();
    let field = "users[1].external_id".to_owned();
    assert_eq!(*error.kind(), StoreErrorKind::InvalidInput { field });
    let nameless = NewUser { external_id: None, ..user("dan") };
    let error = users.upsert_external(vec![nameless]).await.unwrap_err();
    let field = "users[0].external_id".to_owned();
    assert_eq!(*error.kind(), StoreErrorKind::InvalidInput { field });
    assert_eq!(users.count().await.unwrap(), 1);
    assert!(users.by_email("ann@example.com").await.unwrap().is_some());
}

/// A patch changes what it names; preferences come back as they were written.
pub async fn a_patch_of_a_user_changes_what_it_names(storage: &dyn Storage) {
    let users = storage.tenant(tenant(storage, "shop").await.id).users;
    let ann = users.create(user("ann")).await.unwrap();
    let ben = users.create(user("ben")).await.unwrap();
    let liked = serde_json::json!({ "colours": ["grün", null], "size": 4.5 });
    let patch = UserPatch { preferences: Some(Some(liked.clone())), role: None };
    let changed = users.update(ben.id, patch).await.unwrap();
    assert_eq!(changed, User { preferences: Some(liked.clone()), ..ben.clone() });
    let promoted = UserPatch { role: Some(Role::Admin), preferences: None };
    users.update(ben.id, promoted).await.unwrap();
    let found = users.get_many(&[ben.id, ann.id]).await.unwrap();
    let expected = User { preferences: Some(liked), role: Role::Admin, ..ben.clone() };
    assert_eq!(found, [Some(expected), Some(ann)]);
    let cleared = UserPatch { preferences: Some(None), role: None };
    assert_eq!(users.update(ben.id, cleared).await.unwrap().preferences, None);
    let hash = users.by_email(&ben.email).await.unwrap().unwrap().password_hash;
    assert_eq!(hash.as_deref(), Some("hash of ben"), "what a patch does not know stays");
    let huge = serde_json::Value::from("x".repeat(17 * 1024));
    let huge = UserPatch { preferences: Some(Some(huge)), role: None };
    let error = users.update(ben.id, huge).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::InvalidInput { field: "preferences".into() });
    let error = users.update(UserId::generate(), UserPatch::default()).await.unwrap_err();
    assert_eq!(*error.kind(), StoreErrorKind::NotFound);
}

/// The last administrator can neither step down nor go while others are in the tenant.
pub async fn a_tenant_keeps_an_administrator(storage: &dyn Storage) {
    let users = storage.tenant(tenant(storage, "shop").await.id).users;
    let ann = users.create(user("ann")).await.unwrap();
    let ben = users.create(user("ben")).await.unwrap();
    let as_role = |role| UserPatch { role: Some(role), preferences: None };
    for outcome in [
        users.update(ann.id, as_role(Role::User)).await.map(drop),
        users.delete(ann.id).await.map(drop),
    ] {
        assert_eq!(*outcome.unwrap_err().kind(), StoreErrorKind::LastAdministrator);
    }
    users.update(ben.id, as_role(Role::Admin)).await.unwrap();
    users.update(ann.id, as_role(Role::User)).await.unwrap();
    assert!(users.delete(ann.id).await.unwrap());
    assert!(users.delete(ben.id).await.unwrap(), "who is alone can go");
    assert_eq!(users.create(user("cid")).await.unwrap().role, Role::Admin);
}

/// Erasing a user takes events, ratings and sessions along, and the items' counters follow.
pub async fn an_erased_user_leaves_nothing_behind(storage: &dyn Storage) {
    let (stores, ann, items) = shop(storage, "shop", &["Lamp", "Chair"]).await;
    let ben = stores.users.create(user("ben")).await.unwrap();
    let (lamp, chair) = (items[0].id, items[1].id);
    let keyed = NewInteraction { idempotency_key: Some("key".into()), ..event(ben.id, lamp) };
    stores.interactions.append(&[event(ann.id, lamp), keyed.clone()]).await.unwrap();
    let ratings =
        [rating(ann.id, lamp, 2.0), rating(ben.id, lamp, 5.0), rating(ben.id, chair, 4.0)];
    stores.interactions.rate(&ratings).await.unwrap();
    let digest = TokenDigest([1; 32]);
    let expires_at = now() + chrono::Duration::days(1);
    let session = NewSession { digest, family: uuid::Uuid::now_v7(), user_id: ben.id, expires_at };
    stores.sessions.insert(session).await.unwrap();
    let revision = stores.catalog.changes(0, 10).await.unwrap().last().unwrap().revision;
    let last = stores.interactions.last_sequence().await.unwrap();

    assert!(stores.users.delete(ben.id).await.unwrap());
    assert!(!stores.users.delete(ben.id).await.unwrap(), "gone already");
    assert_eq!(stores.users.get_many(&[ben.id]).await.unwrap(), [None]);
    assert_eq!(stores.users.by_email(&ben.email).await.unwrap(), None);
    assert_eq!(history_of(&stores, ben.id, 10).await, []);
    assert_eq!(ratings_of(&stores, ben.id, 10).await, []);
    let left = stores.interactions.scan(0, 10).await.unwrap();
    assert!(left.iter().all(|event| event.user_id == ann.id) && left.len() == 2);
    let next = NextSession { digest: TokenDigest([2; 32]), expires_at };
    assert_eq!(stores.sessions.rotate(&digest, next).await.unwrap(), Rotation::Unknown);
    let after = stores.interactions.last_sequence().await.unwrap();
    assert_eq!(after, last + 1, "an empty place in the log tells who follows it");

    let changes = stores.catalog.changes(revision, 10).await.unwrap();
    assert_eq!(changes.len(), 2, "both items changed");
    let found = stores.catalog.get_many(&[lamp, chair]).await.unwrap();
    let counts = |item: &Option<Item>| {
        let item = item.as_ref().unwrap();
        (item.interaction_count, item.rating_count, item.average_rating())
    };
    assert_eq!(counts(&found[0]), (2, 1, Some(2.0)));
    assert_eq!(counts(&found[1]), (0, 0, None));
    // Address, external id and idempotency key are free again.
    let again = stores.users.create(user("ben")).await.unwrap();
    assert_eq!(again.id, ben.id);
    stores.interactions.append(&[keyed]).await.unwrap();
    assert_eq!(history_of(&stores, ben.id, 10).await.len(), 1);
}
