//! The database goes away and comes back: nobody waits for it in vain, and what was acknowledged is there.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use recsys_store::testing::postgres::TestDatabase;
use recsys_store::types::{NewTenant, Tier};
use recsys_store::{PostgresConfig, PostgresStorage, Storage as _, StoreError};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A way to the server that can be cut.
struct Line {
    address: String,
    server: String,
    listening: Option<JoinHandle<()>>,
    /// Everybody who passes through listens for its end.
    cut: watch::Sender<()>,
}

impl Line {
    async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (cut, _) = watch::channel(());
        let mut line = Self { address, server: server.to_owned(), listening: None, cut };
        line.listen(listener);
        line
    }

    fn listen(&mut self, listener: TcpListener) {
        let (server, cut) = (self.server.clone(), self.cut.subscribe());
        self.listening = Some(tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (server, mut cut) = (server.clone(), cut.clone());
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        }));
    }

    /// Ends all connections and refuses others.
    async fn cut(&mut self) {
        let listening = self.listening.take().unwrap();
        listening.abort();
        listening.await.unwrap_err();
        self.cut.send(()).unwrap_or_default();
    }

    async fn mend(&mut self) {
        let listener = TcpListener::bind(&self.address).await.unwrap();
        self.listen(listener);
    }
}

/// A storage that reaches its database through a line.
async fn open() -> (TestDatabase, Line, Arc<PostgresStorage>) {
    let database = TestDatabase::create().await;
    let url = database.url();
    let (user, place) = url.rsplit_once('@').unwrap();
    let (server, name) = place.split_once('/').unwrap();
    let line = Line::to(server).await;
    let url = format!("{user}@{}/{name}", line.address);
    let config = PostgresConfig {
        acquire_timeout: Duration::from_millis(200),
        ..PostgresConfig::new(url.parse().unwrap())
    };
    let storage = PostgresStorage::open(&config).await.unwrap();
    (database, line, Arc::new(storage))
}

fn tenant(domain: &str) -> NewTenant {
    NewTenant { name: "Shop".into(), domain: domain.into(), tier: Tier::Basic }
}

fn was_not_tried(error: &StoreError) -> bool {
    error.source().is_some_and(|source| source.to_string().contains("did not answer the calls"))
}

#[tokio::test]
async fn calls_are_refused_at_once_while_the_database_is_away_and_go_through_when_it_is_back() {
    let (_database, mut line, storage) = open().await;
    let first = storage.tenants().create(tenant("first")).await.unwrap();
    line.cut().await;
    let mut failures = Vec::new();
    while !failures.last().is_some_and(was_not_tried) {
        let error = storage.tenants().create(tenant("second")).await.unwrap_err();
        assert!(error.is_retryable(), "{error:?}");
        failures.push(error);
        assert!(failures.len() <= 3, "after two calls in vain others are not tried");
    }
    assert!(was_not_tried(&storage.tenants().get(first.id).await.unwrap_err()));
    line.mend().await;
    let second = loop {
        match storage.tenants().create(tenant("second")).await {
            Ok(second) => break second,
            Err(error) => assert!(error.is_retryable(), "{error:?}"),
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(storage.tenants().list().await.unwrap(), [first, second]);
}
