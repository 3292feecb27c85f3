//! Cases of searching the catalogue.

use super::catalog::{everything, titles};
use super::{event, item, shop};
use crate::traits::{CatalogStore, Storage};
use crate::types::{Item, ItemPatch, ItemQuery, NewItem};

async fn found(catalog: &dyn CatalogStore, search: &str) -> Vec<String> {
    titles(catalog, &ItemQuery { search: Some(search.into()), ..everything() }).await
}

/// Every word of a search must occur in title or description, in whatever order; the last may be unfinished.
pub async fn a_search_finds_words_and_the_beginning_of_the_last(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &["Red lamp", "Lampshade, blue"]).await;
    let hall = NewItem { description: Some("a lamp for the hall (red)".into()), ..item("Light") };
    stores.catalog.create_many(vec![hall]).await.unwrap();
    for (search, expected) in [
        ("red lamp", &["Light", "Red lamp"][..]),
        ("lamp red", &["Light", "Red lamp"]),
        ("blue lam", &["Lampshade, blue"]),
        ("lam blue", &[]),
        ("red red", &["Light", "Red lamp"]),
        ("hall light", &["Light"]),
        ("shade", &[]),
        ("amp", &[]),
        ("green lamp", &[]),
        ("l", &["Lampshade, blue", "Light", "Red lamp"]),
        (" ,lamp!? ", &["Lampshade, blue", "Light", "Red lamp"]),
        ("%", &["Lampshade, blue", "Light", "Red lamp"]),
        ("l_mp", &[]),
    ] {
        let mut titles = found(&*stores.catalog, search).await;
        titles.sort_unstable();
        assert_eq!(titles, expected, "{search:?}");
    }
    let (other, _, _) = shop(storage, "other", &["Green lamp"]).await;
    assert_eq!(found(&*other.catalog, "lamp").await, ["Green lamp"]);
}

/// Case and accents do not count, in any script.
pub async fn a_search_ignores_case_and_accents(storage: &dyn Storage) {
    let titles = ["GRÜNER Tee", "Straße", "İstanbul", "Smørrebrød", "ΟΔΟΣ", "東京タワー"];
    let (stores, _, _) = shop(storage, "shop", &titles).await;
    for (search, expected) in [
        ("grÜner tEE", "GRÜNER Tee"),
        ("gruner", "GRÜNER Tee"),
        ("STRASSE", "Straße"),
        ("istanb", "İstanbul"),
        ("smorrebrod", "Smørrebrød"),
        ("οδός", "ΟΔΟΣ"),
        ("京", "東京タワー"),
    ] {
        assert_eq!(found(&*stores.catalog, search).await, [expected], "{search}");
    }
}

/// A search sees what items say now, and not what they said before.
pub async fn a_search_follows_changes(storage: &dyn Storage) {
    let (stores, user, items) = shop(storage, "shop", &["Red lamp", "Chair"]).await;
    let catalog = &*stores.catalog;
    let rename = ItemPatch { title: Some("Green lamp".into()), ..ItemPatch::default() };
    catalog.update(items[0].id, rename).await.unwrap();
    stores.interactions.append(&[event(user.id, items[0].id)]).await.unwrap();
    assert_eq!(found(catalog, "red").await, Vec::<String>::new());
    assert_eq!(found(catalog, "lamp green").await, ["Green lamp"]);
    let told = NewItem { description: Some("of oak".into()), ..item("Chair") };
    catalog.upsert_external(vec![told, item("Oak table")]).await.unwrap();
    assert_eq!(found(catalog, "oak").await.len(), 2);
    let untold = ItemPatch { description: Some(None), ..ItemPatch::default() };
    catalog.update(items[1].id, untold).await.unwrap();
    assert_eq!(found(catalog, "oak").await, ["Oak table"]);
    let hide = |is_active| ItemPatch { is_active: Some(is_active), ..ItemPatch::default() };
    catalog.update(items[0].id, hide(false)).await.unwrap();
    assert_eq!(found(catalog, "green").await, Vec::<String>::new());
    catalog.update(items[0].id, hide(true)).await.unwrap();
    assert_eq!(found(catalog, "green").await, ["Green lamp"]);
    catalog.delete(items[0].id).await.unwrap();
    assert_eq!(found(catalog, "green").await, Vec::<String>::new());
    catalog.create_many(vec![item("Red lamp")]).await.unwrap();
    assert_eq!(found(catalog, "green").await, Vec::<String>::new());
    assert_eq!(found(catalog, "lamp").await, ["Red lamp"]);
}

/// Pages of a search are those of the list, whether a word is rare or frequent and whatever comes before it.
pub async fn a_search_is_paged_like_the_list(storage: &dyn Storage) {
    let (stores, _, _) = shop(storage, "shop", &[]).await;
    let catalog = &*stores.catalog;
    // More than any backend looks at one by one, in several creation times and categories.
    for batch in 0..5 {
        let new = (0..500).map(|at| {
            let kind = if at % 100 == 0 { "rare" } else { "plain" };
            let category = Some(format!("c{}", at % 2));
            NewItem { category, ..item(&format!("thing {kind} x{batch}x{at}")) }
        });
        catalog.create_many(new.collect()).await.unwrap();
    }
    for category in [None, Some("c1".to_owned())] {
        let list = |search: Option<&str>, limit, offset, after| {
            let (search, category) = (search.map(str::to_owned), category.clone());
            ItemQuery { search, category, limit, offset, after }
        };
        let all = catalog.list(&list(None, 3_000, 0, None)).await.unwrap();
        for search in ["thing", "rare", "plain thin", "thing x3x4", "rare x0x100"] {
            let words: Vec<&str> = search.split(' ').collect();
            let (last, whole) = words.split_last().unwrap();
            let mut expected = all.clone();
            expected.retain(|item| {
                let mut of_item = item.title.split(' ');
                whole.iter().all(|word| item.title.split(' ').any(|it| it == *word))
                    && of_item.any(|it| it.starts_with(last))
            });
            let some = Some(search);
            let whole = catalog.list(&list(some, 3_000, 0, None)).await.unwrap();
            assert_eq!(whole, expected, "{search} {category:?}");
            let skipped = catalog.list(&list(some, 7, 3, None)).await.unwrap();
            let page: Vec<Item> = expected.iter().skip(3).take(7).cloned().collect();
            assert_eq!(skipped, page, "{search} {category:?}");
            if let Some(middle) = expected.get(expected.len() / 2) {
                let rest = list(some, 3_000, 0, Some(middle.position()));
                let rest = catalog.list(&rest).await.unwrap();
                assert_eq!(rest, expected[expected.len() / 2 + 1..], "{search} {category:?}");
            }
        }
    }
}
