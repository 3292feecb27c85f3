//! What was acknowledged is there, whatever happens to the process.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::http::{ask, request};
use super::program::Recsys;

/// Clients that record at the same time.
const CLIENTS: usize = 4;
/// Acknowledged events after which the server is killed.
const ENOUGH: usize = 200;

#[test]
fn acknowledged_events_survive_a_kill() {
    let recsys = Recsys::with_tenant();
    let server = recsys.serve();
    let url = server.url().to_owned();
    let account = "email: \"ada@example.com\", password: \"correct horse battery\", tenantDomain: \"shop\"";
    let session = ask(
        &url,
        None,
        &format!("mutation {{ register(input: {{{account}, username: \"Ada\"}}) {{ accessToken }} }}"),
    );
    let token = session.unwrap()["register"]["accessToken"].as_str().unwrap().to_owned();
    let item = ask(&url, Some(&token), "mutation { createItem(input: {title: \"Lamp\"}) { id } }");
    let item = item.unwrap()["createItem"]["id"].as_str().unwrap().to_owned();
    let record = format!(
        "mutation {{ recordInteraction(input: {{itemId: \"{item}\", interactionType: \"view\"}}) {{ id }} }}"
    );

    let acknowledged = Mutex::new(HashSet::new());
    let count = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                // Ends when the server is gone.
                while let Ok(data) = ask(&url, Some(&token), &record) {
                    let id = data["recordInteraction"]["id"].as_str().unwrap().to_owned();
                    acknowledged.lock().unwrap().insert(id);
                    count.fetch_add(1, Ordering::Release);
                }
            });
        }
        while count.load(Ordering::Acquire) < ENOUGH {
            thread::yield_now();
        }
        server.kill();
    });
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() >= ENOUGH);

    let server = recsys.serve();
    assert_eq!(request(server.url(), "GET", "/health/live", None, "").unwrap().0, 200);
    let stored = ask(server.url(), Some(&token), "{ me { interactions(limit: 1000) { id } } }");
    let stored = stored.unwrap()["me"]["interactions"].clone();
    let stored: HashSet<String> = stored
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["id"].as_str().unwrap().to_owned())
        .collect();
    let lost: Vec<&String> = acknowledged.difference(&stored).collect();
    assert!(lost.is_empty(), "{} of {} are lost", lost.len(), acknowledged.len());
    // At most one event for each client was stored without having been acknowledged.
    assert!(stored.len() <= acknowledged.len() + CLIENTS);
}
