//! The `recsys` program: reads the command line, runs the command, reports how it went.
//!
//! Exit codes: 0 done, 1 failed with one sentence on standard error, 2 wrong usage.

mod cli;
mod commands;
mod demo;
mod terminal;

use std::io;
use std::process::ExitCode;

use clap::Parser as _;
use mimalloc::MiMalloc;
use tracing_subscriber::EnvFilter;

use self::cli::{Cli, Command};
use self::terminal::{Output, one_sentence};

/// Passwords are hashed in 19 MiB and training takes much more: memory that the system's allocator would keep
/// where it was last needed.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.common.json);
    log_to_stderr(&cli.command);
    match tokio::runtime::Runtime::new()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(commands::run(cli)))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output.note(format_args!("error: {}", one_sentence(error.as_ref())));
            ExitCode::FAILURE
        }
    }
}

/// Logs go to standard error: a server's from `info` on; of other commands none, since what goes wrong
/// in them is said in their one sentence. RECSYS_LOG changes it (`debug`, `recsys_store=trace`).
fn log_to_stderr(command: &Command) {
    let usual = match command {
        Command::Serve(_) | Command::Worker(_) => "info",
        Command::Demo(_) => "warn",
        Command::Evaluate(_)
        | Command::Export(_)
        | Command::Import(_)
        | Command::Migrate
        | Command::Model(_)
        | Command::Recommend(_)
        | Command::Tenant(_)
        | Command::Train(_) => "off",
    };
    let filter = EnvFilter::try_from_env("RECSYS_LOG").unwrap_or_else(|_| EnvFilter::new(usual));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
}
