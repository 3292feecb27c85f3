//! The protocol as a state machine: messages and time in, steps and closings out. No socket.

use std::{collections::HashSet, sync::Arc};

use async_graphql::Request;
use chrono::Utc;
use recsys_graphql::{Caller, Code};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    SocketSettings,
    close::Closing,
    message::{self, ClientMessage},
};
use crate::{
    auth::jwt::TokenKeys,
    http::principal::{self, Proof},
};

/// Longest id of an operation, in bytes.
const LONGEST_ID: usize = 256;
/// Where in the payload of `connection_init` a token may be.
const TOKEN_FIELDS: [&str; 3] = ["Authorization", "authorization", "token"];

/// One connection.
pub(super) struct Session {
    settings: SocketSettings,
    tokens: Arc<TokenKeys>,
    /// What the upgrade request proved.
    proof: Proof,
    phase: Phase,
    /// Ids of the operations under way.
    running: HashSet<String>,
    /// When the client last gave a sign of life.
    heard: Instant,
    pinged: bool,
}

enum Phase {
    /// Before `connection_init`, which has to come until then.
    Opened { until: Instant },
    /// Acknowledged; the proof may end.
    Ready { caller: Caller, until: Option<Instant> },
}

/// What is to be done next.
#[derive(Debug)]
pub(super) enum Step {
    Nothing,
    /// Send this text.
    Reply(String),
    /// Send a ping of the WebSocket protocol.
    Ping,
    /// Execute an operation, and call [`Session::finished`] when it has ended.
    Start {
        id: String,
        request: Box<Request>,
    },
    /// Forget an operation; nothing of it may be sent any more.
    Stop {
        id: String,
    },
}

impl Session {
    pub(super) fn new(
        settings: &SocketSettings,
        tokens: Arc<TokenKeys>,
        proof: Proof,
        now: Instant,
    ) -> Self {
        Self {
            settings: settings.clone(),
            tokens,
            proof,
            phase: Phase::Opened { until: now + settings.init_patience },
            running: HashSet::new(),
            heard: now,
            pinged: false,
        }
    }

    pub(super) fn settings(&self) -> &SocketSettings {
        &self.settings
    }

    /// Notes a sign of life.
    pub(super) fn heard(&mut self, now: Instant) {
        (self.heard, self.pinged) = (now, false);
    }

    /// Takes a message of the client.
    pub(super) fn receive(&mut self, text: &str, now: Instant) -> Result<Step, Closing> {
        if text.len() > self.settings.message_bytes {
            return Err(Closing::TooLarge);
        }
        match ClientMessage::parse(text).map_err(Closing::Invalid)? {
            ClientMessage::ConnectionInit { payload } => self.init(payload.as_ref(), now),
            ClientMessage::Ping => Ok(Step::Reply(message::pong())),
            ClientMessage::Pong => Ok(Step::Nothing),
            ClientMessage::Subscribe { id, payload } => {
                let Phase::Ready { caller, .. } = self.phase else {
                    return Err(Closing::Unauthorized);
                };
                if id.is_empty() || id.len() > LONGEST_ID {
                    return Err(Closing::Invalid(format!("id must have 1 to {LONGEST_ID} bytes")));
                }
                let request = payload.into_request();
                let request = request.map_err(|problem| Closing::Invalid(problem.to_owned()))?;
                self.subscribe(id, request.data(caller))
            }
            ClientMessage::Complete { id } => {
                // The client may not have seen yet that it has ended.
                Ok(if self.running.remove(&id) { Step::Stop { id } } else { Step::Nothing })
            }
        }
    }

    /// Notes that an operation has ended; its id is free again.
    pub(super) fn finished(&mut self, id: &str) {
        self.running.remove(id);
    }

    /// Returns when to call [`Self::tick`].
    pub(super) fn deadline(&self) -> Instant {
        match self.phase {
            Phase::Opened { until } => until,
            Phase::Ready { until, .. } => {
                let silence = self.settings.ping_interval * if self.pinged { 2 } else { 1 };
                let ping = self.heard + silence;
                until.map_or(ping, |until| until.min(ping))
            }
        }
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, now: Instant) -> Result<Step, Closing> {
        if now < self.deadline() {
            return Ok(Step::Nothing);
        }
        match self.phase {
            Phase::Opened { .. } => Err(Closing::InitTimeout),
            Phase::Ready { until: Some(until), .. } if until <= now => {
                Err(Closing::Forbidden("the access token has expired".to_owned()))
            }
            Phase::Ready { .. } if self.pinged => Err(Closing::Unresponsive),
            Phase::Ready { .. } => {
                self.pinged = true;
                Ok(Step::Ping)
            }
        }
    }

    fn init(&mut self, payload: Option<&Value>, now: Instant) -> Result<Step, Closing> {
        let Phase::Opened { .. } = self.phase else { return Err(Closing::RepeatedInit) };
        let proof = match token(payload)? {
            None => self.proof,
            Some(token) => principal::of_token(token, &self.tokens)
                .map_err(|error| Closing::Forbidden(error.message))?,
        };
        // Clocks of people and of timers differ; what counts is how long it is from now.
        let until =
            proof.until.map(|until| now + (until - Utc::now()).to_std().unwrap_or_default());
        self.phase = Phase::Ready { caller: proof.caller, until };
        Ok(Step::Reply(message::acknowledgement()))
    }

    fn subscribe(&mut self, id: String, request: Request) -> Result<Step, Closing> {
        if self.running.contains(&id) {
            return Err(Closing::RepeatedId(id));
        }
        let most = self.settings.operations;
        if self.running.len() >= most {
            let problem = format!("{most} operations are under way on this connection already");
            let error = Code::Unavailable.server_error(problem);
            return Ok(Step::Reply(message::error(&id, &[error])));
        }
        self.running.insert(id.clone());
        Ok(Step::Start { id, request: Box::new(request) })
    }
}

/// Returns the token in the payload of `connection_init`, if there is one.
fn token(payload: Option<&Value>) -> Result<Option<&str>, Closing> {
    let fields = match payload {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(fields)) => fields,
        Some(_) => {
            let problem = "the payload of connection_init must be an object";
            return Err(Closing::Invalid(problem.to_owned()));
        }
    };
    let mut given = TOKEN_FIELDS.iter().filter_map(|name| fields.get(*name));
    match given.find(|value| !value.is_null()) {
        None => Ok(None),
        Some(Value::String(value)) => Ok(Some(principal::bearer(value).unwrap_or(value.trim()))),
        Some(_) => Err(Closing::Forbidden("the token must be a text".to_owned())),
    }
}

#[cfg(test)]
mod tests;
