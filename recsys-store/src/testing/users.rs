//! Cases of users.

use futures_util::future::join_all;

use super::{tenant, user};
use crate::error::StoreErrorKind;
use crate::traits::Storage;
use crate::types::{NewUser, Role, UserId};

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
        created.as_ref().is_ok_and(|user: &crate::types::User| user.role == Role::Admin)
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
