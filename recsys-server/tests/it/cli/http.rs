//! Just enough HTTP to talk to the server.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

/// Sends one request on a connection of its own; the status and the body come back.
pub(super) fn request(
    url: &str,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: &str,
) -> io::Result<(u16, String)> {
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host)?;
    let authorization =
        token.map_or_else(String::new, |token| format!("authorization: Bearer {token}\r\n"));
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{authorization}\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let (head, content) = answer.split_once("\r\n\r\n").ok_or_else(cut)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut)?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
    });
    if length.is_some_and(|length| content.len() < length) {
        return Err(cut());
    }
    Ok((status, content.to_owned()))
}

/// Asks a GraphQL question; an error of the transport is returned, errors in the answer are not expected.
pub(super) fn ask(url: &str, token: Option<&str>, query: &str) -> io::Result<Value> {
    let body = json!({"query": query}).to_string();
    post(url, token, &body)
}

/// The same with a body that is made already.
pub(super) fn post(url: &str, token: Option<&str>, body: &str) -> io::Result<Value> {
    let (status, content) = request(url, "POST", "/graphql", token, body)?;
    let answer: Value = serde_json::from_str(&content)?;
    assert_eq!((status, &answer["errors"]), (200, &Value::Null), "{body}: {answer}");
    Ok(answer["data"].clone())
}
