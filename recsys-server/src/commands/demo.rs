//! `recsys demo`: the made-up shop, opened, trained and served.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use recsys_server::app::App;
use recsys_server::auth::password::Passwords;
use recsys_server::shutdown;
use recsys_server::storage::{ModelOptions, Place, Rows};
use recsys_store::types::{ItemQuery, NewTenant, NewUser, Role, Tier, now};
use recsys_store::{PostgresUrl, TenantEngine, import};
use tempfile::TempDir;

use super::serve::{listen, options, url_of};
use super::train::train;
use crate::cli::ListenArgs;
use crate::demo::{Invitation, Size, make_up};
use crate::terminal::Output;

const DOMAIN: &str = "demo";
/// The id under which the visitor's events are imported.
const VISITOR: &str = "demo-visitor";
const EMAIL: &str = "demo@example.com";
/// Opens a shop that contains nothing real and listens on this machine only unless told otherwise.
const PASSWORD: &str = "recommend-me";

pub(super) async fn run(
    data: Option<PathBuf>,
    database: Option<PostgresUrl>,
    models: ModelOptions,
    args: &ListenArgs,
    output: Output,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let listener = listen(args).await?;
    // Lives as long as the demo; its folder goes with it.
    let temporary = match &data {
        Some(_) => None,
        None => {
            Some(TempDir::with_prefix("recsys-demo-").context("there is no room for the demo")?)
        }
    };
    let kept = data.is_some() || database.is_some();
    let folder = data
        .or_else(|| temporary.as_ref().map(|folder| folder.path().to_owned()))
        .unwrap_or_default();
    let rows = database.map_or_else(|| Rows::Folder(folder.clone()), Rows::Postgres);
    let place = Place { rows, models };
    let app = App::open(&options(&folder, &place, args)?).await?;
    let shop = tokio::select! {
        shop = open_shop(&app, output) => shop?,
        () = shutdown::requested() => return Ok(()),
    };
    let url = url_of(listener.local_addr()?);
    let invitation = invite(&shop, &url).await?;
    let numbers = numbers(&shop, begun.elapsed()).await?;
    output.result(&invitation.json(), || {
        let end = if kept {
            "Stop with Ctrl-C."
        } else {
            "Stop with Ctrl-C; the shop is gone then. To keep it: recsys demo --data DIR"
        };
        format!("{numbers}\n\n{}\n\n{end}", invitation.text())
    })?;
    app.serve(listener, shutdown::requested()).await?;
    app.close().await;
    Ok(())
}

/// Creates what is missing of the shop: all of it, or nothing if it was kept from last time.
async fn open_shop(app: &App, output: Output) -> anyhow::Result<TenantEngine> {
    let directory = app.engine().storage().tenants();
    let tenant = match directory.by_domain(DOMAIN).await? {
        Some(tenant) => tenant,
        None => {
            let name = "Demo Shop".to_owned();
            directory
                .create(NewTenant { name, domain: DOMAIN.to_owned(), tier: Tier::Enterprise })
                .await?
        }
    };
    let shop = app.engine().tenant(tenant.id).await?;
    let stores = shop.stores();
    if stores.users.by_email(EMAIL).await?.is_none() {
        let password_hash = Passwords::new().hash(PASSWORD.to_owned()).await?;
        stores
            .users
            .create(NewUser {
                email: EMAIL.to_owned(),
                username: "Demo Visitor".to_owned(),
                password_hash: Some(password_hash),
                role: Role::Admin,
                external_id: Some(VISITOR.to_owned()),
            })
            .await?;
    }
    if stores.interactions.last_sequence().await? == 0 {
        output.note("making up a shop");
        import::run_records(&shop, make_up(Size::default(), VISITOR, now())).await?;
    }
    if stores.models.current("hybrid").await?.is_none() {
        train(&shop, "hybrid").await?;
    }
    Ok(shop)
}

/// Chooses an item to ask about: what most people looked at on the shelf of science fiction.
async fn invite(shop: &TenantEngine, url: &str) -> anyhow::Result<Invitation> {
    let query =
        ItemQuery { category: Some("Films".to_owned()), limit: 1_000, ..ItemQuery::default() };
    let films = shop.stores().catalog.list(&query).await?;
    let shelf =
        films.into_iter().filter(|item| item.tags.iter().any(|tag| tag == "science fiction"));
    let item = shelf.max_by_key(|item| item.interaction_count).context("the shop has no films")?;
    Ok(Invitation {
        url: url.to_owned(),
        email: EMAIL,
        password: PASSWORD,
        tenant: DOMAIN,
        item_id: item.id.to_string(),
        item_title: item.title,
    })
}

async fn numbers(shop: &TenantEngine, elapsed: Duration) -> anyhow::Result<String> {
    let stores = shop.stores();
    let users = stores.users.count().await?;
    let events = stores.interactions.last_sequence().await?;
    let seconds = elapsed.as_secs_f64();
    Ok(format!(
        "The demo shop is open: {users} users, {events} events, ready after {seconds:.1} s."
    ))
}
