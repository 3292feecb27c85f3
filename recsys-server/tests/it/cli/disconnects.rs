//! Clients that hang up in the middle of a write leave nothing half done.

use std::collections::{HashMap, HashSet};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use recsys_store::types::Interaction;
use recsys_store::{SqliteConfig, SqliteStorage, Storage as _};
use serde_json::json;

use super::http::{ask, request};
use super::program::Recsys;

const CLIENTS: u64 = 4;
const WRITES: u64 = 50;
/// Events of one write.
const BATCH: usize = 3;

#[test]
fn writes_are_whole_whenever_their_clients_hang_up() {
    let recsys = Recsys::with_tenant();
    let server = recsys.serve();
    let url = server.url().to_owned();
    let account =
        "email: \"ada@example.com\", password: \"correct horse battery\", tenantDomain: \"shop\"";
    let session = format!(
        "mutation {{ register(input: {{{account}, username: \"Ada\"}}) {{ accessToken }} }}"
    );
    let session = ask(&url, None, &session).unwrap();
    let token = session["register"]["accessToken"].as_str().unwrap().to_owned();
    let item = ask(&url, Some(&token), "mutation { createItem(input: {title: \"Lamp\"}) { id } }");
    let item = item.unwrap()["createItem"]["id"].as_str().unwrap().to_owned();

    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let (url, token, item) = (url.clone(), token.clone(), item.clone());
            thread::spawn(move || hang_up(&url, &token, &item, client))
        })
        .collect();
    let acknowledged: Vec<String> =
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect();

    // The writer is free, and nobody holds what was being written.
    ask(&url, Some(&token), "mutation { createItem(input: {title: \"Spoon\"}) { id } }").unwrap();
    let (status, _) = request(&url, "GET", "/health/ready", None, "").unwrap();
    assert_eq!(status, 200);
    let mut events: HashMap<String, HashSet<String>> = HashMap::new();
    for key in keys(&recsys) {
        let (write, event) = key.rsplit_once('-').unwrap();
        let is_new = events.entry(write.to_owned()).or_default().insert(event.to_owned());
        assert!(is_new, "{key} is there twice");
    }
    for (write, events) in &events {
        assert_eq!(events.len(), BATCH, "{write} is half done");
    }
    for write in &acknowledged {
        assert!(events.contains_key(write), "{write} was acknowledged and is lost");
    }
}

/// Sends writes, or parts of them, waits for the answer as long as it likes, and returns those that were
/// answered.
fn hang_up(url: &str, token: &str, item: &str, client: u64) -> Vec<String> {
    let mut random = ChaCha8Rng::seed_from_u64(client);
    let host = url.trim_start_matches("http://");
    let mut acknowledged = Vec::new();
    for number in 0..WRITES {
        let write = format!("{client}.{number}");
        let event = |event| {
            let key = format!("{write}-{event}");
            json!({"itemId": item, "interactionType": "view", "idempotencyKey": key, "context": key})
        };
        let query = "mutation($inputs: [InteractionInput!]!) { recordInteractions(inputs: $inputs) { id } }";
        let inputs: Vec<_> = (0..BATCH).map(event).collect();
        let body = json!({"query": query, "variables": {"inputs": inputs}}).to_string();
        let text = format!(
            "POST /graphql HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let end =
            if random.random_bool(0.25) { random.random_range(0..text.len()) } else { text.len() };
        let patience = Duration::from_micros(random.random_range(1..8_000));
        let mut stream = TcpStream::connect(host).unwrap();
        stream.write_all(&text.as_bytes()[..end]).unwrap();
        stream.set_read_timeout(Some(patience)).unwrap();
        let mut answer = [0; 4_096];
        if stream.read(&mut answer).is_ok_and(|length| length > 0) {
            assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
            acknowledged.push(write);
        }
    }
    acknowledged
}

/// The contexts of all events, which are their idempotency keys, read from the database while the server serves.
fn keys(recsys: &Recsys) -> Vec<String> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let storage = SqliteStorage::open(&SqliteConfig::new(recsys.data())).await.unwrap();
        let tenant = storage.tenants().by_domain("shop").await.unwrap().unwrap();
        let events = storage.tenant(tenant.id).interactions.scan(0, 100_000).await.unwrap();
        storage.close().await;
        let key =
            |event: &Interaction| event.context.as_ref().unwrap().as_str().unwrap().to_owned();
        events.iter().map(key).collect()
    })
}
