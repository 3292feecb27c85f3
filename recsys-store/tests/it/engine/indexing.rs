//! A vector database that goes and comes back.

use std::sync::Arc;
use std::time::Duration;

use recsys_store::engine::{IndexTrouble, SimilarQuery};
use recsys_store::testing::tenant;
use recsys_store::traits::VectorStore;
use recsys_store::types::{ItemPatch, Metric, NewItem, VectorCollection};
use recsys_store::vectors::{QdrantConfig, QdrantVectors};
use recsys_store::{Engine, MemoryStorage, Storage};

use super::fixture::{Shop, of};
use crate::vectors::fake::Fake;
use crate::vectors::fake_qdrant::FakeQdrant;

const KEY: &str = "key";

/// A shop whose vectors are in a database that can be stopped.
struct Remote {
    shop: Shop,
    vectors: QdrantVectors,
    fake: FakeQdrant,
    server: Fake,
}

impl Remote {
    async fn open() -> Self {
        let fake = FakeQdrant::new(KEY);
        let server = Fake::start(fake.clone().routes()).await;
        let config = QdrantConfig::new(&server.url).with_api_key(KEY).with_exact(true);
        let config = config.with_time_limit(Duration::from_secs(5));
        let vectors = QdrantVectors::new(&config).unwrap();
        let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
        let id = tenant(&*storage, "shop").await.id;
        let builder = Engine::builder(storage).training_threads(1);
        let engine = builder.vectors(Arc::new(vectors.clone())).build().unwrap();
        let tenant = engine.tenant(id).await.unwrap();
        Self { shop: Shop { engine, tenant }, vectors, fake, server }
    }

    /// A trained shop of six items, all of them in the index.
    async fn stocked() -> Self {
        let remote = Self::open().await;
        let shop = &remote.shop;
        let items = shop.items((0..6).map(book).collect()).await;
        let ann = shop.user("ann").await;
        shop.record(&ann, "purchase", &[&items[0], &items[1]]).await;
        shop.tenant.train("item_knn", |_| {}).await.unwrap();
        shop.tenant.wait_for_index().await.unwrap();
        assert_eq!(remote.count().await, 6);
        remote
    }

    async fn count(&self) -> u64 {
        let tenant = self.shop.tenant.stores().id;
        let collection = VectorCollection::new(tenant, "lsa_0", 64, Metric::Cosine).unwrap();
        self.vectors.count(&collection).await.unwrap()
    }

    async fn stop(&mut self) {
        self.server.stop().await;
    }

    async fn start_again(&mut self) {
        self.server.start_again(self.fake.clone().routes()).await;
    }
}

fn book(number: u32) -> NewItem {
    of("books", &format!("book number {number}"))
}

#[tokio::test]
async fn without_its_vector_database_a_shop_goes_on_and_catches_up_when_it_is_back() {
    let mut remote = Remote::stocked().await;
    remote.stop().await;
    let shop = &remote.shop;
    let new = shop.items((6..9).map(book).collect()).await;
    let query = SimilarQuery { item: new[0].id, limit: 20 };
    for _ in 0..3 {
        let similar = shop.tenant.similar(query.clone()).await.unwrap();
        assert_eq!(similar.len(), 8, "by category, while it is away");
        assert_eq!(similar[0].reason.as_deref(), Some("also in books"));
    }
    assert!(shop.engine.index_troubles().contains(&IndexTrouble::Vectors));
    let hide = ItemPatch { is_active: Some(false), ..ItemPatch::default() };
    shop.tenant.update_item(new[1].id, hide).await.unwrap();
    assert!(shop.tenant.delete_item(new[2].id).await.unwrap());

    remote.start_again().await;
    let shop = &remote.shop;
    shop.tenant.wait_for_index().await.unwrap();
    assert_eq!(remote.count().await, 8);
    assert!(shop.engine.index_troubles().is_empty());
    let similar = shop.tenant.similar(query).await.unwrap();
    assert_eq!(similar.len(), 6, "the hidden and the deleted one are left out");
    let reason = "described like book number 6";
    assert!(similar.iter().all(|found| found.reason.as_deref() == Some(reason)));
}

#[tokio::test]
async fn what_a_database_lost_is_written_again() {
    let mut remote = Remote::stocked().await;
    remote.stop().await;
    remote.fake.lose();
    let new = remote.shop.items(vec![book(6)]).await.remove(0);
    let query = SimilarQuery { item: new.id, limit: 20 };
    remote.shop.tenant.similar(query.clone()).await.unwrap();
    remote.start_again().await;
    remote.shop.tenant.wait_for_index().await.unwrap();
    assert_eq!(remote.fake.points(), 7);
    assert_eq!(remote.shop.tenant.similar(query).await.unwrap().len(), 6);
}

#[tokio::test]
async fn an_engine_that_starts_without_the_database_fills_it_later() {
    let mut remote = Remote::open().await;
    remote.stop().await;
    let shop = &remote.shop;
    let items = shop.items((0..6).map(book).collect()).await;
    let ann = shop.user("ann").await;
    shop.record(&ann, "purchase", &[&items[0], &items[1]]).await;
    shop.tenant.train("item_knn", |_| {}).await.unwrap();
    let query = SimilarQuery { item: items[4].id, limit: 20 };
    assert_eq!(shop.tenant.similar(query).await.unwrap().len(), 5);
    remote.start_again().await;
    remote.shop.tenant.wait_for_index().await.unwrap();
    assert_eq!(remote.count().await, 6);
}

#[tokio::test]
async fn engines_that_share_a_database_end_with_the_newest_of_everything() {
    let remote = Remote::stocked().await;
    let (one, id) = (&remote.shop.tenant, remote.shop.tenant.stores().id);
    let storage = Arc::clone(remote.shop.engine.storage());
    let builder = Engine::builder(storage).follow_interval(Duration::ZERO);
    let other = builder.vectors(Arc::new(remote.vectors.clone())).build().unwrap();
    let two = &other.tenant(id).await.unwrap();
    let lamp = remote.shop.items(vec![of("lamps", "lamp")]).await.remove(0);
    let renamed = |at: u32| ItemPatch {
        title: Some(if at == 9 { "book number".into() } else { format!("lamp {at}") }),
        category: Some(Some(if at == 9 { "books".into() } else { "lamps".into() })),
        ..ItemPatch::default()
    };
    for at in 0..10 {
        let engine = if at % 2 == 0 { two } else { one };
        engine.update_item(lamp.id, renamed(at)).await.unwrap();
    }
    two.create_items(vec![book(7)]).await.unwrap();
    for engine in [one, two] {
        engine.wait_for_index().await.unwrap();
    }
    assert_eq!(remote.count().await, 8);
    let new = remote.shop.items(vec![book(8)]).await.remove(0);
    let query = SimilarQuery { item: new.id, limit: 20 };
    for engine in [one, two] {
        let similar = engine.similar(query.clone()).await.unwrap();
        let found = similar.iter().find(|found| found.item.id == lamp.id).unwrap();
        assert_eq!(found.reason.as_deref(), Some("described like book number 8"));
    }
}
