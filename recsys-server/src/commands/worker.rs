//! `recsys worker`.

use recsys_server::shutdown;
use recsys_server::storage::Place;
use serde_json::json;

use super::workspace::Workspace;
use crate::cli::SharingArgs;
use crate::terminal::Output;

pub(super) async fn run(place: &Place, args: &SharingArgs, output: Output) -> anyhow::Result<()> {
    let workspace = Workspace::open_shared(place, super::redis(args)).await?;
    output.result(&json!({"data": place.to_string()}), || {
        format!("training what is queued in {place}\n\nStop with Ctrl-C.")
    })?;
    // A training that runs when the end is asked for is handed back.
    workspace.engine.spawn_worker(shutdown::requested()).await?;
    workspace.close().await;
    Ok(())
}
