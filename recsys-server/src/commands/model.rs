//! `recsys model`.

use chrono::{DateTime, Utc};
use recsys_server::storage::Place;
use recsys_store::types::ModelVersion;
use serde_json::{Value, json};

use super::workspace::Workspace;
use crate::cli::{ModelRollbackArgs, TenantArgs};
use crate::terminal::{Align, Output, table};

pub(super) async fn list(place: &Place, named: &TenantArgs, output: Output) -> anyhow::Result<()> {
    let workspace = Workspace::open(place).await?;
    let versions = workspace.tenant(named).await?.model_versions().await?;
    workspace.close().await;
    let all = versions.iter().map(|(version, is_current)| described(version, *is_current));
    output.result(&all.collect(), || {
        if versions.is_empty() {
            return "there is no model yet: train one with `recsys train`".to_owned();
        }
        let columns = [
            ("algorithm", Align::Left),
            ("version", Align::Left),
            ("published", Align::Left),
            ("events", Align::Right),
            ("bytes", Align::Right),
            ("", Align::Left),
        ];
        let row = |(version, is_current): &(ModelVersion, bool)| {
            vec![
                version.algorithm.clone(),
                version.id.to_string(),
                minute(version.created_at),
                version.watermark.to_string(),
                version.bytes.to_string(),
                if *is_current { "current".to_owned() } else { String::new() },
            ]
        };
        table(&columns, versions.iter().map(row).collect())
    })?;
    Ok(())
}

pub(super) async fn roll_back(
    place: &Place,
    args: ModelRollbackArgs,
    output: Output,
) -> anyhow::Result<()> {
    let workspace = Workspace::open_shared(place, super::redis(&args.sharing)).await?;
    let tenant = workspace.tenant(&args.tenant).await?;
    let version = tenant.roll_back(&args.algorithm, args.to).await?;
    let domain = tenant.tenant().domain.clone();
    drop(tenant);
    workspace.close().await;
    output.result(&described(&version, true), || {
        let (algorithm, id) = (&version.algorithm, version.id);
        let published = minute(version.created_at);
        format!("{domain} is served by version {id} of {algorithm} again, published {published}")
    })?;
    Ok(())
}

fn minute(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M").to_string()
}

fn described(version: &ModelVersion, is_current: bool) -> Value {
    json!({
        "id": version.id,
        "algorithm": version.algorithm,
        "isCurrent": is_current,
        "createdAt": version.created_at,
        "activatedAt": version.activated_at,
        "watermark": version.watermark,
        "bytes": version.bytes,
        "metrics": version.metrics,
    })
}
