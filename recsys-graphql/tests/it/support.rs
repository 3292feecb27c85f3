//! A tenant in memory, on a storage that counts and fails on demand.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::sync::Arc;

use futures_util::{FutureExt as _, StreamExt as _, stream::BoxStream};
use recsys_graphql::{
    Caller, Limits, Principal, Schema,
    async_graphql::{Request, Response},
    build_schema, subscribe,
};
use recsys_store::{
    Engine, MemoryStorage, Storage,
    testing::{Watch, WatchedStorage},
    types::{Item, NewItem, NewTenant, NewUser, Role, TenantId, Tier, User},
};
use serde_json::Value;

/// A schema over one tenant with one administrator.
pub(crate) struct Shop {
    pub(crate) schema: Schema,
    pub(crate) engine: Engine,
    pub(crate) tenant: TenantId,
    pub(crate) admin: User,
    pub(crate) watch: Watch,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let inner = MemoryStorage::new();
        let new = NewTenant { name: "Shop".into(), domain: "shop".into(), tier: Tier::Basic };
        let tenant = inner.tenants().create(new).await.unwrap().id;
        let admin = inner.tenant(tenant).users.create(user("ada")).await.unwrap();
        let storage = WatchedStorage::new(Arc::new(inner));
        let watch = storage.watch();
        let engine = Engine::builder(Arc::new(storage)).build().unwrap();
        let schema = build_schema(engine.clone(), None, Limits::default());
        Self { schema, engine, tenant, admin, watch }
    }

    /// Creates an item for each title.
    pub(crate) async fn items(&self, titles: &[&str]) -> Vec<Item> {
        let new = titles.iter().map(|&title| NewItem { title: title.into(), ..NewItem::default() });
        let tenant = self.engine.tenant(self.tenant).await.unwrap();
        tenant.create_items(new.collect()).await.unwrap()
    }

    /// Executes an operation as the administrator.
    pub(crate) async fn ask(&self, query: &str) -> Response {
        self.ask_as(self.caller(&self.admin), query).await
    }

    /// Returns a user of the tenant as a caller.
    pub(crate) fn caller(&self, user: &User) -> Caller {
        Caller::signed_in(Principal { user: user.id, tenant: self.tenant })
    }

    /// Creates a user.
    pub(crate) async fn user(&self, name: &str) -> User {
        self.engine.storage().tenant(self.tenant).users.create(user(name)).await.unwrap()
    }

    /// Begins a subscription as the administrator.
    pub(crate) fn follow(&self, query: &str) -> Following {
        self.follow_as(self.caller(&self.admin), query)
    }

    pub(crate) fn follow_as(&self, caller: Caller, query: &str) -> Following {
        Following(subscribe(&self.schema, Request::new(query).data(caller)))
    }

    pub(crate) async fn ask_as(&self, caller: Caller, query: &str) -> Response {
        self.schema.execute(Request::new(query).data(caller)).await
    }
}

/// A subscription that goes on.
pub(crate) struct Following(BoxStream<'static, Response>);

impl Following {
    /// Waits for the next response, which must be good, and returns its data.
    pub(crate) async fn next(&mut self) -> Value {
        data(self.0.next().await.unwrap())
    }

    /// Lets the subscription run as far as it gets, which must be without a response.
    pub(crate) fn is_silent(&mut self) -> bool {
        self.0.next().now_or_never().is_none()
    }

    /// Waits for the error that ends the subscription; returns its code and message.
    pub(crate) async fn fails(mut self) -> (String, String) {
        let response = self.0.next().await.unwrap();
        let (code, message) = error(&response);
        assert!(self.0.next().await.is_none(), "it goes on");
        (code.to_owned(), message.to_owned())
    }

    /// Waits for the end, before which there must be no response.
    pub(crate) async fn ends(mut self) {
        assert!(self.0.next().await.is_none(), "it goes on");
    }
}

/// Returns the data of a response without errors.
pub(crate) fn data(response: Response) -> Value {
    assert!(response.errors.is_empty(), "{:?}", response.errors);
    response.data.into_json().unwrap()
}

/// Returns code and message of the only error.
pub(crate) fn error(response: &Response) -> (&str, &str) {
    assert_eq!(response.errors.len(), 1, "{:?}", response.errors);
    let error = &response.errors[0];
    (recsys_graphql::Code::of(error).unwrap(), &error.message)
}

pub(crate) fn user(name: &str) -> NewUser {
    NewUser {
        email: format!("{name}@example.org"),
        username: name.into(),
        password_hash: None,
        role: Role::User,
        external_id: None,
    }
}
