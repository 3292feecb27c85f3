//! `recsys-bench`: evaluation, comparison with other libraries, regression anchors.

#![expect(clippy::print_stdout, reason = "printing figures is the job")]

mod anchors;
mod compare;
mod evaluate;
mod generate;
mod lightgcn;
mod measure;
mod peers;
mod threads;
mod validate;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Measures speed and ranking quality on data in the LightGCN text format.
#[derive(Debug, Parser)]
#[command(name = "recsys-bench", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Trains ours and `implicit`'s models in turn and prints both side by side.
    Compare(compare::Options),
    /// Follows an evaluation protocol and prints its report.
    Evaluate(evaluate::Options),
    /// Writes generated data to try the other commands on.
    Generate(generate::Options),
    /// Prints the figures of fixed models on the Gowalla split, beside the values they must have.
    Gowalla(anchors::Options),
    /// Trains every algorithm with 1, 2 and 8 threads and checks that the model files are equal.
    Threads(threads::Options),
    /// Compares settings on a random part of the training data that is held out of it.
    Validate(validate::Options),
}

/// Where the data lie: a folder with `train.txt` and `test.txt`, plain or gzipped (`.gz`).
#[derive(Clone, Debug, clap::Args)]
struct Data {
    /// Folder with train.txt and test.txt, plain or with the ending .gz.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Compare(options) => compare::run(&options),
        Command::Evaluate(options) => evaluate::run(&options),
        Command::Generate(options) => generate::run(&options),
        Command::Gowalla(options) => anchors::run(&options),
        Command::Threads(options) => threads::run(&options),
        Command::Validate(options) => validate::run(&options),
    }
}
