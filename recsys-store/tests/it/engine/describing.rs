//! Items that no model knows: found by what they are described by.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use recsys_core::data::ItemFeatures;
use recsys_core::fit::FitContext;
use recsys_store::embedders::LatentSemantics;
use recsys_store::engine::{IndexTrouble, SimilarItem, SimilarQuery};
use recsys_store::testing::tenant;
use recsys_store::traits::{Embedder, VectorStore};
use recsys_store::types::{Item, ItemId, ItemPatch, Metric, NewItem, VectorCollection};
use recsys_store::vectors::LocalVectors;
use recsys_store::{Engine, MemoryStorage, Storage, TenantEngine};

use super::doubles::{Ailing, Stubborn};
use super::fixture::{Shop, engine, of, plain};

fn described(category: &str, title: &str, description: &str) -> NewItem {
    NewItem { description: Some(description.to_owned()), ..of(category, title) }
}

/// Teas and tools of one category, told apart by their words only.
fn goods() -> Vec<NewItem> {
    vec![
        described("goods", "Green tea", "fresh leaves from the mountains"),
        described("goods", "Black tea", "strong leaves with bergamot"),
        described("goods", "White tea", "gently dried leaves"),
        described("goods", "Claw hammer", "steel head and wooden handle"),
        described("goods", "Sledge hammer", "heavy steel head"),
        described("goods", "Hand saw", "steel blade and wooden handle"),
    ]
}

fn jasmine() -> NewItem {
    described("goods", "Jasmine tea", "scented leaves")
}

impl Shop {
    /// Stocks the shop with goods, trains, and waits for the index.
    async fn stocked(&self) -> Vec<Item> {
        let items = self.items(goods()).await;
        let ann = self.user("ann").await;
        self.record(&ann, "purchase", &[&items[0], &items[3]]).await;
        self.tenant.train("item_knn", |_| {}).await.unwrap();
        self.tenant.wait_for_index().await.unwrap();
        items
    }

    async fn similar(&self, item: ItemId, limit: usize) -> Vec<SimilarItem> {
        self.tenant.similar(SimilarQuery { item, limit }).await.unwrap()
    }

    /// Opens a shop whose vectors are kept and made as is said.
    async fn with(vectors: Arc<dyn VectorStore>, embedder: Option<Arc<dyn Embedder>>) -> Self {
        let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
        let id = tenant(&*storage, "shop").await.id;
        let mut builder = Engine::builder(storage).training_threads(1).vectors(vectors);
        if let Some(embedder) = embedder {
            builder = builder.embedder(embedder);
        }
        let engine = builder.build().unwrap();
        let tenant = engine.tenant(id).await.unwrap();
        Self { engine, tenant }
    }
}

fn titles(similar: &[SimilarItem]) -> Vec<&str> {
    similar.iter().map(|found| found.item.title.as_str()).collect()
}

fn are_teas(similar: &[SimilarItem]) -> bool {
    similar.iter().all(|found| found.item.title.ends_with("tea"))
}

#[tokio::test]
async fn a_new_item_is_like_those_that_are_described_alike() {
    let shop = Shop::open().await;
    shop.stocked().await;
    let new = shop.items(vec![jasmine()]).await.remove(0);
    let similar = shop.similar(new.id, 3).await;
    assert!(are_teas(&similar) && similar.len() == 3, "{:?}", titles(&similar));
    assert!(similar.iter().all(|found| found.score > 0.0));
    for found in &similar {
        assert_eq!(found.reason.as_deref(), Some("described like Jasmine tea"));
    }
}

#[tokio::test]
async fn new_items_find_each_other() {
    let shop = Shop::open().await;
    shop.stocked().await;
    let new = shop.items(vec![jasmine(), described("goods", "Rose tea", "scented leaves")]).await;
    shop.tenant.wait_for_index().await.unwrap();
    let similar = shop.similar(new[0].id, 1).await;
    assert_eq!(similar[0].item.id, new[1].id);
}

#[tokio::test]
async fn a_changed_description_places_the_item_anew() {
    let shop = Shop::open().await;
    shop.stocked().await;
    let new = shop.items(vec![jasmine()]).await.remove(0);
    let patch = ItemPatch {
        title: Some("Mallet".into()),
        description: Some(Some("wooden head and wooden handle".into())),
        ..ItemPatch::default()
    };
    assert!(are_teas(&shop.similar(new.id, 3).await));
    shop.tenant.update_item(new.id, patch).await.unwrap();
    let similar = shop.similar(new.id, 3).await;
    assert!(!similar.iter().any(|found| found.item.title.ends_with("tea")));
    shop.tenant.wait_for_index().await.unwrap();
    let other = shop.items(vec![described("goods", "Axe", "heavy steel head")]).await.remove(0);
    assert!(titles(&shop.similar(other.id, 4).await).contains(&"Mallet"));
}

