//! Whatever happens, in whatever order and in whichever process: an engine with a cache answers as one
//! without, and nothing of one tenant appears in another.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use recsys_store::engine::{CacheConfig, Filter, RecommendQuery, SimilarQuery};
use recsys_store::memory::MemoryCache;
use recsys_store::testing::{tenant, user};
use recsys_store::types::{
    Item, ItemId, ItemPatch, NewInteraction, NewItem, NewRating, TenantId, TenantPatch, User,
    UserId,
};
use recsys_store::{Engine, MemoryStorage, Storage, TenantEngine};

use super::fixture::content;

#[derive(Clone, Debug)]
enum Happening {
    Event { user: usize, item: usize, like: bool },
    Rating { user: usize, item: usize, rating: u8 },
    Create { category: bool },
    Rename { item: usize },
    Hide { item: usize, hidden: bool },
    DeleteItem { item: usize },
    DeleteUser { user: usize },
    ReturnOfUser { user: usize },
    HalfLife { days: u8 },
    Train { algorithm: usize },
}

/// A happening in one of two tenants, through the engine with the cache or past it.
fn happening() -> impl Strategy<Value = (bool, bool, Happening)> {
    let (user, item) = (0..USERS, 0..9_usize);
    let what = prop_oneof![
        6 => (user.clone(), item.clone(), any::<bool>())
            .prop_map(|(user, item, like)| Happening::Event { user, item, like }),
        2 => (user.clone(), item.clone(), 0..=10_u8)
            .prop_map(|(user, item, rating)| Happening::Rating { user, item, rating }),
        1 => any::<bool>().prop_map(|category| Happening::Create { category }),
        1 => item.clone().prop_map(|item| Happening::Rename { item }),
        1 => (item.clone(), any::<bool>()).prop_map(|(item, hidden)| Happening::Hide { item, hidden }),
        1 => item.prop_map(|item| Happening::DeleteItem { item }),
        1 => user.clone().prop_map(|user| Happening::DeleteUser { user }),
        1 => user.prop_map(|user| Happening::ReturnOfUser { user }),
        1 => (1..90_u8).prop_map(|days| Happening::HalfLife { days }),
        2 => (0..ALGORITHMS.len()).prop_map(|algorithm| Happening::Train { algorithm }),
    ];
    (any::<bool>(), any::<bool>(), what)
}

const USERS: usize = 4;
const ALGORITHMS: [&str; 3] = ["popularity", "item_knn", "content"];

/// One tenant in two engines with a cache, which share a second one, and in one without.
struct Twins {
    kept: TenantEngine,
    replica: TenantEngine,
    fresh: TenantEngine,
    users: Vec<UserId>,
    items: Vec<Item>,
    created: usize,
}

impl Twins {
    async fn open(engines: [&Engine; 3], id: TenantId) -> Self {
        let [kept, replica, fresh] = engines.map(|engine| engine.tenant(id));
        let (kept, replica) = (kept.await.unwrap(), replica.await.unwrap());
        let fresh = fresh.await.unwrap();
        let mut users = Vec::new();
        for index in 0..USERS {
            let new = user(&format!("user{index}"));
            users.push(kept.stores().users.create(new).await.unwrap().id);
        }
        let mut twins = Self { kept, replica, fresh, users, items: Vec::new(), created: 0 };
        for index in 0..5 {
            twins.create(true, index % 2 == 0).await;
        }
        twins
    }

    async fn create(&mut self, by_kept: bool, category: bool) {
        self.created += 1;
        let new = NewItem {
            title: format!("item {}", self.created),
            category: category.then(|| "books".to_owned()),
            ..NewItem::default()
        };
        self.items.extend(self.by(by_kept).create_items(vec![new]).await.unwrap());
    }

    fn by(&self, kept: bool) -> &TenantEngine {
        if kept { &self.kept } else { &self.fresh }
    }

    fn item(&self, index: usize) -> Option<ItemId> {
        Some(self.items.get(index % self.items.len().max(1))?.id)
    }

    async fn happen(&mut self, by_kept: bool, what: Happening) {
        let engine = self.by(by_kept).clone();
        // What the state refuses does not happen, which is as good a history as any.
        match what {
            Happening::Event { user, item, like } => {
                let Some(item) = self.item(item) else { return };
                let kind = if like { "like" } else { "view" };
                let event = NewInteraction::new(self.users[user], item, kind);
                let _ = engine.record(vec![event]).await;
            }
            Happening::Rating { user, item, rating } => {
                let Some(item_id) = self.item(item) else { return };
                let (user_id, rating) = (self.users[user], f64::from(rating));
                let new = NewRating { user_id, item_id, rating, review: None, at: None };
                let _ = engine.rate(new).await;
            }
            Happening::Create { category } => self.create(by_kept, category).await,
            Happening::Rename { item } => {
                let Some(item) = self.item(item) else { return };
                let patch = ItemPatch { title: Some("renamed".into()), ..ItemPatch::default() };
                engine.update_item(item, patch).await.unwrap();
            }
            Happening::Hide { item, hidden } => {
                let Some(item) = self.item(item) else { return };
                let patch = ItemPatch { is_active: Some(!hidden), ..ItemPatch::default() };
                engine.update_item(item, patch).await.unwrap();
            }
            Happening::DeleteItem { item } => {
                let Some(item) = self.item(item) else { return };
                engine.delete_item(item).await.unwrap();
                self.items.retain(|kept| kept.id != item);
            }
            Happening::DeleteUser { user } => {
                let _ = engine.delete_user(self.users[user]).await;
            }
            Happening::ReturnOfUser { user: index } => {
                engine.import_users(vec![user(&format!("user{index}"))]).await.unwrap();
            }
            Happening::HalfLife { .. } => {}
            Happening::Train { algorithm } => {
                let _ = engine.train(ALGORITHMS[algorithm], |_| {}).await;
            }
        }
    }

