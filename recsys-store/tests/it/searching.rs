//! A search finds the same in every backend.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use recsys_store::testing::tenant;
use recsys_store::types::{ItemQuery, NewItem};
use recsys_store::{MemoryStorage, SqliteConfig, SqliteStorage, Storage};

/// Pieces of texts: words with common beginnings, accents, scripts, separators and wildcards.
const PIECES: [&str; 24] = [
    "lamp",
    "LAMP",
    "lampe",
    "làmp",
    "la",
    "red",
    "Réd",
    "re",
    "straße",
    "STRASSE",
    "x1",
    "1",
    "東京",
    "京",
    "İ",
    "i",
    "_",
    "%",
    "\\",
    " ",
    " ",
    "-",
    "'",
    "\u{10ffff}",
];

fn text() -> impl Strategy<Value = String> {
    vec(select(&PIECES[..]), 1..8).prop_map(|pieces| pieces.concat())
}

/// Returns what each search finds, by the places of the items.
async fn found(
    storage: &dyn Storage,
    domain: &str,
    texts: &[(String, String)],
    searches: &[String],
) -> Vec<BTreeSet<String>> {
    let catalog = storage.tenant(tenant(storage, domain).await.id).catalog;
    let new = texts.iter().enumerate().map(|(at, (title, description))| NewItem {
        title: title.clone(),
        description: Some(description.clone()),
        external_id: Some(at.to_string()),
        ..NewItem::default()
    });
    catalog.create_many(new.collect()).await.unwrap();
    let mut all = Vec::new();
    for search in searches {
        let query = ItemQuery { search: Some(search.clone()), limit: 100, ..ItemQuery::default() };
        let items = catalog.list(&query).await.unwrap().into_iter();
        all.push(items.filter_map(|item| item.external_id).collect());
    }
    all
}

#[tokio::test]
async fn a_search_finds_the_same_in_every_backend() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = SqliteStorage::open(&SqliteConfig::new(folder.path())).await.unwrap();
    let memory = MemoryStorage::new();
    #[cfg(feature = "postgres")]
    let database = recsys_store::testing::postgres::TestDatabase::create().await;
    #[cfg(feature = "postgres")]
    let postgres = recsys_store::PostgresStorage::open(&database.config()).await.unwrap();
    let others: &[&dyn Storage] = &[
        &sqlite,
        #[cfg(feature = "postgres")]
        &postgres,
    ];
    let mut runner = TestRunner::deterministic();
    let mut hits = 0;
    for case in 0..20 {
        let made = (vec((text(), text()), 30), vec(text(), 30)).new_tree(&mut runner).unwrap();
        let (texts, searches) = made.current();
        let domain = format!("shop{case}");
        let expected = found(&memory, &domain, &texts, &searches).await;
        hits += expected.iter().filter(|found| (1..30).contains(&found.len())).count();
        for storage in others {
            let found = found(*storage, &domain, &texts, &searches).await;
            for (search, (found, expected)) in searches.iter().zip(found.iter().zip(&expected)) {
                assert_eq!(found, expected, "{search:?} in {texts:?}");
            }
        }
    }
    assert!(hits > 100, "only {hits} searches say something");
}
