//! Who subscribes hears of everything that is committed, whoever committed it and whatever became of them.

use std::collections::BTreeSet;
use std::sync::{Mutex, mpsc};
use std::thread;

use serde_json::{Value, json};

use super::files;
use super::http::{ask, request};
use super::program::{Recsys, Server};
use super::replicas::{Site, buy, create, register};
use super::subscriber::Subscriber;

/// Clients that record at the same time.
const CLIENTS: usize = 4;
/// Acknowledged events after which their server is killed.
const ENOUGH: usize = 120;

#[test]
fn what_is_imported_beside_a_server_reaches_its_subscribers() {
    let recsys = Recsys::with_tenant();
    let server = recsys.serve();
    let token = register(&server, "ada");
    let mut updates = Subscriber::open(&server, &token, "tenantItemUpdates { title }");
    let file = recsys.write("items.csv", files::items());
    recsys.run(["import", "csv", &file]).ok();
    let mut titles = BTreeSet::new();
    while titles.len() < 40 {
        titles.insert(updates.next()["title"].as_str().unwrap().to_owned());
    }
    assert!(titles.contains("Item, number 39"), "{titles:?}");
}

#[test]
fn servers_without_redis_tell_of_each_others_events_in_order() {
    let site = Site::new();
    let alone = || {
        let mut command = site.command();
        command.env_remove("REDIS_NODES");
        command.args(["serve", "--json", "--port", "0", "--no-worker"]);
        Server::start(&mut command)
    };
    let (one, two) = (alone(), alone());
    let token = register(&one, "ada");
    let items: Vec<String> = (0..5).map(|at| create(&one, &token, &format!("Item {at}"))).collect();
    let selection = "userActivity { interaction { item { title } } }";
    let mut activity = Subscriber::open(&two, &token, selection);
    items.iter().for_each(|item| buy(&one, &token, item));
    for at in 0..5 {
        let heard = activity.next()["interaction"]["item"]["title"].clone();
        assert_eq!(heard, json!(format!("Item {at}")));
    }
}

/// How often a server has looked how far the data of its tenants has come.
fn looks(server: &Server) -> u64 {
    let (_, page) = request(server.url(), "GET", "/metrics", None, "").unwrap();
    let name =
        r#"store_call_duration_seconds_count{store="tenants",call="revisions",status="ok"} "#;
    let count = page.lines().find_map(|line| line.strip_prefix(name));
    count.map_or(0, |count| count.parse().unwrap())
}

#[test]
fn what_redis_has_carried_is_not_told_again() {
    let site = Site::new();
    let (one, two) = (site.serve(&[]), site.serve(&[]));
    let token = register(&one, "ada");
    let items: Vec<String> = (0..4).map(|at| create(&one, &token, &format!("Item {at}"))).collect();
    let selection = "userActivity { kind interaction { item { title } } rating { rating } }";
    let mut activity = Subscriber::open(&two, &token, selection);
    let mut updates = Subscriber::open(&one, &token, "tenantItemUpdates { title }");
    items[..3].iter().for_each(|item| buy(&one, &token, item));
    let rate = format!(
        "mutation {{ rateItem(input: {{itemId: \"{}\", rating: 4.1}}) {{ id }} }}",
        items[0]
    );
    ask(two.url(), Some(&token), &rate).unwrap();
    create(&two, &token, "New");
    for _ in 0..3 {
        assert_ne!(activity.next()["interaction"], Value::Null);
    }
    assert_eq!(activity.next()["rating"]["rating"], json!(4.1));
    assert_eq!(updates.next()["title"], json!("New"));
    // Time enough to find out what nobody has announced.
    let before = [looks(&one), looks(&two)];
    while looks(&one) < before[0] + 4 || looks(&two) < before[1] + 4 {}
    buy(&one, &token, &items[3]);
    create(&one, &token, "Newest");
    assert_eq!(activity.next()["interaction"]["item"]["title"], json!("Item 3"));
    assert_eq!(updates.next()["title"], json!("Newest"));
}

#[test]
fn what_a_server_acknowledged_before_it_was_killed_is_heard_at_the_other() {
    let site = Site::new();
    let (one, two) = (site.serve(&[]), site.serve(&[]));
    let token = register(&one, "ada");
    let item = create(&one, &token, "Lamp");
    let selection = format!("itemInteractions(itemId: \"{item}\") {{ id }}");
    let mut heard = Subscriber::open(&two, &token, &selection);
    let input = format!("{{itemId: \"{item}\", interactionType: \"view\"}}");
    let record = format!("mutation {{ recordInteraction(input: {input}) {{ id }} }}");
    let acknowledged = Mutex::new(BTreeSet::new());
    let (enough, wait) = mpsc::channel();
    let url = one.url().to_owned();
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
        one.kill();
        enough.unwrap();
    });
    let mut missing = acknowledged.into_inner().unwrap();
    while !missing.is_empty() {
        missing.remove(heard.next()["id"].as_str().unwrap());
    }
}