#[tokio::test]
async fn without_a_training_category_and_tags_decide() {
    let shop = Shop::open().await;
    let items = shop.items(goods()).await;
    shop.tenant.wait_for_index().await.unwrap();
    let similar = shop.similar(items[0].id, 10).await;
    assert_eq!(similar.len(), 5);
    assert_eq!(similar[0].reason.as_deref(), Some("also in goods"));
}

#[tokio::test]
async fn what_was_fitted_serves_other_engines_and_those_that_start_later() {
    let shop = Shop::open().await;
    shop.stocked().await;
    let new = shop.items(vec![jasmine()]).await.remove(0);
    shop.tenant.wait_for_index().await.unwrap();
    let expected = shop.similar(new.id, 10).await;
    let other = engine(shop.engine.storage().clone());
    let other = other.tenant(shop.tenant.stores().id).await.unwrap();
    other.wait_for_index().await.unwrap();
    let found = other.similar(SimilarQuery { item: new.id, limit: 10 }).await.unwrap();
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
}

#[tokio::test]
async fn an_answer_is_kept_until_the_index_changes() {
    let shop = Shop::open().await;
    shop.stocked().await;
    let new = shop.items(vec![jasmine()]).await.remove(0);
    shop.tenant.wait_for_index().await.unwrap();
    let misses = || shop.engine.cache_statistics().similar.misses;
    let first = shop.similar(new.id, 3).await;
    let before = misses();
    assert_eq!(titles(&shop.similar(new.id, 3).await), titles(&first));
    assert_eq!(misses(), before);
    let same = shop.items(vec![described("goods", "Jasmine tea", "scented leaves")]).await;
    shop.tenant.wait_for_index().await.unwrap();
    assert_eq!(shop.similar(new.id, 3).await[0].item.id, same[0].id);
    assert_eq!(misses(), before + 1);
}

/// A collection of vectors of the catalogue's own words.
fn fitted(shop: &TenantEngine, number: u32) -> VectorCollection {
    let purpose = format!("lsa_{number}");
    VectorCollection::new(shop.stores().id, purpose, 64, Metric::Cosine).unwrap()
}

#[tokio::test]
async fn a_catalogue_that_has_outgrown_its_words_is_fitted_anew() {
    let vectors = LocalVectors::new();
    let shop = Shop::with(Arc::new(vectors.clone()), None).await;
    shop.stocked().await;
    shop.tenant.train("item_knn", |_| {}).await.unwrap();
    let counts = async || {
        shop.tenant.wait_for_index().await.unwrap();
        let count = |number| {
            let (vectors, collection) = (vectors.clone(), fitted(&shop.tenant, number));
            async move { vectors.count(&collection).await.unwrap() }
        };
        [count(0).await, count(1).await]
    };
    assert_eq!(counts().await, [6, 0], "nothing has changed: it is as it was");
    let lamp = |at: u32| described("lamps", &format!("Lamp {at}"), "glows");
    let lamps = shop.items((0..4).map(lamp).collect()).await;
    assert_eq!(counts().await, [6, 0], "their words are not known, nor is the category");
    shop.tenant.train("item_knn", |_| {}).await.unwrap();
    assert_eq!(counts().await, [0, 10], "and the former vectors are gone");
    let newer = shop.items(vec![lamp(9)]).await.remove(0);
    let similar = shop.similar(newer.id, 4).await;
    assert!(lamps.iter().all(|lamp| similar.iter().any(|found| found.item.id == lamp.id)));
}

