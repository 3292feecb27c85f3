//! The server on a real port.

use std::{net::SocketAddr, time::Duration};

use recsys_server::{app::AppError, shutdown::Shutdown};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};

use super::support::{Account, Server};

/// Longer than anything here takes; a test that needs it has failed.
const PATIENCE: Duration = Duration::from_secs(15);

/// Serves on a free port until the returned shutdown begins.
async fn serve(server: &Server) -> (SocketAddr, Shutdown, JoinHandle<Result<(), AppError>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let shutdown = Shutdown::new();
    let (app, stop) = (server.app.clone(), shutdown.begun());
    let serving = tokio::spawn(async move { app.serve(listener, stop).await });
    (address, shutdown, serving)
}

async fn ends(serving: JoinHandle<Result<(), AppError>>) {
    let ended = timeout(PATIENCE, serving).await.expect("it stops");
    ended.expect("no panic").expect("no error");
}

#[tokio::test]
async fn it_answers_on_its_port_until_it_is_told_to_stop() {
    let server = Server::start().await;
    let (address, shutdown, serving) = serve(&server).await;
    let mut client = TcpStream::connect(address).await.expect("a connection");
    let request = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    client.write_all(request).await.expect("sent");
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");

    // A connection that is open and silent does not hold the shutdown up.
    let _idle = TcpStream::connect(address).await.expect("a connection");
    shutdown.begin();
    ends(serving).await;
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

/// Asks for the newest training until it has ended.
async fn finished(server: &Server, account: &Account) -> Value {
    loop {
        let query = "{ trainingJobs(limit: 1) { status progress error modelVersion finishedAt } }";
        let job = server.ask(account, query).await["trainingJobs"][0].take();
        if job["finishedAt"].is_string() {
            return job;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_training_that_was_asked_for_is_run_and_answers() {
    let (server, ada) = Server::with_admin().await;
    let items = server.items(&ada, &["Kettle", "Lamp", "Spoon"]).await;
    for name in ["bob", "cid", "dan"] {
        let user = server.register("shop", name).await;
        for item in &items[..2] {
            let query = format!(
                r#"mutation {{ recordInteraction(input: {{ itemId: "{item}", interactionType: "purchase" }}) {{ id }} }}"#
            );
            server.ask(&user, &query).await;
        }
    }
    let (_, shutdown, serving) = serve(&server).await;
    server.ask(&ada, r#"mutation { trainModel(algorithm: "popularity") { id } }"#).await;
    let job = timeout(PATIENCE, finished(&server, &ada)).await.expect("it is run");
    assert_eq!((&job["status"], &job["error"]), (&Value::from("SUCCEEDED"), &Value::Null), "{job}");
    assert_eq!(job["progress"], 1.0);

    let data = server.ask(&ada, "{ algorithms { name trained modelVersion trainedAt } }").await;
    let algorithms = data["algorithms"].as_array().expect("a list");
    let trained = algorithms.iter().find(|it| it["name"] == "popularity").expect("popularity");
    assert_eq!(trained["modelVersion"], job["modelVersion"]);
    assert_eq!(trained["trained"], true);
    shutdown.begin();
    ends(serving).await;
}
