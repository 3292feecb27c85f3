//! What each command does.

mod demo;
mod evaluate;
mod export;
mod import;
mod migrate;
mod model;
mod recommend;
mod serve;
mod tenant;
mod train;
mod vectors;
mod worker;
mod workspace;

use std::path::PathBuf;

use anyhow::anyhow;
use recsys_server::storage::{ModelOptions, Place, Rows};
use recsys_store::redis::RedisConfig;
use recsys_store::types::InvalidField;
use recsys_store::{ModelsUrl, PostgresUrl};

use crate::cli::{
    Cli, Command, CommonArgs, DEFAULT_DATA, ModelCommand, SecretArg, SharingArgs, TenantCommand,
};
use crate::terminal::Output;

/// The variable that names the database when the command line does not.
const DATABASE: &str = "DATABASE_URL";
/// The variable that names the place of models when the command line does not.
const MODELS: &str = "MODELS_URL";
/// The variable that names Redis when the command line does not.
const REDIS: &str = "REDIS_NODES";

/// Runs the command that was asked for.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<()> {
    let output = Output::new(cli.common.json);
    let common = cli.common;
    let data = common.data.clone();
    let folder = || data.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
    let place = || place(folder(), &common);
    match cli.command {
        Command::Demo(args) => {
            // Made-up data goes where the command line says, never where the environment happens to.
            let database = common.database.as_ref();
            let database = database.map(|SecretArg(url)| database_at("--database", url));
            let models = common.models.as_ref();
            let models = models.map(|SecretArg(url)| models_at("--models", url)).transpose()?;
            let models = ModelOptions { place: models, kept: common.models_kept };
            demo::run(data, database.transpose()?, models, &args, output).await
        }
        Command::Evaluate(args) => evaluate::run(args, output).await,
        Command::Export(args) => export::run(&place()?, &args, output).await,
        Command::Import(command) => import::run(&place()?, command, output).await,
        Command::Migrate => migrate::run(&place()?, output).await,
        Command::Model(ModelCommand::List(args)) => model::list(&place()?, &args, output).await,
        Command::Model(ModelCommand::Rollback(args)) => {
            model::roll_back(&place()?, args, output).await
        }
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

/// Returns where rows and models are: in the database that was named, else in the folder, and models where it
/// was said, else beside the rows.
fn place(folder: PathBuf, common: &CommonArgs) -> anyhow::Result<Place> {
    let rows = match named(common.database.as_ref(), "--database", DATABASE) {
        Some((source, url)) => Rows::Postgres(database_at(source, &url)?),
        None => Rows::Folder(folder),
    };
    let place = named(common.models.as_ref(), "--models", MODELS);
    let place = place.map(|(source, url)| models_at(source, &url)).transpose()?;
    Ok(Place { rows, models: ModelOptions { place, kept: common.models_kept } })
}

/// Returns what an option says, else a variable, and which of them did.
fn named(
    option: Option<&SecretArg>,
    name: &'static str,
    variable: &'static str,
) -> Option<(&'static str, String)> {
    match option {
        Some(SecretArg(text)) => Some((name, text.clone())),
        None => std::env::var(variable).ok().map(|text| (variable, text)),
    }
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
fn database_at(source: &str, url: &str) -> anyhow::Result<PostgresUrl> {
    url.parse().map_err(|_| {
        anyhow!("{source} is no address of the form postgres://user:password@host:port/database")
    })
}

/// Reads the address of a place for models.
fn models_at(source: &str, url: &str) -> anyhow::Result<ModelsUrl> {
    url.parse().map_err(|invalid: InvalidField| anyhow!("{source} {}", invalid.problem()))
}
