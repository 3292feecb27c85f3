//! One client: a user who does something, is answered or not, and does something again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::site::Person;
use crate::api::http::Connection;

/// An answer that takes longer is taken for none.
const PATIENCE: Duration = Duration::from_secs(20);

/// How failures begin after which a connection is of no use.
pub(super) const LOST: &str = "lost ";

/// The time since the load began, and whether it goes on.
pub(super) struct Clock {
    begun: Instant,
    stopped: AtomicBool,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { begun: Instant::now(), stopped: AtomicBool::new(false) }
    }

    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub(super) fn seconds(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }
}

/// What clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mix {
    Writes,
    /// Half of it is writing.
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Record,
    Recommend,
    Similar,
    /// Of an item that is new.
    Create,
}

impl Operation {
    pub(super) const ALL: [Self; 4] = [Self::Record, Self::Recommend, Self::Similar, Self::Create];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Record => "recordInteraction",
            Self::Recommend => "recommendations",
            Self::Similar => "similarItems",
            Self::Create => "createItem, similar",
        }
    }
}

/// One request and what came of it.
pub(super) struct Sample {
    pub(super) operation: Operation,
    /// When it was sent and when it was answered, in seconds.
    pub(super) sent: f64,
    pub(super) answered: f64,
    /// The code of an error, or that the connection was lost.
    pub(super) failure: Option<String>,
}

/// An event that was sent.
pub(super) struct Written {
    pub(super) person: Arc<Person>,
    pub(super) item: String,
    pub(super) key: String,
    /// What it was acknowledged with.
    pub(super) id: Option<String>,
}

impl Written {
    pub(super) fn body(&self) -> Value {
        let query =
            "mutation($input: InteractionInput!) { recordInteraction(input: $input) { id } }";
        let input =
            json!({ "itemId": self.item, "interactionType": "view", "idempotencyKey": self.key });
        json!({ "query": query, "variables": { "input": input } })
    }
}

pub(super) struct Client {
    number: usize,
    url: String,
    person: Arc<Person>,
    clock: Arc<Clock>,
    connection: Option<Connection>,
    seen: Seen,
}

/// What a client has done and seen.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) samples: Vec<Sample>,
    pub(super) written: Vec<Written>,
}

impl Client {
    pub(super) fn new(number: usize, url: String, person: Person, clock: Arc<Clock>) -> Self {
        let (person, seen) = (Arc::new(person), Seen::default());
        Self { number, url, person, clock, connection: None, seen }
    }

    pub(super) async fn run(mut self, mix: Mix, pause: Duration) -> anyhow::Result<Seen> {
        let mut turn = 0;
        while !self.clock.stopped.load(Ordering::Relaxed) {
            let operation = match turn % 12 {
                // Only administrators create items.
                11 if mix == Mix::All && self.number == 0 => Operation::Create,
                1 | 3 | 7 | 9 if mix == Mix::All => Operation::Recommend,
                5 | 11 if mix == Mix::All => Operation::Similar,
                _ => Operation::Record,
            };
            self.ask(operation, turn).await;
            turn += 1;
            sleep(pause).await;
        }
        Ok(self.seen)
    }

    async fn ask(&mut self, operation: Operation, turn: usize) {
        let items = &self.person.items;
        let item = items[(turn * 7 + self.number) % items.len()].clone();
        let mut written = None;
        let body = match operation {
            Operation::Recommend => {
                json!({ "query": "{ recommendations { source items { item { id } } } }" })
            }
            Operation::Similar => {
                let query = "query($id: UUID!) { similarItems(itemId: $id) { item { id } } }";
                json!({ "query": query, "variables": { "id": item } })
            }
            Operation::Create => {
                let query = "mutation($input: ItemInput!) { createItem(input: $input) { similarItems { item { id } } } }";
                let title = format!("Item of turn {turn}");
                let input = json!({ "title": title, "category": format!("{}", turn % 5) });
                json!({ "query": query, "variables": { "input": input } })
            }
            Operation::Record => {
                let key = format!("{}-{turn}", self.number);
                let person = Arc::clone(&self.person);
                written.insert(Written { person, item, key, id: None }).body()
            }
        };
        let sent = self.clock.seconds();
        let answer = timeout(PATIENCE, self.post(&body)).await;
        let answered = self.clock.seconds();
        let failure = match answer {
            Ok(Ok(answer)) if answer["errors"].is_null() => {
                if let Some(written) = &mut written {
                    let id = answer["data"]["recordInteraction"]["id"].as_str();
                    written.id = id.map(str::to_owned);
                }
                let alone = answer["data"]["createItem"]["similarItems"] == json!([]);
                alone.then(|| "nothing similar".to_owned())
            }
            Ok(Ok(answer)) => {
                let code = answer["errors"][0]["extensions"]["code"].as_str();
                Some(code.unwrap_or("no code").to_owned())
            }
            Ok(Err(_)) => Some(format!("{LOST}connection")),
            Err(_) => Some(format!("{LOST}answer")),
        };
        if failure.as_deref().is_some_and(|failure| failure.starts_with(LOST)) {
            self.connection = None;
        }
        self.seen.samples.push(Sample { operation, sent, answered, failure });
        self.seen.written.extend(written);
    }

    async fn post(&mut self, body: &Value) -> anyhow::Result<Value> {
        let connection = match &mut self.connection {
            Some(connection) => connection,
            none => none.insert(Connection::open(&self.url).await?),
        };
        connection.post(Some(&self.person.token), body).await
    }
}
