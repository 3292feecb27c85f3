//! What each command does.

mod demo;
mod evaluate;
mod import;
mod migrate;
mod recommend;
mod serve;
mod tenant;
mod train;
mod worker;
mod workspace;

use std::path::PathBuf;

use anyhow::anyhow;
use recsys_server::storage::Place;
use recsys_store::PostgresUrl;
use recsys_store::redis::RedisConfig;

use crate::cli::{Cli, Command, DEFAULT_DATA, SecretArg, SharingArgs, TenantCommand};
use crate::terminal::Output;

/// The variable that names the database when the command line does not.
const DATABASE: &str = "DATABASE_URL";
/// The variable that names Redis when the command line does not.
const REDIS: &str = "REDIS_NODES";

/// Runs the command that was asked for.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<()> {
    let output = Output::new(cli.common.json);
    let (data, named) = (cli.common.data, cli.common.database);
    let folder = || data.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
    let place = || place(folder(), named.clone());
    match cli.command {
        Command::Demo(args) => {
            // Made-up data goes where the command line says, never where the environment happens to.
            let database = named.as_ref().map(|SecretArg(url)| parsed("--database", url));
            demo::run(data, database.transpose()?, &args, output).await
        }
        Command::Evaluate(args) => evaluate::run(args, output).await,
        Command::Import(command) => import::run(&place()?, command, output).await,
        Command::Migrate => migrate::run(&place()?, output).await,
        Command::Recommend(args) => recommend::run(&place()?, args, output).await,
        Command::Serve(args) => serve::run(&folder(), &place()?, &args, output).await,
        Command::Tenant(TenantCommand::Create(args)) => {
            tenant::create(&place()?, args, output).await
        }
        Command::Tenant(TenantCommand::List) => tenant::list(&place()?, output).await,
        Command::Tenant(TenantCommand::Show(args)) => {
            tenant::show(&place()?, &args.domain, output).await
        }
        Command::Tenant(TenantCommand::Update(args)) => {
            tenant::update(&place()?, *args, output).await
        }
        Command::Train(args) => train::run(&place()?, args, output).await,
        Command::Worker(args) => worker::run(&place()?, &args, output).await,
    }
}

/// Returns where rows and models are: in the database that was named, else in the folder.
fn place(folder: PathBuf, named: Option<SecretArg>) -> anyhow::Result<Place> {
    let url = match named {
        Some(SecretArg(url)) => Some(("--database", url)),
        None => std::env::var(DATABASE).ok().map(|url| (DATABASE, url)),
    };
    Ok(match url {
        Some((source, url)) => Place::Postgres(parsed(source, &url)?),
        None => Place::Folder(folder),
    })
}

/// Returns the Redis that was named, on the command line or in the environment.
fn redis(named: &SharingArgs) -> Option<RedisConfig> {
    let mut nodes: Vec<String> = named.redis.iter().map(|SecretArg(url)| url.clone()).collect();
    if nodes.is_empty() {
        let variable = std::env::var(REDIS).unwrap_or_default();
        nodes = variable.split(',').map(str::trim).map(str::to_owned).collect();
        nodes.retain(|node| !node.is_empty());
    }
    (!nodes.is_empty()).then(|| RedisConfig::new(nodes).with_prefix(&named.redis_prefix))
}

/// Reads an address; it is not repeated when it is none, because it may hold a password.
fn parsed(source: &str, url: &str) -> anyhow::Result<PostgresUrl> {
    url.parse().map_err(|_| {
        anyhow!("{source} is no address of the form postgres://user:password@host:port/database")
    })
}
