//! An engine with one tenant, and short words for what tests do.

use std::sync::Arc;
use std::time::Duration;

use recsys_store::engine::{RecommendQuery, Recommendations};
use recsys_store::testing::{tenant, user};
use recsys_store::types::{Item, ItemId, NewInteraction, NewItem, User};
use recsys_store::{Engine, MemoryStorage, Storage, TenantEngine};

pub(super) struct Shop {
    pub(super) engine: Engine,
    pub(super) tenant: TenantEngine,
}

/// Returns all of a list that does not depend on when it was answered.
pub(super) fn content(list: &Recommendations) -> String {
    let Recommendations { items, algorithm, total_count, source, model_version, .. } = list;
    format!("{algorithm} {total_count} {source} {model_version:?} {items:?} {:?}", list.explanation)
}

/// Opens an engine that sees other processes' writes at once.
pub(super) fn engine(storage: Arc<dyn Storage>) -> Engine {
    let builder = Engine::builder(storage).training_threads(1);
    builder.follow_interval(Duration::ZERO).build().unwrap()
}

impl Shop {
    pub(super) async fn open() -> Self {
        Self::on(Arc::new(MemoryStorage::new())).await
    }

    pub(super) async fn on(storage: Arc<dyn Storage>) -> Self {
        let id = tenant(&*storage, "shop").await.id;
        let engine = engine(storage);
        let tenant = engine.tenant(id).await.unwrap();
        Self { engine, tenant }
    }

    pub(super) async fn user(&self, name: &str) -> User {
        self.tenant.stores().users.create(user(name)).await.unwrap()
    }

    pub(super) async fn items(&self, new: Vec<NewItem>) -> Vec<Item> {
        self.tenant.create_items(new).await.unwrap()
    }

    pub(super) async fn record(&self, user: &User, kind: &str, items: &[&Item]) {
        let event = |item: &&Item| NewInteraction::new(user.id, item.id, kind);
        self.tenant.record(items.iter().map(event).collect()).await.unwrap();
    }

    pub(super) async fn list(&self, query: RecommendQuery) -> Recommendations {
        self.tenant.recommend(query).await.unwrap()
    }

    /// Two tastes: users and items of the same parity like each other. Returns users and items; the
    /// last item of each parity is not liked by the first user of it.
    pub(super) async fn two_tastes(&self) -> (Vec<User>, Vec<Item>) {
        let items = self.items((0..8).map(|index| plain(&format!("item {index}"))).collect()).await;
        let mut users = Vec::new();
        for index in 0..6 {
            let user = self.user(&format!("user{index}")).await;
            let liked = items.iter().enumerate().filter(|(at, _)| at % 2 == index % 2);
            let held_back = if index < 2 { index + 6 } else { items.len() };
            let liked: Vec<&Item> =
                liked.filter(|(at, _)| *at != held_back).map(|(_, item)| item).collect();
            self.record(&user, "purchase", &liked).await;
            users.push(user);
        }
        (users, items)
    }
}

/// An item with a title only.
pub(super) fn plain(title: &str) -> NewItem {
    NewItem { title: title.to_owned(), ..NewItem::default() }
}

/// An item of a category.
pub(super) fn of(category: &str, title: &str) -> NewItem {
    NewItem { category: Some(category.to_owned()), ..plain(title) }
}

pub(super) fn ids(list: &Recommendations) -> Vec<ItemId> {
    list.items.iter().map(|recommended| recommended.item.id).collect()
}

pub(super) fn titles(list: &Recommendations) -> Vec<&str> {
    list.items.iter().map(|recommended| recommended.item.title.as_str()).collect()
}

/// Scores descend, ranks count, explanations (if asked for) add up.
pub(super) fn check(list: &Recommendations) {
    assert!(list.items.is_sorted_by(|left, right| left.score >= right.score), "{list:?}");
    for (place, recommended) in (1..).zip(&list.items) {
        assert_eq!(recommended.rank, place);
        assert!(recommended.score.is_finite());
        if let Some(explanation) = &recommended.explanation {
            let parts = explanation.contributions.iter().map(|part| part.weight);
            let sum = explanation.base + parts.sum::<f64>();
            assert!((sum - recommended.score).abs() < 1e-4, "{sum} {recommended:?}");
        }
    }
}
