//! Why an item is, or is not, recommended.

use recsys_store::engine::{ExplainQuery, Filter, RecommendQuery, Verdict, WhyNot};
use recsys_store::types::{ItemId, ItemPatch};

use super::fixture::{Shop, ids};

async fn why(shop: &Shop, item: ItemId, list: &RecommendQuery) -> WhyNot {
    let query = ExplainQuery { item, list: list.clone() };
    let why = shop.tenant.explain(query).await.unwrap().unwrap();
    let parts = why.explanation.contributions.iter().map(|part| part.weight);
    let sum = why.explanation.base + parts.sum::<f64>();
    assert!(why.score.is_some_and(|score| (score - sum).abs() < 1e-4), "{why:?}");
    why
}

#[tokio::test]
async fn every_item_of_a_list_is_listed_at_its_place() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    for trained in [false, true] {
        if trained {
            shop.tenant.train("hybrid", |_| {}).await.unwrap();
        }
        let query = RecommendQuery { limit: 3, ..RecommendQuery::for_user(users[0].id) };
        let list = shop.list(query.clone()).await;
        for place in &list.items {
            let why = why(&shop, place.item.id, &query).await;
            assert_eq!((why.verdict, why.source), (Verdict::Listed, list.source));
            assert_eq!((why.rank, why.score), (place.rank as usize, Some(place.score)));
            assert_eq!(Some(why.reason), place.reason);
        }
    }
}

#[tokio::test]
async fn an_item_further_down_says_how_much_it_lacks() {
    let shop = Shop::open().await;
    let (users, _) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let all = shop.list(RecommendQuery::for_user(users[0].id)).await;
    let query = RecommendQuery { limit: 2, ..RecommendQuery::for_user(users[0].id) };
    let why = why(&shop, ids(&all)[3], &query).await;
    assert_eq!(why.rank, 4);
    let missing = all.items[1].score - all.items[3].score;
    assert_eq!(why.verdict, Verdict::Outranked { missing });
}

#[tokio::test]
async fn what_a_filter_removes_is_named_and_still_explained() {
    let shop = Shop::open().await;
    let (users, items) = shop.two_tastes().await;
    shop.tenant.train("hybrid", |_| {}).await.unwrap();
    let hide = ItemPatch { is_active: Some(false), ..ItemPatch::default() };
    shop.tenant.update_item(items[7].id, hide).await.unwrap();
    let plain = RecommendQuery::for_user(users[0].id);
    let with = |filter| RecommendQuery { filter, ..plain.clone() };
    let category = Filter { categories: vec!["books".into()], ..Filter::default() };
    let excluded = Filter { exclude_items: vec![items[1].id], ..Filter::default() };
    for (item, query, verdict) in [
        (&items[0], plain.clone(), Verdict::Interacted),
        (&items[7], plain.clone(), Verdict::Inactive),
        (&items[6], with(category), Verdict::Filtered),
        (&items[1], with(excluded), Verdict::Excluded),
    ] {
        assert_eq!(why(&shop, item.id, &query).await.verdict, verdict);
    }
}

#[tokio::test]
async fn an_unknown_item_has_no_explanation() {
    let shop = Shop::open().await;
    let item = ItemId::generate();
    let query = ExplainQuery { item, list: RecommendQuery::anonymous() };
    assert!(shop.tenant.explain(query).await.unwrap().is_none());
}
