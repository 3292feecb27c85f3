//! `recsys export`, and `recsys import export`.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{anyhow, bail};
use recsys_server::storage::Place;
use recsys_store::Storage;
use recsys_store::export::{Export, ExportProgress, ExportedTenant, export};
use serde_json::{Value, json};

use super::workspace::Workspace;
use crate::cli::{ExportArgs, ImportExportArgs};
use crate::terminal::{Output, Progress, Unit};

pub(super) async fn run(place: &Place, args: &ExportArgs, output: Output) -> anyhow::Result<()> {
    let begun = Instant::now();
    let workspace = Workspace::open(place).await?;
    let mut tenants = workspace.storage.tenants().list().await?;
    if let Some(domain) = &args.tenant {
        tenants.retain(|tenant| tenant.domain.eq_ignore_ascii_case(domain));
        if tenants.is_empty() {
            bail!("there is no tenant {domain}: see `recsys tenant list`");
        }
    }
    let bar = Arc::new(Progress::new(Unit::Bytes));
    let shown = Arc::clone(&bar);
    let show = move |progress: ExportProgress| show("exporting", &progress, &shown);
    let exported = export(&*workspace.storage, tenants, &args.folder, show).await;
    bar.finish();
    workspace.close().await;
    let manifest = exported?;
    let folder = args.folder.display().to_string();
    output.result(&described(&folder, &manifest.tenants, begun), || {
        format!("exported {} to {folder}", counted(&manifest.tenants))
    })?;
    Ok(())
}

/// Brings exported tenants back.
pub(super) async fn import(
    place: &Place,
    args: &ImportExportArgs,
    output: Output,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    let exported = Export::open(&args.folder)?;
    let tenants = chosen(&exported, args.tenant.as_deref())?;
    let workspace = Workspace::create(place).await?;
    let imported = import_all(&exported, &tenants, &*workspace.storage).await;
    workspace.close().await;
    imported?;
    let folder = args.folder.display().to_string();
    output.result(&described(&folder, &tenants, begun), || {
        format!("imported {} from {folder}; people have to sign in again", counted(&tenants))
    })?;
    Ok(())
}

fn chosen(exported: &Export, domain: Option<&str>) -> anyhow::Result<Vec<ExportedTenant>> {
    let all = &exported.manifest().tenants;
    let Some(domain) = domain else { return Ok(all.clone()) };
    let found = all.iter().find(|tenant| tenant.domain.eq_ignore_ascii_case(domain));
    let domains = || all.iter().map(|tenant| tenant.domain.as_str()).collect::<Vec<_>>().join(", ");
    let absent = || anyhow!("the export has no tenant {domain}; it has: {}", domains());
    Ok(vec![found.ok_or_else(absent)?.clone()])
}

async fn import_all(
    exported: &Export,
    tenants: &[ExportedTenant],
    storage: &dyn Storage,
) -> anyhow::Result<()> {
    // Before anything is written, so that not some are imported and others refused.
    let directory = storage.tenants();
    for tenant in tenants {
        let domain = &tenant.domain;
        if directory.get(tenant.id).await?.is_some() || directory.by_domain(domain).await?.is_some()
        {
            bail!(
                "there is a tenant {domain} already: nothing was imported, and nothing is written over"
            );
        }
    }
    for tenant in tenants {
        let bar = Arc::new(Progress::new(Unit::Bytes));
        let shown = Arc::clone(&bar);
        let show = move |progress: ExportProgress| show("importing", &progress, &shown);
        let imported = exported.import(tenant, storage, show).await;
        bar.finish();
        imported?;
    }
    Ok(())
}

fn show(what: &str, progress: &ExportProgress, bar: &Progress) {
    let stage = format!("{what} {}: {}", progress.domain, progress.stage);
    bar.update(&stage, progress.done, progress.total);
}

/// The tenants with the numbers of their rows.
fn counted(tenants: &[ExportedTenant]) -> String {
    let rows = |name: &str| tenants.iter().map(|tenant| tenant.rows(name)).sum::<u64>();
    let of = match tenants {
        [only] => only.domain.clone(),
        all => format!("{} tenants", all.len()),
    };
    format!(
        "{of}: {} users, {} items, {} events, {} ratings and {} models",
        rows("users.jsonl"),
        rows("items.jsonl"),
        rows("interactions.jsonl"),
        rows("ratings.jsonl"),
        rows("models.jsonl")
    )
}

fn described(folder: &str, tenants: &[ExportedTenant], begun: Instant) -> Value {
    let tenant = |tenant: &ExportedTenant| {
        json!({
            "id": tenant.id,
            "domain": tenant.domain,
            "users": tenant.rows("users.jsonl"),
            "items": tenant.rows("items.jsonl"),
            "interactions": tenant.rows("interactions.jsonl"),
            "ratings": tenant.rows("ratings.jsonl"),
            "models": tenant.rows("models.jsonl"),
            "bytes": tenant.bytes(),
        })
    };
    json!({
        "folder": folder,
        "tenants": tenants.iter().map(tenant).collect::<Vec<_>>(),
        "seconds": begun.elapsed().as_secs_f64(),
    })
}
