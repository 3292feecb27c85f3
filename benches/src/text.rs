//! TF-IDF over the texts of films: ours and scikit-learn's, in turn, with the same documents.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Args;
use recsys_core::features::{FeatureRows, TextVectorizer, TfIdf, TfIdfConfig};
use recsys_store::import::{Source, read_log};
use serde::Deserialize;

use crate::peers::scikit_learn;

/// Options of `text`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// An unpacked MovieLens data set.
    #[arg(long, value_name = "DIR")]
    movielens: PathBuf,
    /// A Python interpreter that has scikit-learn; without it only ours runs.
    #[arg(long, value_name = "PYTHON")]
    peers: Option<PathBuf>,
    /// Times that the films are repeated, to make a corpus of some size.
    #[arg(long, default_value_t = 10)]
    copies: usize,
    /// Times that both are run; the fastest run of each counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Threads of ours, all processors unless given; scikit-learn's has one.
    #[arg(long)]
    threads: Option<usize>,
    /// Terms kept.
    #[arg(long, default_value_t = 5_000)]
    max_features: u32,
    /// Words in the longest sequence.
    #[arg(long, default_value_t = 2)]
    longest: u32,
}

/// What the other side writes.
#[derive(Debug, Deserialize)]
struct Theirs {
    terms: Vec<String>,
    indptr: Vec<usize>,
    indices: Vec<usize>,
    values: Vec<f64>,
}

#[derive(Debug, Deserialize)]
struct Timed {
    seconds: f64,
}

/// Runs both in turn and prints times, their ratio and the largest difference.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let films = read_log(&Source::movielens(&options.movielens))?;
    println!("read {}", films.digest.whole());
    let films: Vec<&str> = films.features.values().map(|film| film.text.as_str()).collect();
    let texts = films.repeat(options.copies.max(1));
    let threads = match options.threads {
        Some(threads) => threads,
        None => std::thread::available_parallelism()?.get(),
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let config = TfIdfConfig::default()
        .with_max_features(Some(options.max_features))
        .with_sequences(1, options.longest);
    let estimator = TfIdf::new(config)?;
    let folder = tempfile::tempdir()?;
    let (corpus, result) = (folder.path().join("texts.json"), folder.path().join("result.json"));
    fs::write(&corpus, serde_json::to_vec(&texts)?)?;

    let (mut ours, mut theirs) = (f64::INFINITY, f64::INFINITY);
    let mut fitted = None;
    for _ in 0..options.rounds.max(1) {
        let start = Instant::now();
        fitted = Some(pool.install(|| estimator.fit(&texts)));
        ours = ours.min(start.elapsed().as_secs_f64());
        if let Some(python) = &options.peers {
            theirs = theirs.min(peer(python, options, &corpus, &result)?);
        }
    }
    let (vectorizer, rows) = fitted.context("there was a round")?;
    println!(
        "{} documents, {} terms, {} values; {threads} threads, fastest of {} runs",
        rows.len(),
        vectorizer.n_columns(),
        rows.nnz(),
        options.rounds.max(1)
    );
    println!("ours         {ours:>9.4} s");
    if options.peers.is_some() {
        println!("scikit-learn {theirs:>9.4} s, {:.1} times as long", theirs / ours);
        let theirs: Theirs = serde_json::from_slice(&fs::read(&result)?)?;
        compare(&vectorizer, &rows, &theirs)?;
    }
    Ok(())
}

fn peer(python: &Path, options: &Options, corpus: &Path, result: &Path) -> anyhow::Result<f64> {
    let arguments = [
        "--texts".to_owned(),
        corpus.display().to_string(),
        "--result".to_owned(),
        result.display().to_string(),
        "--max-features".to_owned(),
        options.max_features.to_string(),
        "--longest".to_owned(),
        options.longest.to_string(),
    ];
    Ok(scikit_learn::<Timed>(python, &arguments)?.seconds)
}

/// Prints how many terms and by how much values differ. Rows are compared where both have the same terms:
/// a row with a term that only one side has is scaled differently on purpose.
fn compare(vectorizer: &TextVectorizer, rows: &FeatureRows, theirs: &Theirs) -> anyhow::Result<()> {
    ensure!(theirs.indptr.len() == rows.len() + 1, "the sides have other documents");
    let place: HashMap<&str, usize> =
        (0..).zip(&theirs.terms).map(|(at, term)| (term.as_str(), at)).collect();
    let known: Vec<Option<usize>> =
        vectorizer.terms().map(|term| place.get(term).copied()).collect();
    let (mut same, mut largest) = (0_usize, 0.0_f64);
    for row in 0..rows.len() {
        let (columns, weights) = rows.row(row);
        let range = theirs.indptr[row]..theirs.indptr[row + 1];
        let ours = columns.iter().map(|&column| known[column as usize]);
        if !ours.eq(theirs.indices[range.clone()].iter().map(|&at| Some(at))) {
            continue;
        }
        same += 1;
        for (weight, value) in weights.iter().zip(&theirs.values[range]) {
            largest = largest.max((f64::from(*weight) - value).abs());
        }
    }
    let differing = known.iter().filter(|known| known.is_none()).count();
    println!("terms that only one side has (ties at the cut): {differing}");
    println!(
        "rows with the same terms: {same} of {}; largest difference {largest:.1e}",
        rows.len()
    );
    Ok(())
}
