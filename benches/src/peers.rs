//! Other libraries, run as processes of their own with the same data and the same number of threads.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::measure::Figures;

/// The script is part of this program, so that it runs from any folder.
const IMPLICIT: &str = include_str!("../peers/implicit_peer.py");

/// Weighs texts as scikit-learn does.
const TEXT: &str = include_str!("../peers/text_peer.py");

/// Vectorizes texts with scikit-learn, run by the interpreter `python`: the JSON line that it prints.
pub(crate) fn scikit_learn(python: &Path, arguments: &[String]) -> anyhow::Result<String> {
    run("scikit-learn", python, TEXT, 1, arguments)
}

/// Trains one of `implicit`'s models with the interpreter `python`; `arguments` choose which.
pub(crate) fn implicit(
    python: &Path,
    data: &Path,
    threads: usize,
    arguments: &[String],
) -> anyhow::Result<Figures> {
    let data = data.to_str().context("the name of the folder is not text")?;
    let chosen = ["--data", data, "--threads", &threads.to_string()].map(str::to_owned);
    let line = run("implicit", python, IMPLICIT, threads, &[&chosen, arguments].concat())?;
    serde_json::from_str(&line).with_context(|| format!("not a line of figures: {line}"))
}

/// Runs a script and returns the last line that it prints.
fn run(
    library: &str,
    python: &Path,
    script: &str,
    threads: usize,
    arguments: &[String],
) -> anyhow::Result<String> {
    let mut child = Command::new(python)
        .arg("-")
        .args(arguments)
        .env("OPENBLAS_NUM_THREADS", "1")
        .env("MKL_NUM_THREADS", "1")
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
    Ok(text.lines().last().context("the script printed nothing")?.to_owned())
}
