//! What each command does.

mod demo;
mod evaluate;
mod import;
mod migrate;
mod recommend;
mod serve;
mod tenant;
mod train;
mod workspace;

use std::path::PathBuf;

use crate::cli::{Cli, Command, DEFAULT_DATA, TenantCommand};
use crate::terminal::Output;

/// Runs the command that was asked for.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<()> {
    let output = Output::new(cli.common.json);
    let data = cli.common.data;
    let folder = || data.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
    match cli.command {
        Command::Demo(args) => demo::run(data, &args, output).await,
        Command::Evaluate(args) => evaluate::run(args, output).await,
        Command::Import(command) => import::run(&folder(), command, output).await,
        Command::Migrate => migrate::run(&folder(), output).await,
        Command::Recommend(args) => recommend::run(&folder(), args, output).await,
        Command::Serve(args) => serve::run(folder(), &args, output).await,
        Command::Tenant(TenantCommand::Create(args)) => {
            tenant::create(&folder(), args, output).await
        }
        Command::Tenant(TenantCommand::List) => tenant::list(&folder(), output).await,
        Command::Train(args) => train::run(&folder(), args, output).await,
    }
}