    async fn compare(&self, foreign: &HashSet<ItemId>) {
        let mut queries = Vec::new();
        for user in self.users.iter().copied().map(Some).chain([None]) {
            let plain = RecommendQuery { user, limit: 3, ..RecommendQuery::anonymous() };
            let books = Filter { categories: vec!["books".into()], ..Filter::default() };
            let rated = Filter { min_rating: Some(3.0), ..Filter::default() };
            let by =
                |algorithm: &str| RecommendQuery { algorithm: algorithm.into(), ..plain.clone() };
            queries.extend(ALGORITHMS.map(by));
            queries.push(RecommendQuery { filter: books, explain: true, ..by("item_knn") });
            queries.push(RecommendQuery { filter: rated, ..by("content") });
            queries.push(RecommendQuery { diversity: Some(0.5), ..by("item_knn") });
        }
        let expected = self.fresh.recommend_many(queries.clone()).await;
        for engine in [&self.kept, &self.kept, &self.replica] {
            let found = engine.recommend_many(queries.clone()).await;
            for ((found, expected), query) in found.iter().zip(&expected).zip(&queries) {
                match (found, expected) {
                    (Ok(found), Ok(expected)) => {
                        assert_eq!(content(found), content(expected), "{query:?}");
                        assert!(found.items.iter().all(|it| !foreign.contains(&it.item.id)));
                    }
                    (found, expected) => {
                        let code = |answer: &Result<_, recsys_store::EngineError>| {
                            answer.as_ref().err().map(recsys_store::EngineError::code)
                        };
                        assert_eq!(code(found), code(expected), "{query:?}");
                    }
                }
            }
        }
        for engine in [&self.kept, &self.fresh] {
            engine.wait_for_index().await.unwrap();
        }
        let similar: Vec<SimilarQuery> =
            self.items.iter().map(|item| SimilarQuery { item: item.id, limit: 3 }).collect();
        let expected = self.fresh.similar_many(similar.clone()).await;
        for _ in 0..2 {
            let found = self.kept.similar_many(similar.clone()).await;
            assert_eq!(format!("{found:?}"), format!("{expected:?}"));
            let mut items = found.iter().flatten().flatten();
            assert!(items.all(|similar| !foreign.contains(&similar.item.id)));
        }
        let ids: Vec<ItemId> =
            self.items.iter().map(|item| item.id).chain(foreign.iter().copied()).collect();
        assert_eq!(self.kept.items(&ids).await.unwrap(), self.fresh.items(&ids).await.unwrap());
        let found: Vec<Option<Arc<User>>> = self.kept.users(&self.users).await.unwrap();
        assert_eq!(found, self.fresh.users(&self.users).await.unwrap());
    }
}

async fn run(happenings: Vec<(bool, bool, Happening)>) {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let builder = || {
        let builder = Engine::builder(Arc::clone(&storage)).training_threads(1);
        builder.follow_interval(Duration::ZERO)
    };
    let shared = Arc::new(MemoryCache::new(1 << 24));
    let kept = builder().shared_cache(shared.clone()).build().unwrap();
    let replica = builder().shared_cache(shared).build().unwrap();
    let fresh = builder().cache(CacheConfig::disabled()).build().unwrap();
    let mut shops = Vec::new();
    for domain in ["one", "two"] {
        let id = tenant(&*storage, domain).await.id;
        shops.push(Twins::open([&kept, &replica, &fresh], id).await);
    }
    let mut everything: [HashSet<ItemId>; 2] = Default::default();
    for (second, by_kept, what) in happenings {
        let at = usize::from(second);
        if let Happening::HalfLife { days } = what {
            let directory = storage.tenants();
            let id = shops[at].kept.stores().id;
            let mut settings = directory.get(id).await.unwrap().unwrap().settings;
            settings.aggregation.half_life_days = Some(f64::from(days));
            directory.update(id, TenantPatch::of_settings(settings)).await.unwrap();
            kept.tenant(id).await.unwrap();
            replica.tenant(id).await.unwrap();
            fresh.tenant(id).await.unwrap();
        } else {
            shops[at].happen(by_kept, what).await;
        }
        for (at, shop) in shops.iter().enumerate() {
            everything[at].extend(shop.items.iter().map(|item| item.id));
        }
        for (at, shop) in shops.iter().enumerate() {
            shop.compare(&everything[1 - at]).await;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn an_engine_with_a_cache_answers_as_one_without(
        happenings in prop::collection::vec(happening(), 1..30),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(run(happenings));
    }
}
