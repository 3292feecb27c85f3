//! The server on a real port.

use std::time::Duration;

use recsys_server::shutdown::Shutdown;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use super::support::Server;

#[tokio::test]
async fn it_answers_on_its_port_until_it_is_told_to_stop() {
    let server = Server::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let shutdown = Shutdown::new();
    let (app, stop) = (server.app.clone(), shutdown.begun());
    let serving = tokio::spawn(async move { app.serve(listener, stop).await });

    let mut client = TcpStream::connect(address).await.expect("a connection");
    let request = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    client.write_all(request).await.expect("sent");
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");

    // A connection that is open and silent does not hold the shutdown up.
    let _idle = TcpStream::connect(address).await.expect("a connection");
    shutdown.begin();
    let ended = timeout(Duration::from_secs(15), serving).await.expect("it stops");
    ended.expect("no panic").expect("no error");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
