//! `recsys worker`.

use std::time::Duration;

use recsys_server::shutdown;
use recsys_server::storage::Place;
use serde_json::json;

use super::workspace::Workspace;
use crate::cli::WorkerArgs;
use crate::terminal::Output;

pub(super) async fn run(place: &Place, args: &WorkerArgs, output: Output) -> anyhow::Result<()> {
    let lease = Duration::from_secs(args.lease.into());
    let redis = super::redis(&args.sharing);
    let workspace =
        Workspace::open_adjusted(place, redis, |engine| engine.training_lease(lease)).await?;
    output.result(&json!({"data": place.to_string()}), || {
        format!("training what is queued in {place}\n\nStop with Ctrl-C.")
    })?;
    // A training that runs when the end is asked for is handed back.
    workspace.engine.spawn_worker(shutdown::requested()).await?;
    workspace.close().await;
    Ok(())
}
