//! What a list may hold, in which order, and what it says about itself.

use recsys_store::engine::{
    Condition, ErrorCode, FallbackReason, Filter, RecommendQuery, SimilarQuery, Source,
};
use recsys_store::types::{ItemId, ItemPatch, NewItem, NewRating};
use serde_json::json;

use super::fixture::{Shop, check, ids, of, plain, titles};

/// Every query of these tests is asked of the untrained and of the trained tenant.
async fn trained_and_not(shop: &Shop, ask: impl AsyncFn(&Shop)) {
    ask(shop).await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    ask(shop).await;
}

#[tokio::test]
async fn filters_never_shorten_a_list_while_candidates_are_left() {
    let shop = Shop::open().await;
    let ann = shop.user("ann").await;
    let mut new: Vec<NewItem> = (0..60).map(|index| of("popular", &format!("p{index}"))).collect();
    new.extend((0..40).map(|index| of("rare", &format!("r{index}"))));
    let items = shop.items(new).await;
    let popular: Vec<_> = items[..60].iter().collect();
    shop.record(&shop.user("ben").await, "purchase", &popular).await;
    shop.record(&ann, "view", &[&items[0], &items[60]]).await;
    trained_and_not(&shop, async |shop| {
        let filter = Filter { categories: vec!["rare".into()], ..Filter::default() };
        let query = RecommendQuery { limit: 30, filter, ..RecommendQuery::for_user(ann.id) };
        let list = shop.list(query).await;
        assert_eq!((list.items.len(), list.total_count), (30, 39));
        assert!(list.items.iter().all(|it| it.item.category.as_deref() == Some("rare")));
        check(&list);
    })
    .await;
}

#[tokio::test]
async fn each_filter_keeps_what_it_says() {
    let shop = Shop::open().await;
    let ann = shop.user("ann").await;
    let priced = |title: &str, category: &str, tag: &str, price: f64| NewItem {
        tags: vec![tag.to_owned()],
        metadata: json!({ "price": price }).as_object().unwrap().clone(),
        ..of(category, title)
    };
    let items = shop
        .items(vec![
            priced("lamp", "home", "sale", 10.0),
            priced("chair", "home", "new", 80.0),
            priced("novel", "books", "new", 15.0),
            priced("hidden", "books", "sale", 1.0),
        ])
        .await;
    let hide = ItemPatch { is_active: Some(false), ..ItemPatch::default() };
    shop.tenant.update_item(items[3].id, hide).await.unwrap();
    let ben = shop.user("ben").await;
    for (item, rating) in [(&items[0], 2.0), (&items[1], 4.5)] {
        let rating =
            NewRating { user_id: ben.id, item_id: item.id, rating, review: None, at: None };
        shop.tenant.rate(rating).await.unwrap();
    }
    let cheap = Condition::parse("where", &json!({"price": {"lt": 20}})).unwrap();
    trained_and_not(&shop, async |shop| {
        let none = Filter::default;
        for (filter, expected) in [
            (none(), vec!["chair", "lamp", "novel"]),
            (Filter { categories: vec!["home".into()], ..none() }, vec!["chair", "lamp"]),
            (Filter { exclude_categories: vec!["home".into()], ..none() }, vec!["novel"]),
            (Filter { tags: vec!["new".into()], ..none() }, vec!["chair", "novel"]),
            (Filter { min_rating: Some(3.0), ..none() }, vec!["chair"]),
            (Filter { exclude_items: vec![items[0].id], ..none() }, vec!["chair", "novel"]),
            (Filter { condition: Some(cheap.clone()), ..none() }, vec!["lamp", "novel"]),
        ] {
            let query = RecommendQuery { filter, ..RecommendQuery::for_user(ann.id) };
            let list = shop.list(query).await;
            let mut found = titles(&list);
            found.sort_unstable();
            assert_eq!(found, expected);
            assert_eq!(list.total_count, expected.len());
        }
    })
    .await;
}

#[tokio::test]
async fn a_new_item_is_a_candidate_at_once_and_comes_after_what_the_model_knows() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let newcomer = shop.items(vec![plain("just in")]).await.remove(0);
    let query =
        RecommendQuery { explain: true, limit: 100, ..RecommendQuery::for_user(users[0].id) };
    let list = shop.list(query).await;
    assert_eq!(ids(&list).last(), Some(&newcomer.id));
    let scores: Vec<f64> = list.items.iter().map(|it| it.score).collect();
    assert!(scores[scores.len() - 1] < scores[scores.len() - 2]);
    check(&list);
    shop.tenant.delete_item(newcomer.id).await.unwrap();
    let query = RecommendQuery { limit: 100, ..RecommendQuery::for_user(users[0].id) };
    assert!(!ids(&shop.list(query).await).contains(&newcomer.id));
}

