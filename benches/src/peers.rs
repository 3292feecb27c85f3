//! Other libraries, run as processes of their own with the same data and the same number of threads.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::measure::Figures;

/// The script is part of this program, so that it runs from any folder.
const IMPLICIT: &str = include_str!("../peers/implicit_peer.py");

/// Trains one of `implicit`'s models with the interpreter `python`; `arguments` choose which.
pub(crate) fn implicit(
    python: &Path,
    data: &Path,
    threads: usize,
    arguments: &[String],
) -> anyhow::Result<Figures> {
    let threads = threads.to_string();
    let mut child = Command::new(python)
        .arg("-")
        .arg("--data")
        .arg(data)
        .args(["--threads", &threads])
        .args(arguments)
        .env("OPENBLAS_NUM_THREADS", "1")
        .env("MKL_NUM_THREADS", "1")
        .env("OMP_NUM_THREADS", &threads)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {}", python.display()))?;
    let mut script = child.stdin.take().context("the interpreter has no input")?;
    script.write_all(IMPLICIT.as_bytes())?;
    drop(script);
    let output = child.wait_with_output()?;
    ensure!(
        output.status.success(),
        "implicit failed; is it installed for {}?\n{}",
        python.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().last().context("the script printed nothing")?;
    serde_json::from_str(line).with_context(|| format!("not a line of figures: {line}"))
}
