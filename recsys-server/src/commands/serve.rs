//! `recsys serve`, and what it shares with the demo: listening and saying where.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context as _, anyhow};
use axum::http::HeaderValue;
use recsys_server::app::{App, AppOptions};
use recsys_server::shutdown;
use recsys_server::storage::{Place, Rows};
use serde_json::json;
use tokio::net::TcpListener;

use crate::cli::ListenArgs;
use crate::terminal::Output;

pub(super) async fn run(
    folder: &Path,
    place: &Place,
    args: &ListenArgs,
    output: Output,
) -> anyhow::Result<()> {
    // First the port: when it is taken nothing has been touched.
    let listener = listen(args).await?;
    let url = url_of(listener.local_addr()?);
    let app = App::open(&options(folder, place, args)?).await?;
    if app.engine().storage().tenants().list().await?.is_empty() {
        output.note(
            "there is no tenant yet: create one with `recsys tenant create --domain DOMAIN --name NAME`",
        );
    }
    output.result(
        &json!({"url": url, "graphql": format!("{url}/graphql"), "graphiql": format!("{url}/graphiql"), "data": place.to_string()}),
        || {
            format!(
                "serving {place}\n\n  GraphQL    {url}/graphql\n  GraphiQL   {url}/graphiql\n  Health     {url}/health/live\n\nStop with Ctrl-C."
            )
        },
    )?;
    app.serve(listener, shutdown::requested()).await?;
    app.close().await;
    Ok(())
}

/// Returns what an application is made from, as the command line has it.
pub(super) fn options(
    folder: &Path,
    place: &Place,
    args: &ListenArgs,
) -> anyhow::Result<AppOptions> {
    let mut options = AppOptions::new(folder);
    if let Rows::Postgres(url) = &place.rows {
        options.database = Some(url.clone());
    }
    options.models = place.models.clone();
    options.redis = super::redis(&args.sharing);
    options.vectors = super::vectors::options(&args.vectors)?;
    options.replicas = args.replicas;
    options.trains = !args.no_worker;
    options.sockets.origins.clone_from(&args.origins);
    let origin = |text: &String| {
        HeaderValue::from_str(text).map_err(|_| anyhow!("{text:?} is no origin: see --origin"))
    };
    options.origins = args.origins.iter().map(origin).collect::<anyhow::Result<_>>()?;
    options.proxies.clone_from(&args.proxies);
    if !args.metrics_from.is_empty() {
        options.metrics_from.clone_from(&args.metrics_from);
    }
    if let Some(file) = &args.limits {
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("the limits in {} cannot be read", file.display()))?;
        options.rates = toml::from_str(&text)
            .with_context(|| format!("the limits in {} are not valid", file.display()))?;
    }
    Ok(options)
}

/// Takes the port.
pub(super) async fn listen(args: &ListenArgs) -> anyhow::Result<TcpListener> {
    let ListenArgs { host, port, .. } = *args;
    TcpListener::bind((host, port)).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow!("port {port} is in use: choose another with --port"),
        ErrorKind::AddrNotAvailable => {
            anyhow!("{host} is no address of this machine: choose another with --host")
        }
        ErrorKind::PermissionDenied => {
            anyhow!("port {port} may not be used by this user: choose another with --port")
        }
        _ => anyhow!("cannot listen on {host} port {port}: {error}"),
    })
}

/// The address to type on this machine.
pub(super) fn url_of(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    format!("http://{address}")
}
