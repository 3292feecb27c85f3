//! `recsys import`.

use std::time::Instant;

use anyhow::Context as _;
use recsys_server::storage::Place;
use recsys_store::import::{
    self, Count, ImportError, ImportProgress, ImportStage, ImportSummary, Source,
};
use serde_json::{Value, json};

use super::workspace::Workspace;
use crate::cli::{ImportCommand, InputArgs, TenantArgs};
use crate::terminal::{Output, Progress, Unit};

pub(super) async fn run(
    place: &Place,
    command: ImportCommand,
    output: Output,
) -> anyhow::Result<()> {
    let (source, input, named) = match command {
        ImportCommand::Csv(args) => {
            (Source::csv(&args.file, args.options()), args.input, args.tenant)
        }
        ImportCommand::Export(args) => return super::export::import(place, &args, output).await,
        ImportCommand::Jsonl(args) => {
            (Source::jsonl(&args.file, args.options()), args.input, args.tenant)
        }
        ImportCommand::Parquet(args) => {
            (Source::parquet(&args.file, args.options()), args.input, args.tenant)
        }
        ImportCommand::LightGcn(args) => (Source::lightgcn(args.path), args.input, args.tenant),
        ImportCommand::MovieLens(args) => (Source::movielens(args.folder), args.input, args.tenant),
    };
    let begun = Instant::now();
    let summary = import_source(place, &source, input, &named, output).await?;
    let seconds = begun.elapsed().as_secs_f64();
    output.result(&described(&summary, seconds), || sentences(&summary, seconds))?;
    Ok(())
}

async fn import_source(
    place: &Place,
    source: &Source,
    input: InputArgs,
    named: &TenantArgs,
    output: Output,
) -> anyhow::Result<ImportSummary> {
    let bar = Progress::new(Unit::Bytes);
    let show = |progress: ImportProgress| {
        let stage = match progress.stage {
            ImportStage::Checking => "checking",
            ImportStage::Writing => "importing",
        };
        bar.update(stage, progress.done, progress.total);
    };
    // Nothing is created, not even the folder, before every row has been read.
    let checked = import::check(source, input.bad_rows(), &show).await;
    bar.finish();
    let checked = checked.map_err(|error| match &error {
        ImportError::BadRows { .. } => anyhow::anyhow!(
            "{error}; nothing was imported: correct the file, or import the rest with --skip-bad"
        ),
        _ => error.into(),
    })?;
    if let Some(expected) = input.expect_digest {
        checked.expect(expected).context("nothing was imported")?;
    }
    let workspace = Workspace::create(place).await?;
    let tenant = workspace.tenant_or_first(named, output).await?;
    let written = checked.write(&tenant, &show).await;
    bar.finish();
    drop(tenant);
    workspace.close().await;
    Ok(written?)
}

fn described(summary: &ImportSummary, seconds: f64) -> Value {
    let count = |count: Count| json!({"read": count.read, "created": count.created});
    let rows = summary.skipped_rows.iter().map(|row| {
        json!({
            "file": row.path(),
            "line": row.line(),
            "column": row.column().map(ToString::to_string),
            "problem": row.problem().to_string(),
        })
    });
    let files = summary.digest.files().iter().map(
        |file| json!({"file": file.path, "bytes": file.bytes, "digest": file.digest.to_string()}),
    );
    json!({
        "digest": summary.digest.whole().to_string(),
        "files": files.collect::<Vec<_>>(),
        "users": count(summary.users),
        "items": count(summary.items),
        "interactions": count(summary.interactions),
        "untitledItems": summary.untitled_items,
        "supersededRatings": summary.superseded_ratings,
        "inactiveItemsEvents": summary.inactive_items_events,
        "ignoredColumns": summary.ignored_columns,
        "skipped": summary.skipped,
        "skippedRows": rows.collect::<Vec<_>>(),
        "seconds": seconds,
    })
}

fn sentences(summary: &ImportSummary, seconds: f64) -> String {
    let count = |name: &str, count: Count| match count.created {
        new if new == count.read => format!("{} {name}", count.read),
        new => format!("{} {name} ({new} new)", count.read),
    };
    let mut lines = vec![format!(
        "imported {}, {} and {} in {seconds:.1} s",
        count("users", summary.users),
        count("items", summary.items),
        count("interactions", summary.interactions),
    )];
    let mut remark = |number: u64, text: &str| {
        if number > 0 {
            lines.push(format!("{number} {text}"));
        }
    };
    remark(summary.untitled_items, "items are not in a catalogue and have their id as title");
    remark(
        summary.superseded_ratings,
        "ratings were left out for a later one of the same user and item",
    );
    remark(summary.inactive_items_events, "events of deactivated items were left out");
    if !summary.ignored_columns.is_empty() {
        lines.push(format!(
            "columns without a meaning here: {}",
            summary.ignored_columns.join(", ")
        ));
    }
    if summary.skipped > 0 {
        lines.push(match summary.skipped {
            1 => "1 row was skipped:".to_owned(),
            number => format!("{number} rows were skipped:"),
        });
        lines.extend(summary.skipped_rows.iter().map(|row| format!("  {row}")));
        let more = summary.skipped - summary.skipped_rows.len() as u64;
        if more > 0 {
            lines.push(format!("  and {more} more"));
        }
    }
    lines.push(format!("read {}", summary.digest.whole()));
    lines.join("\n")
}