#[tokio::test]
async fn an_index_that_lags_shows_nothing_that_is_gone_and_leaves_no_list_short() {
    let stubborn = Arc::new(Stubborn::default());
    let shop = Shop::with(Arc::clone(&stubborn) as Arc<dyn VectorStore>, None).await;
    let mut many = goods();
    many.extend((0..40).map(|at| described("goods", &format!("Tea {at}"), "scented leaves")));
    let items = shop.items(many).await;
    let ann = shop.user("ann").await;
    shop.record(&ann, "purchase", &[&items[0], &items[3]]).await;
    shop.tenant.train("item_knn", |_| {}).await.unwrap();
    let new = shop.items(vec![jasmine()]).await.remove(0);
    shop.tenant.wait_for_index().await.unwrap();
    stubborn.stubborn.store(true, Ordering::Relaxed);
    let (deleted, hidden) = (&items[6..21], &items[21..36]);
    for item in deleted {
        shop.tenant.delete_item(item.id).await.unwrap();
    }
    for item in hidden {
        let hide = ItemPatch { is_active: Some(false), ..ItemPatch::default() };
        shop.tenant.update_item(item.id, hide).await.unwrap();
    }
    for _ in 0..2 {
        let similar = shop.similar(new.id, 12).await;
        assert_eq!(similar.len(), 12);
        let mut gone = deleted.iter().chain(hidden);
        assert!(gone.all(|gone| similar.iter().all(|found| found.item.id != gone.id)));
        shop.tenant.wait_for_index().await.unwrap();
    }
}

#[tokio::test]
async fn what_another_process_has_filled_is_searched_while_it_is_looked_through() {
    let stubborn = Arc::new(Stubborn::default());
    let vectors = Arc::clone(&stubborn) as Arc<dyn VectorStore>;
    let shop = Shop::with(Arc::clone(&vectors), None).await;
    shop.stocked().await;
    let new = shop.items(vec![jasmine()]).await.remove(0);
    shop.tenant.wait_for_index().await.unwrap();
    stubborn.stuck.store(true, Ordering::Relaxed);
    let other = Engine::builder(Arc::clone(shop.engine.storage())).vectors(vectors);
    let other = other.build().unwrap().tenant(shop.tenant.stores().id).await.unwrap();
    let query = SimilarQuery { item: new.id, limit: 3 };
    while other.similar(query.clone()).await.unwrap()[0].score >= 1.0 {
        tokio::task::yield_now().await; // by category, until it was counted
    }
    assert!(are_teas(&other.similar(query).await.unwrap()));
}

/// A shop with an embedder that knows its goods, fails at first and does not take a text.
async fn ailing(failures: usize, refused: &'static str) -> (Shop, Arc<Ailing>) {
    let text = |new: NewItem| format!("{} {}", new.title, new.description.unwrap_or_default());
    let known: Vec<ItemFeatures> =
        goods().into_iter().map(|new| ItemFeatures::text(text(new))).collect();
    let inner = LatentSemantics::fit(&known, 0, &FitContext::default()).unwrap().unwrap();
    let ailing = Arc::new(Ailing { inner, failures: AtomicUsize::new(failures), refused });
    let embedder = Arc::clone(&ailing) as Arc<dyn Embedder>;
    (Shop::with(Arc::new(LocalVectors::new()), Some(embedder)).await, ailing)
}

#[tokio::test]
async fn an_embedder_that_is_away_is_asked_again() {
    let (shop, ailing) = ailing(usize::MAX, "nothing of this").await;
    let items = shop.items(goods()).await;
    while shop.engine.index_troubles().is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(shop.engine.index_troubles().contains(&IndexTrouble::Embedder));
    let similar = shop.similar(items[0].id, 2).await;
    assert_eq!(similar[0].reason.as_deref(), Some("also in goods"), "by what there is");
    ailing.failures.store(0, Ordering::SeqCst);
    shop.tenant.wait_for_index().await.unwrap();
    assert!(shop.engine.index_troubles().is_empty());
    assert!(are_teas(&shop.similar(items[0].id, 2).await));
}

#[tokio::test]
async fn an_item_that_the_embedder_refuses_keeps_no_other_from_being_found() {
    let (shop, _) = ailing(0, "Black").await;
    let items = shop.items(goods()).await;
    shop.tenant.wait_for_index().await.unwrap();
    let similar = shop.similar(items[0].id, 5).await;
    assert_eq!(titles(&similar)[0], "White tea");
    let black = similar.iter().find(|found| found.item.title == "Black tea").unwrap();
    assert_eq!(black.reason.as_deref(), Some("also in goods"), "and it is found as before");
}

#[tokio::test]
async fn an_engine_without_vectors_goes_by_category_and_tags() {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let id = tenant(&*storage, "shop").await.id;
    let engine = Engine::builder(storage).training_threads(1).without_vectors().build().unwrap();
    let tenant = engine.tenant(id).await.unwrap();
    let shop = Shop { engine, tenant };
    shop.stocked().await;
    let new = shop.items(vec![jasmine(), plain("Unlike anything")]).await;
    assert_eq!(shop.similar(new[0].id, 10).await[0].reason.as_deref(), Some("also in goods"));
    assert!(shop.similar(new[1].id, 10).await.is_empty());
}
