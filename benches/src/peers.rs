//! Other libraries, run as processes of their own with the same data and the same number of threads.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::measure::Figures;

/// The script is part of this program, so that it runs from any folder.
const IMPLICIT: &str = include_str!("../peers/implicit_peer.py");

/// The same for Surprise.
const SURPRISE: &str = include_str!("../peers/surprise_peer.py");

/// The same for scikit-learn's words.
const TEXT: &str = include_str!("../peers/text_peer.py");

/// Vectorizes texts with scikit-learn, run by the interpreter `python`: what it prints.
pub(crate) fn scikit_learn<T: DeserializeOwned>(
    python: &Path,
    arguments: &[String],
) -> anyhow::Result<T> {
    run(python, "scikit-learn", TEXT, (1, 1), arguments.iter().cloned())
}

/// Trains one of `implicit`'s models with the interpreter `python`; `arguments` choose which.
pub(crate) fn implicit(
    python: &Path,
    data: &Path,
    threads: usize,
    arguments: &[String],
) -> anyhow::Result<Figures> {
    let given = ["--data", &data.to_string_lossy(), "--threads", &threads.to_string()]
        .map(str::to_owned)
        .into_iter()
        .chain(arguments.iter().cloned());
    run(python, "implicit", IMPLICIT, (threads, 1), given)
}

/// What a model of ratings did: seconds a fold, and the prediction of every line.
#[derive(Debug, Deserialize)]
pub(crate) struct RatingRun {
    pub(crate) fit_seconds: f64,
    pub(crate) predict_seconds: f64,
    pub(crate) predictions: Vec<f32>,
}

/// Trains one of Surprise's models with the interpreter `python`; `arguments` choose which.
pub(crate) fn surprise(
    python: &Path,
    ratings: &Path,
    arguments: &str,
) -> anyhow::Result<RatingRun> {
    let given = ["--ratings", &ratings.to_string_lossy()].map(str::to_owned).into_iter();
    let given = given.chain(arguments.split_ascii_whitespace().map(str::to_owned));
    run(python, "surprise", SURPRISE, (1, 1), given)
}

/// Runs a script, which prints one line of JSON. The library and the linear algebra under it get a
/// number of threads each.
pub(crate) fn run<T: DeserializeOwned>(
    python: &Path,
    library: &str,
    script: &str,
    (threads, blas_threads): (usize, usize),
    arguments: impl Iterator<Item = String>,
) -> anyhow::Result<T> {
    let mut child = Command::new(python)
        .arg("-")
        .args(arguments)
        .env("OPENBLAS_NUM_THREADS", blas_threads.to_string())
        .env("MKL_NUM_THREADS", blas_threads.to_string())
        .env("OMP_NUM_THREADS", threads.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", python.display()))?;
    let mut input = child.stdin.take().context("the interpreter has no input")?;
    input.write_all(script.as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
    ensure!(
        output.status.success(),
        "{library} failed; is it installed for {}?\n{}",
        python.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().last().context("the script printed nothing")?;
    serde_json::from_str(line).with_context(|| format!("not a line of figures: {line}"))
}
