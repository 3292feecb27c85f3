//! Following evaluation protocols.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use recsys_core::eval::protocol::{Hooks, evaluate};
use recsys_store::evaluation::{SearchFile, load, read_protocol};

/// Options of `evaluate`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A protocol in TOML or JSON, as those in benches/protocols.
    #[arg(long, value_name = "FILE")]
    protocol: PathBuf,
    /// Where the data lie, in the place of what the protocol says.
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Write a page with plots here.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the whole report as JSON here.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Follows the protocol and prints the report. Trials of searches are kept beside the protocol until all
/// is done.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let mut protocol = read_protocol(&options.protocol)?;
    if let Some(data) = &options.data {
        let data = std::path::absolute(data)?;
        protocol.data = protocol.data.with_path(data.to_str().context("the path is not UTF-8")?);
    }
    let folder = options.protocol.parent().unwrap_or(Path::new(""));
    let inputs = load(&protocol, folder)?;
    let mut states = options.protocol.clone().into_os_string();
    states.push(".searches.json");
    let searches = SearchFile::open(states, &protocol, &inputs);
    let begun = Instant::now();
    let clock = || begun.elapsed();
    let report =
        evaluate(&inputs, &protocol, &Hooks::default().with_clock(&clock).with_keeper(&searches))?;
    searches.remove()?;
    if let Some(file) = &options.html {
        fs::write(file, report.to_html()).with_context(|| file.display().to_string())?;
    }
    if let Some(file) = &options.json {
        fs::write(file, serde_json::to_vec_pretty(&report)?)
            .with_context(|| file.display().to_string())?;
    }
    print!("{}", report.to_text());
    Ok(())
}
