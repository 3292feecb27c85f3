//! `recsys-bench`: evaluation, comparison with other libraries, regression anchors.

#![expect(clippy::print_stdout, reason = "printing figures is the job")]

mod als;
mod anchors;
mod api;
mod cholesky;
mod compare;
mod content;
mod disconnects;
mod ease;
mod evaluate;
mod generate;
mod ingest;
mod lightgcn;
mod load;
mod machine;
mod measure;
mod one_query;
mod page;
mod peak;
mod peers;
mod program;
mod ratings;
mod refusals;
mod scale;
mod subscriptions;
mod text;
mod threads;
mod validate;
mod vectors;

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
    /// Inverts a symmetric positive definite matrix, ours and LAPACK's side by side.
    Cholesky(cholesky::Options),
    /// Trains ALS alone and prints seconds.
    Als(als::Options),
    /// Trains ours and `implicit`'s models in turn and prints both side by side.
    Compare(compare::Options),
    /// Finds films that nobody has touched by their description.
    Content(content::Options),
    /// Drops connections in the middle of writes, and checks that nothing is lost or half done.
    Disconnects(disconnects::Options),
    /// Trains EASE once and measures it with fewer and fewer weights.
    Ease(ease::Options),
    /// Follows an evaluation protocol and prints its report.
    Evaluate(evaluate::Options),
    /// Writes generated data to try the other commands on.
    Generate(generate::Options),
    /// Prints the figures of fixed models on the Gowalla split, beside the values they must have.
    Gowalla(anchors::Options),
    /// Times events into SQLite and PostgreSQL against the databases' own bulk loads.
    Ingest(ingest::Options),
    /// Puts servers under load, kills a service meanwhile if it is told to, and says what clients saw.
    Load(load::Options),
    /// Predicts ratings fold by fold, ours and Surprise's models side by side.
    Ratings(ratings::Options),
    /// Times how soon a running server refuses queries that ask for too much.
    Refusals(refusals::Options),
    /// Opens many idle subscriptions on a running server and times how soon users hear of their own events.
    Subscriptions(subscriptions::Options),
    /// Weighs the words of films with ours and scikit-learn's TF-IDF and compares time and values.
    Text(text::Options),
    /// Times one list out of a million items against reading their factors from memory.
    OneQuery(one_query::Options),
    /// Times a page of four lists in one GraphQL request against one list.
    Page(page::Options),
    /// Prints seconds and memory from events to a model, on generated data of any size.
    Scale(scale::Options),
    /// Trains every algorithm with 1, 2 and 8 threads and checks that the model files are equal.
    Threads(threads::Options),
    /// Compares settings on a random part of the training data that is held out of it.
    Validate(validate::Options),
    /// Searches a million vectors, with filters and without, and compares with scoring every one.
    Vectors(vectors::Options),
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
        Command::Cholesky(options) => cholesky::run(&options),
        Command::Als(options) => als::run(&options),
        Command::Compare(options) => compare::run(&options),
        Command::Content(options) => content::run(&options),
        Command::Disconnects(options) => disconnects::run(&options),
        Command::Ease(options) => ease::run(&options),
        Command::Evaluate(options) => evaluate::run(&options),
        Command::Generate(options) => generate::run(&options),
        Command::Gowalla(options) => anchors::run(&options),
        Command::Ingest(options) => ingest::run(&options),
        Command::Load(options) => load::run(&options),
        Command::Ratings(options) => ratings::run(&options),
        Command::Refusals(options) => refusals::run(&options),
        Command::Subscriptions(options) => subscriptions::run(&options),
        Command::Text(options) => text::run(&options),
        Command::OneQuery(options) => one_query::run(&options),
        Command::Page(options) => page::run(&options),
        Command::Scale(options) => scale::run(&options),
        Command::Threads(options) => threads::run(&options),
        Command::Validate(options) => validate::run(&options),
        Command::Vectors(options) => vectors::run(&options),
    }
}