#[tokio::test]
async fn diversity_reorders_and_loses_nothing() {
    let shop = Shop::open().await;
    let ann = shop.user("ann").await;
    let categories = ["a", "a", "a", "b"];
    let new = categories.iter().enumerate().map(|(at, category)| of(category, &format!("i{at}")));
    let items = shop.items(new.collect()).await;
    for (times, item) in [(9, &items[0]), (8, &items[1]), (7, &items[2]), (1, &items[3])] {
        for _ in 0..times {
            shop.record(&ann, "view", &[item]).await;
        }
    }
    let plain_order = shop.list(RecommendQuery::anonymous()).await;
    assert_eq!(titles(&plain_order), ["i0", "i1", "i2", "i3"]);
    let diverse = RecommendQuery { diversity: Some(0.8), ..RecommendQuery::anonymous() };
    let diverse = shop.list(diverse).await;
    assert_eq!(titles(&diverse)[..2], ["i0", "i3"]);
    assert_eq!((diverse.items.len(), diverse.total_count), (4, 4));
}

#[tokio::test]
async fn visitors_get_popular_items_or_a_session_list() {
    let shop = Shop::open().await;
    let (_, items) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let list = shop.list(RecommendQuery::anonymous()).await;
    assert_eq!(list.source, Source::Fallback(FallbackReason::NoHistory));
    assert_eq!(list.items.len(), 8);
    let seeds = vec![items[0].id, items[2].id];
    let session = RecommendQuery { seed_items: seeds, ..RecommendQuery::anonymous() };
    let list = shop.list(session).await;
    assert_eq!(list.source, Source::FoldIn);
    assert_eq!(list.items.len(), 6, "seeds count as seen");
    let unknown = vec![ItemId::generate()];
    let unknown = RecommendQuery { seed_items: unknown, ..RecommendQuery::anonymous() };
    assert_eq!(shop.list(unknown).await.source, Source::Fallback(FallbackReason::NoHistory));
}

#[tokio::test]
async fn explanations_add_up_and_reasons_are_given() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    trained_and_not(&shop, async |shop| {
        for limit in [3, 8] {
            let query =
                RecommendQuery { explain: true, limit, ..RecommendQuery::for_user(users[0].id) };
            let list = shop.list(query).await;
            check(&list);
            assert!(list.items.iter().all(|it| it.reason.is_some() && it.explanation.is_some()));
            let weights = list.explanation.unwrap().weights;
            let sum: f64 = weights.iter().map(|weight| weight.weight).sum();
            assert!((sum - 1.0).abs() < 1e-4, "{weights:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn similar_items_share_category_or_tags_before_training() {
    let shop = Shop::open().await;
    let items = shop
        .items(vec![
            NewItem { tags: vec!["red".into()], ..of("home", "lamp") },
            NewItem { tags: vec!["red".into()], ..of("home", "chair") },
            of("home", "table"),
            of("books", "novel"),
        ])
        .await;
    let query = SimilarQuery { item: items[0].id, limit: 10 };
    let similar = shop.tenant.similar(query).await.unwrap();
    let titles: Vec<&str> = similar.iter().map(|similar| similar.item.title.as_str()).collect();
    assert_eq!(titles, ["chair", "table"]);
    assert!(similar[0].score > similar[1].score);
    let unknown = SimilarQuery { item: ItemId::generate(), limit: 10 };
    let error = shop.tenant.similar(unknown).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn similar_items_are_liked_by_the_same_people_after_training() {
    let shop = Shop::open().await;
    let (_, items) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let query = SimilarQuery { item: items[0].id, limit: 3 };
    let similar = shop.tenant.similar(query).await.unwrap();
    let mut found: Vec<ItemId> = similar.iter().map(|similar| similar.item.id).collect();
    found.sort();
    let mut expected = [items[2].id, items[4].id, items[6].id];
    expected.sort();
    assert_eq!(found, expected, "those of the same parity, and never the item itself");
    let hide = ItemPatch { is_active: Some(false), ..ItemPatch::default() };
    shop.tenant.update_item(items[2].id, hide).await.unwrap();
    let query = SimilarQuery { item: items[0].id, limit: 3 };
    let similar = shop.tenant.similar(query).await.unwrap();
    assert!(similar.iter().all(|similar| similar.item.id != items[2].id));
}

#[tokio::test]
async fn the_reason_names_what_was_liked() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    shop.tenant.train("item_knn", |_| {}).await.unwrap();
    let algorithm = "item_knn".to_owned();
    let query = RecommendQuery { algorithm, limit: 1, ..RecommendQuery::for_user(users[0].id) };
    let reason = shop.list(query).await.items.remove(0).reason.unwrap();
    assert!(reason.starts_with("because you liked item "), "{reason}");
}
