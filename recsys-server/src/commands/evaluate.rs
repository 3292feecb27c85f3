//! `recsys evaluate`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context as _, anyhow, bail};
use recsys_core::algo::AlgorithmConfig;
use recsys_core::eval::protocol::{
    Contestant, DataSource, EvaluationProgress, Feedback, Hooks, Protocol, evaluate,
};
use recsys_core::eval::report::EvaluationReport;
use recsys_core::eval::{Choice, EvalError, SplitMethod};
use recsys_server::shutdown;
use recsys_store::evaluation::{SearchFile, load, read_protocol};

use crate::cli::{EvaluateArgs, FormatArg, SplitArg};
use crate::terminal::{Output, Progress, Unit};

/// Length of the progress bar.
const FULL: f64 = 1_000.0;

pub(super) async fn run(args: EvaluateArgs, output: Output) -> anyhow::Result<()> {
    let (protocol, folder) = protocol(&args)?;
    for file in [&args.html, &args.report].into_iter().flatten() {
        writable(file)?;
    }
    let states = state_file(&args);
    let cancelled = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&cancelled);
    let mut work = tokio::task::spawn_blocking(move || follow(&protocol, &folder, states, &stop));
    let finished = tokio::select! {
        finished = &mut work => finished?,
        () = shutdown::requested() => {
            output.note("stopping");
            cancelled.store(true, Ordering::Relaxed);
            work.await?
        }
    };
    let report = finished?;
    if let Some(file) = &args.html {
        fs::write(file, report.to_html()).with_context(|| cannot_write(file))?;
    }
    let json = serde_json::to_vec_pretty(&report)?;
    if let Some(file) = &args.report {
        fs::write(file, &json).with_context(|| cannot_write(file))?;
    }
    // Read again, so that settings have as few digits here as in the file.
    let value = serde_json::from_slice(&json)?;
    output.result(&value, || report.to_text().trim_end().to_owned())?;
    Ok(())
}

/// Reads, follows the protocol and shows how far it is.
fn follow(
    protocol: &Protocol,
    folder: &Path,
    states: PathBuf,
    cancelled: &AtomicBool,
) -> anyhow::Result<EvaluationReport> {
    let bar = Progress::new(Unit::Percent);
    bar.update("reading", 0, 0);
    let inputs = load(protocol, folder)?;
    let searches = SearchFile::open(states, protocol, &inputs);
    let begun = Instant::now();
    let clock = || begun.elapsed();
    let cancel = || cancelled.load(Ordering::Relaxed);
    let show = |progress: &EvaluationProgress| {
        bar.update(&progress.stage, (FULL * progress.fraction) as u64, FULL as u64);
    };
    let hooks = Hooks::default().with_cancel(&cancel).with_clock(&clock).with_progress(&show);
    let outcome = evaluate(&inputs, protocol, &hooks.with_keeper(&searches));
    bar.finish();
    match outcome {
        Err(EvalError::Cancelled) => match searches.trials() {
            0 => bail!("the evaluation was stopped; nothing was written"),
            trials => bail!(
                "the evaluation was stopped; the same command goes on after the {trials} trials that are kept"
            ),
        },
        outcome => {
            let report = outcome?;
            searches.remove().context("the state of the searches could not be kept")?;
            Ok(report)
        }
    }
}

/// The protocol and the folder that its paths start from.
fn protocol(args: &EvaluateArgs) -> anyhow::Result<(Protocol, PathBuf)> {
    match (&args.protocol, args.format, &args.path) {
        (Some(file), format, path) => {
            let folder = file.parent().map(Path::to_owned).unwrap_or_default();
            let mut protocol = read_protocol(file)?;
            if let (Some(format), Some(path)) = (format, path) {
                protocol.data = source(format, text(&std::path::absolute(path)?)?);
            }
            Ok((protocol, folder))
        }
        (None, Some(format), Some(path)) => Ok((usual(args, format, text(path)?)?, PathBuf::new())),
        (None, ..) => bail!("name a protocol, or a format and a path"),
    }
}

/// What is usual for a format.
fn usual(args: &EvaluateArgs, format: FormatArg, path: String) -> anyhow::Result<Protocol> {
    let contestant = |name: &String| Ok(Contestant::new(AlgorithmConfig::named(name)?));
    let algorithms = args.algorithms.iter().map(contestant).collect::<anyhow::Result<Vec<_>>>()?;
    let (split, likes_from) = match format {
        FormatArg::Csv | FormatArg::Jsonl => (SplitArg::Random, None),
        FormatArg::LightGcn => (SplitArg::Given, None),
        // Its users rate all they rate in a day or two: the newest events are of strangers.
        FormatArg::MovieLens => (SplitArg::Random, Some(3.5)),
    };
    let mut protocol = Protocol::new(source(format, path), algorithms);
    protocol.split.method = match args.split.unwrap_or(split) {
        SplitArg::Given => SplitMethod::Given,
        SplitArg::Last => SplitMethod::LeaveOneOut { choice: Choice::Newest },
        SplitArg::Random => SplitMethod::RandomPerUser { share: 0.2 },
        SplitArg::Time => SplitMethod::TimeCut { share: 0.1 },
        SplitArg::Users => SplitMethod::UserFolds { folds: 5, revealed: 0.8 },
    };
    if let Some(from) = args.likes_from.or(likes_from) {
        protocol.feedback = Feedback::Likes { from };
    }
    let metrics = ["ndcg", "recall", "hit_rate", "mrr", "coverage", "novelty"];
    let metrics = metrics.iter().map(|name| format!("{name}@{}", args.number).parse());
    protocol.metrics = metrics.collect::<Result<_, _>>()?;
    protocol.check()?;
    Ok(protocol)
}

fn source(format: FormatArg, path: String) -> DataSource {
    match format {
        FormatArg::Csv => DataSource::Csv { path, test: None, items: None },
        FormatArg::Jsonl => DataSource::Jsonl { path, test: None, items: None },
        FormatArg::LightGcn => DataSource::LightGcn { path },
        FormatArg::MovieLens => DataSource::MovieLens { path },
    }
}

fn text(path: &Path) -> anyhow::Result<String> {
    path.to_str().map(str::to_owned).ok_or_else(|| anyhow!("the path is not UTF-8"))
}

/// Beside the report, or the protocol when no report is written.
fn state_file(args: &EvaluateArgs) -> PathBuf {
    let beside = [&args.html, &args.report, &args.protocol, &args.path];
    let beside = beside.into_iter().flatten().next().cloned().unwrap_or_default();
    let mut name = beside.into_os_string();
    name.push(".searches.json");
    name.into()
}

/// Fails before the work when there is no folder to write the file to after it.
fn writable(file: &Path) -> anyhow::Result<()> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() && !folder.is_dir() => {
            bail!("{}: there is no folder {}", cannot_write(file), folder.display())
        }
        _ if file.is_dir() => bail!("{}: it is a folder", cannot_write(file)),
        _ => Ok(()),
    }
}

fn cannot_write(file: &Path) -> String {
    format!("cannot write {}", file.display())
}
