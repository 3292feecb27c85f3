//! The messages of `graphql-transport-ws`.

use async_graphql::{Response, ServerError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::http::{body::Parameters, graphql::Answer};

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ClientMessage {
    ConnectionInit { payload: Option<Value> },
    Ping,
    Pong,
    Subscribe { id: String, payload: Parameters },
    Complete { id: String },
}

/// What the server says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ServerMessage<'a> {
    ConnectionAck,
    Pong,
    Next { id: &'a str, payload: Answer<'a> },
    Error { id: &'a str, payload: &'a [ServerError] },
    Complete { id: &'a str },
}

impl ClientMessage {
    /// Reads a message. The error is a sentence for the client.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        // serde would take an array for an object as well.
        if !text.trim_start().starts_with('{') {
            return Err("the message is not a JSON object".to_owned());
        }
        serde_json::from_str(text).map_err(|error| {
            if error.is_data() {
                "the message is none of the protocol's".to_owned()
            } else {
                "the message is not valid JSON".to_owned()
            }
        })
    }
}

pub(super) fn acknowledgement() -> String {
    text(&ServerMessage::ConnectionAck)
}

pub(super) fn pong() -> String {
    text(&ServerMessage::Pong)
}

pub(super) fn next(id: &str, response: &Response) -> String {
    text(&ServerMessage::Next { id, payload: Answer::executed(response) })
}

pub(super) fn error(id: &str, errors: &[ServerError]) -> String {
    text(&ServerMessage::Error { id, payload: errors })
}

pub(super) fn complete(id: &str) -> String {
    text(&ServerMessage::Complete { id })
}

fn text(message: &ServerMessage<'_>) -> String {
    serde_json::to_string(message).expect("messages are plain values with text keys")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_message_is_told_so() {
        for (text, problem) in [
            ("[]", "the message is not a JSON object"),
            ("hello", "the message is not a JSON object"),
            ("{", "the message is not valid JSON"),
            ("{}", "the message is none of the protocol's"),
            (r#"{"type":"start","id":"1"}"#, "the message is none of the protocol's"),
            (r#"{"type":"subscribe","id":"1"}"#, "the message is none of the protocol's"),
            (
                r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
                "the message is none of the protocol's",
            ),
            (r#"{"type":"complete"}"#, "the message is none of the protocol's"),
        ] {
            assert_eq!(ClientMessage::parse(text).err().as_deref(), Some(problem), "{text}");
        }
    }

    #[test]
    fn messages_have_the_words_of_the_protocol() {
        assert_eq!(acknowledgement(), r#"{"type":"connection_ack"}"#);
        assert_eq!(pong(), r#"{"type":"pong"}"#);
        assert_eq!(complete("a"), r#"{"type":"complete","id":"a"}"#);
        let response = Response::new(async_graphql::Value::from(1));
        assert_eq!(next("a", &response), r#"{"type":"next","id":"a","payload":{"data":1}}"#);
    }
}
