//! `recsys migrate`.

use std::path::Path;

use recsys_store::Storage as _;
use serde_json::json;

use super::workspace::Workspace;
use crate::terminal::Output;

pub(super) async fn run(folder: &Path, output: Output) -> anyhow::Result<()> {
    let workspace = Workspace::create(folder).await?;
    let version = workspace.storage.migrate().await?;
    workspace.close().await;
    output.result(&json!({"data": folder, "schemaVersion": version}), || {
        format!("the database in {} is at version {version}", folder.display())
    })?;
    Ok(())
}
