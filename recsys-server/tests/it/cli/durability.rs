//! What was acknowledged is there, whatever happens to the process.

use std::collections::HashSet;
use std::sync::{Mutex, mpsc};
use std::thread;

use recsys_store::{SqliteConfig, SqliteStorage, Storage};

use super::http::{ask, request};
use super::program::{Recsys, Server};

/// Clients that record at the same time.
const CLIENTS: usize = 4;
/// Acknowledged events after which the server is killed.
const ENOUGH: usize = 200;

#[test]
fn acknowledged_events_survive_a_kill() {
    let recsys = Recsys::with_tenant();
    let acknowledged = record_until_killed(recsys.serve());
    let server = recsys.serve();
    assert_eq!(request(server.url(), "GET", "/health/live", None, "").unwrap().0, 200);
    // Read while the server serves.
    let stored = tokio::runtime::Runtime::new().unwrap().block_on(async {
        stored_events(&SqliteStorage::open(&SqliteConfig::new(recsys.data())).await.unwrap()).await
    });
    assert_kept(&acknowledged, &stored);
}

/// Signs up, has several clients record events at the same time, and kills the server under them. Returns the ids
/// of the events that were acknowledged.
pub(super) fn record_until_killed(server: Server) -> HashSet<String> {
    let url = server.url().to_owned();
    let account =
        "email: \"ada@example.com\", password: \"correct horse battery\", tenantDomain: \"shop\"";
    let session = ask(
        &url,
        None,
        &format!(
            "mutation {{ register(input: {{{account}, username: \"Ada\"}}) {{ accessToken }} }}"
        ),
    );
    let token = session.unwrap()["register"]["accessToken"].as_str().unwrap().to_owned();
    let item = ask(&url, Some(&token), "mutation { createItem(input: {title: \"Lamp\"}) { id } }");
    let item = item.unwrap()["createItem"]["id"].as_str().unwrap().to_owned();
    let record = format!(
        "mutation {{ recordInteraction(input: {{itemId: \"{item}\", interactionType: \"view\"}}) {{ id }} }}"
    );

    let acknowledged = Mutex::new(HashSet::new());
    let (enough, wait) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let enough = enough.clone();
            let (acknowledged, url, token, record) = (&acknowledged, &url, &token, &record);
            scope.spawn(move || {
                // Ends when the server is gone.
                while let Ok(data) = ask(url, Some(token), record) {
                    let id = data["recordInteraction"]["id"].as_str().unwrap().to_owned();
                    let mut acknowledged = acknowledged.lock().unwrap();
                    acknowledged.insert(id);
                    if acknowledged.len() == ENOUGH {
                        enough.send(()).unwrap();
                    }
                }
            });
        }
        drop(enough);
        // Fails if all clients have ended before.
        let enough = wait.recv();
        server.kill();
        enough.unwrap();
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() >= ENOUGH);
    acknowledged
}

/// Checks that nothing acknowledged is missing, and that nothing is there that nobody sent.
#[track_caller]
pub(super) fn assert_kept(acknowledged: &HashSet<String>, stored: &HashSet<String>) {
    let lost: Vec<&String> = acknowledged.difference(stored).collect();
    assert!(lost.is_empty(), "{} of {} are lost", lost.len(), acknowledged.len());
    // At most one event for each client was stored without having been acknowledged.
    assert!(stored.len() <= acknowledged.len() + CLIENTS);
}

/// The ids of all events of the tenant `shop`.
pub(super) async fn stored_events(storage: &dyn Storage) -> HashSet<String> {
    let tenant = storage.tenants().by_domain("shop").await.unwrap().unwrap();
    let events = storage.tenant(tenant.id).interactions.scan(0, 100_000).await.unwrap();
    storage.close().await;
    events.into_iter().map(|event| event.id.to_string()).collect()
}
