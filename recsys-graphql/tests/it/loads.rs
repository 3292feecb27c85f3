//! Relations are read in batches: the number of reads does not grow with the list.

use recsys_store::types::NewInteraction;

use crate::support::{Shop, data};

#[tokio::test]
async fn the_items_of_many_events_are_read_at_once() {
    let shop = Shop::open().await;
    let titles: Vec<String> = (0..20).map(|number| format!("Item {number}")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    let items = shop.items(&titles).await;
    let events = items.iter().map(|item| NewInteraction::new(shop.admin.id, item.id, "view"));
    let tenant = shop.engine.tenant(shop.tenant).await.expect("a tenant");
    tenant.record(events.collect()).await.expect("recorded");

    shop.watched.loads();
    let query = "{ me { interactions { item { title } user { username } } } }";
    let found = data(shop.ask(query).await);
    assert_eq!(found["me"]["interactions"].as_array().map(Vec::len), Some(20));
    assert_eq!(shop.watched.loads(), 1);
}

#[tokio::test]
async fn recommended_items_come_with_the_list() {
    let shop = Shop::open().await;
    shop.items(&["Kettle", "Lamp", "Spoon"]).await;
    shop.watched.loads();
    let found = data(shop.ask("{ recommendations { items { item { title } } } }").await);
    assert_eq!(found["recommendations"]["items"].as_array().map(Vec::len), Some(3));
    assert_eq!(shop.watched.loads(), 0);
}

#[tokio::test]
async fn aliases_share_a_read() {
    let shop = Shop::open().await;
    let items = shop.items(&["Kettle", "Lamp"]).await;
    shop.watched.loads();
    let query = format!(
        r#"{{ a: item(id: "{}") {{ title }} b: item(id: "{}") {{ title }} }}"#,
        items[0].id, items[1].id
    );
    let found = data(shop.ask(&query).await);
    assert_eq!(found["b"]["title"], "Lamp");
    assert_eq!(shop.watched.loads(), 1);
}
