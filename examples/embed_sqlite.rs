//! The engine inside your own program, on one SQLite file, without a server.
//!
//! Run it with `cargo run -p recsys-examples --example embed_sqlite`.

#![expect(clippy::print_stdout, reason = "an example shows its results")]

use std::collections::HashMap;
use std::sync::Arc;

use recsys_examples::{CATALOGUE, purchases};
use recsys_store::engine::{RecommendQuery, TenantEngine};
use recsys_store::types::{
    ItemId, NewInteraction, NewItem, NewTenant, NewUser, Role, Tier, UserId,
};
use recsys_store::{Engine, SqliteConfig, SqliteStorage, Storage};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;

    // 1. Open (and create) the database; migrations are applied.
    let storage = SqliteStorage::open(&SqliteConfig::new(folder.path())).await?;
    let shop =
        NewTenant { name: "The shop".into(), domain: "shop.example".into(), tier: Tier::Basic };
    let tenant = storage.tenants().create(shop).await?;
    let engine = Engine::builder(Arc::new(storage)).build()?;
    let shop = engine.tenant(tenant.id).await?;

    // 2. Catalogue and customers; importing the same ids again updates them.
    let items = CATALOGUE.map(|(id, title, category)| NewItem {
        title: title.to_owned(),
        category: Some(category.to_owned()),
        external_id: Some(id.to_owned()),
        ..NewItem::default()
    });
    let items = shop.import_items(items.to_vec()).await?;
    let items: HashMap<&str, ItemId> =
        CATALOGUE.iter().zip(&items).map(|((id, _, _), item)| (*id, item.id)).collect();
    let users = customers(&shop).await?;

    // 3. Events. Each is on disk before the call returns.
    let events = purchases()
        .into_iter()
        .map(|(customer, item)| NewInteraction::new(users[customer], items[item], "purchase"));
    shop.record(events.collect()).await?;

    // 4. Before any training the popular is recommended, and the answer says so.
    show(&shop, "ada, untrained", users["ada"]).await?;

    // 5. Train; requests that run meanwhile are answered by the former model.
    let job = shop.train("hybrid", |progress| println!("  … {}", progress.stage)).await?;
    println!("trained {} as {:?}", job.algorithm, job.model_version);
    show(&shop, "ada, trained", users["ada"]).await?;

    // 6. A new event counts in the very next request, without training.
    shop.record(vec![NewInteraction::new(users["ada"], items["saw"], "purchase")]).await?;
    show(&shop, "ada, who just bought a saw", users["ada"]).await?;
    Ok(())
}

async fn customers(shop: &TenantEngine) -> anyhow::Result<HashMap<&'static str, UserId>> {
    let mut names: Vec<&str> = purchases().into_iter().map(|(customer, _)| customer).collect();
    names.dedup();
    let new = names.iter().map(|name| NewUser {
        email: format!("{name}@shop.example"),
        username: (*name).to_owned(),
        password_hash: None,
        role: Role::User,
        external_id: Some((*name).to_owned()),
    });
    let users = shop.import_users(new.collect()).await?;
    Ok(names.into_iter().zip(users.iter().map(|user| user.id)).collect())
}

async fn show(shop: &TenantEngine, who: &str, user: UserId) -> anyhow::Result<()> {
    let list = shop.recommend(RecommendQuery::for_user(user)).await?;
    println!("\nfor {who} ({}):", list.source);
    for hit in list.items.iter().take(4) {
        println!(
            "  {:7.4}  {}  {}",
            hit.score,
            hit.item.title,
            hit.reason.as_deref().unwrap_or("")
        );
    }
    Ok(())
}
