//! Just enough HTTP to ask GraphQL questions on a connection that is kept.

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream},
    net::TcpStream,
};

/// One connection.
pub(crate) struct Connection {
    host: String,
    stream: BufStream<TcpStream>,
}

impl Connection {
    /// Connects to `http://HOST:PORT`.
    pub(crate) async fn open(url: &str) -> anyhow::Result<Self> {
        let host = host(url).to_owned();
        let stream = TcpStream::connect(&host).await.context("the server cannot be reached")?;
        stream.set_nodelay(true)?;
        Ok(Self { host, stream: BufStream::new(stream) })
    }

    /// Sends a GraphQL request and returns the whole answer.
    pub(crate) async fn post(
        &mut self,
        token: Option<&str>,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let request = request(&self.host, token, body);
        self.stream.write_all(&request).await?;
        self.stream.flush().await?;
        let (mut line, mut length) = (String::new(), 0);
        loop {
            line.clear();
            ensure!(self.stream.read_line(&mut line).await? > 0, "the server has hung up");
            let header = line.trim_end();
            if header.is_empty() {
                break;
            }
            if let Some((name, value)) = header.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer).await?;
        Ok(serde_json::from_slice(&answer)?)
    }

    /// Sends an operation that should succeed and returns its data.
    pub(crate) async fn ask(&mut self, token: Option<&str>, body: &Value) -> anyhow::Result<Value> {
        let mut answer = self.post(token, body).await?;
        ensure!(answer["errors"].is_null(), "{body} was answered with {answer}");
        Ok(answer["data"].take())
    }
}

/// Returns host and port of a URL.
pub(crate) fn host(url: &str) -> &str {
    url.trim_start_matches("http://").trim_end_matches('/')
}

/// Returns the bytes of a GraphQL request.
pub(crate) fn request(host: &str, token: Option<&str>, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let authorization =
        token.map_or_else(String::new, |token| format!("authorization: Bearer {token}\r\n"));
    format!(
        "POST /graphql HTTP/1.1\r\nhost: {host}\r\n{authorization}content-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
