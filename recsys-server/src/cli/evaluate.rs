//! Options of `evaluate`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

/// Measure algorithms on data with held-out events
///
/// Splits the data, trains each algorithm on one part and measures it on the other: ranking metrics with
/// confidence intervals, tests of every pair, figures by degree. A protocol file says everything; without
/// one, FORMAT and PATH name the data and the rest is as usual. Nothing of the data folder is read or
/// changed.
///
/// Ctrl-C stops between two pieces of work. What a search has tried by then is kept beside the report,
/// and the same command goes on from there.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("what").args(["protocol", "format"]).required(true).multiple(true),
    after_help = "\
Examples:
  recsys evaluate movielens ./ml-latest-small --algorithms als,item_knn --html report.html
  recsys evaluate csv clicks.csv --algorithms item_knn --split time
  recsys evaluate --protocol benches/protocols/quick.toml --html report.html --report report.json

A protocol in TOML:
  algorithms = [\"als\", \"item_knn\"]
  metrics = [\"ndcg@10\", \"recall@10\", \"coverage@10\"]
  data = { format = \"movielens\", path = \"./ml-latest-small\" }
  feedback = { likes = { from = 3.5 } }
  split = { method = { time_cut = { share = 0.1 } } }"
)]
pub(crate) struct EvaluateArgs {
    /// Format of the data; with a protocol it and PATH take the place of what that says
    #[arg(value_name = "FORMAT", requires = "path")]
    pub(crate) format: Option<FormatArg>,
    /// The file or folder
    #[arg(value_name = "PATH")]
    pub(crate) path: Option<PathBuf>,
    /// File that says what to read, how to split, what to train and what to measure
    #[arg(long, value_name = "FILE")]
    pub(crate) protocol: Option<PathBuf>,
    /// What to train, separated by commas; popularity is always there to compare with
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = "als,item_knn,hybrid",
        conflicts_with = "protocol"
    )]
    pub(crate) algorithms: Vec<String>,
    /// How to split [default: given for lightgcn, else random]
    #[arg(long, value_name = "HOW", conflicts_with = "protocol")]
    pub(crate) split: Option<SplitArg>,
    /// Lowest value that is a like [default: 3.5 for movielens, else all events count]
    #[arg(long, value_name = "VALUE", conflicts_with = "protocol")]
    pub(crate) likes_from: Option<f32>,
    /// Length of the lists
    #[arg(short = 'n', long = "number", value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000), conflicts_with = "protocol")]
    pub(crate) number: u16,
    /// Write a page with plots here
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write the whole report as JSON here
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

/// What the data is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// A file whose first line names the columns
    Csv,
    /// A file with one JSON object on each line
    Jsonl,
    /// A folder with train.txt and test.txt
    #[value(name = "lightgcn")]
    LightGcn,
    /// An unpacked MovieLens data set
    #[value(name = "movielens")]
    MovieLens,
}

/// The usual ways to split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitArg {
    /// As the two files are
    Given,
    /// The newest event of each user
    Last,
    /// A fifth of each user's events
    Random,
    /// The newest tenth of all events
    Time,
    /// A fifth of the users at a time, a fifth of whose events are held out
    Users,
}
