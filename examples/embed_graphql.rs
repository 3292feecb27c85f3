//! The GraphQL API inside somebody's own axum application, with their own sign-in.
//!
//! Run it with `cargo run -p recsys-examples --example embed_graphql`; it asks itself two questions
//! and ends. With `-- --serve` it serves on port 8080 until Ctrl-C.

#![expect(clippy::print_stdout, reason = "an example shows its results")]

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use recsys_examples::{CATALOGUE, purchases};
use recsys_graphql::async_graphql::{self, Response, ServerError};
use recsys_graphql::{Caller, Limits, Principal, Schema, build_schema, gate};
use recsys_store::types::{NewInteraction, NewItem, NewTenant, NewUser, Role, TenantId, Tier};
use recsys_store::{Engine, MemoryStorage, Storage};
use tower::ServiceExt;

/// What our application's handlers share.
#[derive(Clone)]
struct Shop {
    schema: Schema,
    engine: Engine,
    tenant: TenantId,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let shop = open().await?;

    // The recommender is one route among the application's own.
    let router = Router::new()
        .route("/", get(|| async { "the shop's own page" }))
        .route("/graphql", post(graphql))
        .with_state(shop);

    if std::env::args().any(|argument| argument == "--serve") {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
        println!("POST to http://127.0.0.1:8080/graphql with the header x-customer: ada");
        return Ok(axum::serve(listener, router).await?);
    }
    let question = "{ me { username } recommendations { source items { score item { title } } } }";
    println!("a visitor: {}", ask(&router, None, "{ items(limit: 2) { title } }").await?);
    println!("ada:       {}", ask(&router, Some("ada"), question).await?);
    Ok(())
}

/// Our handler: it decides who is calling, the schema does the rest.
async fn graphql(
    State(shop): State<Shop>,
    headers: HeaderMap,
    Json(request): Json<async_graphql::Request>,
) -> Json<Response> {
    let caller = match headers.get("x-customer").and_then(|name| name.to_str().ok()) {
        Some(name) => match signed_in(&shop, name).await {
            Ok(caller) => caller,
            Err(error) => {
                let refused = ServerError::new(error.to_string(), None);
                return Json(Response::from_errors(vec![refused]));
            }
        },
        None => Caller::in_tenant(shop.tenant),
    };
    // The gate refuses documents that would cost too much, before any of it runs.
    let mut request = request.data(caller);
    if let Err(refused) = gate::admit(&mut request, &Limits::default()) {
        return Json(Response::from_errors(vec![refused]));
    }
    Json(shop.schema.execute(request).await)
}

/// Stands for the application's own sessions: here the header is believed.
async fn signed_in(shop: &Shop, name: &str) -> anyhow::Result<Caller> {
    let stores = shop.engine.storage().tenant(shop.tenant);
    let email = format!("{name}@shop.example");
    let Some(found) = stores.users.by_email(&email).await? else {
        anyhow::bail!("there is no customer {name}");
    };
    let user = found.user;
    Ok(Caller::signed_in(Principal { user: user.id, tenant: shop.tenant }))
}

async fn open() -> anyhow::Result<Shop> {
    let storage = Arc::new(MemoryStorage::new());
    let new =
        NewTenant { name: "The shop".into(), domain: "shop.example".into(), tier: Tier::Basic };
    let tenant = storage.tenants().create(new).await?.id;
    let engine = Engine::builder(storage).build()?;
    let shop = engine.tenant(tenant).await?;

    for (id, title, category) in CATALOGUE {
        let item = NewItem {
            title: title.to_owned(),
            category: Some(category.to_owned()),
            external_id: Some(id.to_owned()),
            ..NewItem::default()
        };
        let item = shop.import_items(vec![item]).await?.remove(0);
        for (name, _) in purchases().into_iter().filter(|(_, bought)| *bought == id) {
            let user = NewUser {
                email: format!("{name}@shop.example"),
                username: name.to_owned(),
                password_hash: None,
                role: Role::User,
                external_id: Some(name.to_owned()),
            };
            let user = shop.import_users(vec![user]).await?.remove(0);
            shop.record(vec![NewInteraction::new(user.id, item.id, "purchase")]).await?;
        }
    }
    shop.train("hybrid", |_| {}).await?;
    // Our application has its own sign-in, so the schema gets none.
    let schema = build_schema(engine.clone(), None, Limits::default());
    Ok(Shop { schema, engine, tenant })
}

async fn ask(router: &Router, customer: Option<&str>, query: &str) -> anyhow::Result<String> {
    let mut request = Request::post("/graphql").header("content-type", "application/json");
    if let Some(name) = customer {
        request = request.header("x-customer", name);
    }
    let body = serde_json::json!({ "query": query }).to_string();
    let response = router.clone().oneshot(request.body(Body::from(body))?).await?;
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await?;
    Ok(String::from_utf8(body.to_vec())?)
}
