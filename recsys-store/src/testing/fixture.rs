//! What cases are made of.

use std::any::Any;
use std::sync::Arc;

use crate::traits::{Storage, TenantStores};
use crate::types::{
    Interaction, Item, ItemId, NewInteraction, NewItem, NewRating, NewTenant, NewUser, Rating,
    Role, Tenant, Tier, User, UserId,
};

/// An empty storage and whatever must live as long as it does.
#[derive(Debug)]
pub struct Fixture {
    storage: Arc<dyn Storage>,
    guard: Option<Box<dyn Any + Send + Sync>>,
}

impl Fixture {
    /// Wraps a storage.
    #[must_use]
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        Self { storage, guard: None }
    }

    /// Keeps `guard`, for example a temporary folder, until the case has ended.
    #[must_use]
    pub fn keeping(mut self, guard: impl Any + Send + Sync) -> Self {
        self.guard = Some(Box::new(guard));
        self
    }

    /// Returns the storage.
    #[must_use]
    pub fn storage(&self) -> &dyn Storage {
        &*self.storage
    }
}

/// Creates a tenant with this domain.
pub async fn tenant(storage: &dyn Storage, domain: &str) -> Tenant {
    let new = NewTenant { name: domain.to_owned(), domain: domain.to_owned(), tier: Tier::Basic };
    storage.tenants().create(new).await.unwrap()
}

/// Creates a tenant with one user and the items of these titles, each with its title as external id.
pub async fn shop(
    storage: &dyn Storage,
    domain: &str,
    titles: &[&str],
) -> (TenantStores, User, Vec<Item>) {
    let stores = storage.tenant(tenant(storage, domain).await.id);
    let user = stores.users.create(user("ann")).await.unwrap();
    let new = titles.iter().map(|title| item(title)).collect();
    let items = stores.catalog.create_many(new).await.unwrap();
    (stores, user, items)
}

/// Describes a user who is called `name` in every way.
#[must_use]
pub fn user(name: &str) -> NewUser {
    NewUser {
        email: format!("{name}@example.com"),
        username: name.to_owned(),
        password_hash: Some(format!("hash of {name}")),
        role: Role::User,
        external_id: Some(name.to_owned()),
    }
}

/// Describes an item with this title and external id.
#[must_use]
pub fn item(title: &str) -> NewItem {
    NewItem {
        title: title.to_owned(),
        category: Some("things".to_owned()),
        tags: vec!["new".to_owned()],
        external_id: Some(title.to_owned()),
        ..NewItem::default()
    }
}

/// Describes a view.
#[must_use]
pub fn event(user: UserId, item: ItemId) -> NewInteraction {
    NewInteraction::new(user, item, "view")
}

/// Describes a rating.
#[must_use]
pub fn rating(user_id: UserId, item_id: ItemId, rating: f64) -> NewRating {
    NewRating { user_id, item_id, rating, review: None, at: None }
}

/// Returns the newest events of one user.
pub async fn history_of(stores: &TenantStores, user: UserId, limit: u32) -> Vec<Interaction> {
    let mut histories = stores.interactions.histories(&[user], None, limit).await.unwrap();
    histories.pop().unwrap()
}

/// Returns the newest ratings of one user.
pub async fn ratings_of(stores: &TenantStores, user: UserId, limit: u32) -> Vec<Rating> {
    stores.interactions.ratings(&[user], limit).await.unwrap().pop().unwrap()
}
