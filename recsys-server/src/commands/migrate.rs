//! `recsys migrate`.

use recsys_server::storage::Place;
use serde_json::json;

use super::workspace::Workspace;
use crate::terminal::Output;

pub(super) async fn run(place: &Place, output: Output) -> anyhow::Result<()> {
    let workspace = Workspace::create(place).await?;
    let version = workspace.storage.migrate().await?;
    workspace.close().await;
    output.result(&json!({"data": place.to_string(), "schemaVersion": version}), || {
        format!("the database in {place} is at version {version}")
    })?;
    Ok(())
}
