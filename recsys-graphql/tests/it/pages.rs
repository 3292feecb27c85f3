//! Pages of the catalogue.

use std::collections::HashSet;

use serde_json::Value;

use crate::support::{Shop, data, error};

fn titles(page: &Value) -> Vec<String> {
    let edges = page["edges"].as_array().map_or(&[][..], Vec::as_slice);
    edges.iter().filter_map(|edge| edge["node"]["title"].as_str().map(str::to_owned)).collect()
}

const FIELDS: &str = "edges { cursor node { title } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

async fn page(shop: &Shop, arguments: &str) -> Value {
    let query = format!("{{ itemsConnection{arguments} {{ {FIELDS} }} }}");
    data(shop.ask(&query).await)["itemsConnection"].take()
}

#[tokio::test]
async fn pages_give_everything_once_while_items_come_and_go() {
    let shop = Shop::open().await;
    let names: Vec<String> = (0..7).map(|number| format!("Item {number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let items = shop.items(&names).await;
    let mut all = Vec::new();
    let mut arguments = "(first: 3)".to_owned();
    loop {
        let page = page(&shop, &arguments).await;
        all.extend(titles(&page));
        let info = &page["pageInfo"];
        assert_eq!(info["hasPreviousPage"], all.len() > 3);
        assert_eq!(info["startCursor"], page["edges"][0]["cursor"]);
        if info["hasNextPage"] == false {
            break;
        }
        if all.len() == 3 {
            let last = items.iter().find(|item| item.title == all[2]).expect("an item");
            let tenant = shop.engine.tenant(shop.tenant).await.expect("a tenant");
            tenant.delete_item(last.id).await.expect("deleted");
            shop.items(&["Newcomer"]).await;
        }
        arguments = format!("(first: 3, after: {})", info["endCursor"]);
    }
    assert_eq!(all.len(), 7);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 7);
    assert_eq!(titles(&page(&shop, "").await)[0], "Newcomer", "newest first");
}

#[tokio::test]
async fn a_search_narrows_the_pages() {
    let shop = Shop::open().await;
    shop.items(&["Red lamp", "Red chair", "Blue lamp"]).await;
    assert_eq!(titles(&page(&shop, r#"(search: "lamp")"#).await).len(), 2);
    let none = page(&shop, r#"(category: "none")"#).await;
    assert_eq!((titles(&none).len(), &none["pageInfo"]["endCursor"]), (0, &Value::Null));
}

#[tokio::test]
async fn foreign_cursors_and_lengths_are_refused_by_name() {
    let shop = Shop::open().await;
    for (arguments, field) in [
        (r#"(after: "x")"#, "after: "),
        (r#"(after: "")"#, "after: "),
        (r#"(after: "' OR 1=1 --")"#, "after: "),
        ("(first: 0)", "first: "),
        ("(first: 101)", "first: "),
    ] {
        let query = format!("{{ itemsConnection{arguments} {{ edges {{ cursor }} }} }}");
        let response = shop.ask(&query).await;
        let (code, message) = error(&response);
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(message.starts_with(field), "{message}");
    }
}
