//! The operations under way on one connection.

use std::{panic::AssertUnwindSafe, sync::Arc};

use async_graphql::{Request, Response, Value, parser::types::OperationType};
use futures_util::{
    FutureExt as _,
    stream::{self, BoxStream, StreamExt as _},
};
use recsys_graphql::{ClientAddress, Code, LimitReport, RequestId, subscribe};
use tokio_stream::StreamMap;

use super::{Sockets, message};
use crate::http::{Gateway, graphql, principal};

/// What an operation gives, one after the other; `None` at its end.
type Outcomes = BoxStream<'static, Option<Response>>;

/// Polled by the task of the connection, which leaves them alone while a message waits to be written.
pub(super) struct Operations {
    gateway: Gateway,
    /// Names the requests: that of the upgrade and a number.
    name: RequestId,
    address: ClientAddress,
    begun: u64,
    subscriptions: StreamMap<String, Outcomes>,
    /// Queries and mutations, which give one response.
    answers: StreamMap<String, Outcomes>,
}

/// What to send, and whether the operation has ended with it.
pub(super) struct Outcome {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) is_last: bool,
}

impl Operations {
    pub(super) fn new(gateway: Gateway, name: RequestId, address: ClientAddress) -> Self {
        let (subscriptions, answers) = (StreamMap::new(), StreamMap::new());
        Self { gateway, name, address, begun: 0, subscriptions, answers }
    }

    /// Returns what all connections share.
    pub(super) fn sockets(&self) -> Arc<Sockets> {
        Arc::clone(&self.gateway.sockets)
    }

    /// Begins an operation.
    pub(super) fn start(&mut self, id: String, mut request: Request) {
        let gateway = self.gateway.clone();
        let kind = match graphql::operation(&gateway, &mut request) {
            Ok(kind) => kind,
            Err(error) => {
                let (caller, address) = (principal::found(&request), self.address);
                let refused = async move {
                    let report = LimitReport::default();
                    graphql::refuse(&gateway, caller, address, &report, error).await
                };
                self.answers.insert(id, outcomes(refused.into_stream().boxed()));
                return;
            }
        };
        self.begun += 1;
        let request = request.data(RequestId(format!("{}-{}", self.name.0, self.begun)));
        let request = request.data(self.address);
        if kind == OperationType::Subscription {
            let counted = gateway.sockets.gauges().subscription();
            let responses = subscribe(&gateway.schema, request).map(move |response| {
                let _ = &counted;
                response
            });
            self.subscriptions.insert(id, outcomes(responses.boxed()));
        } else {
            let response = graphql::run(gateway, kind, request);
            self.answers.insert(id, outcomes(response.into_stream().boxed()));
        }
    }

    /// Forgets an operation. A mutation that has begun goes on to its end.
    pub(super) fn stop(&mut self, id: &str) {
        self.subscriptions.remove(id);
        self.answers.remove(id);
    }

    /// Forgets all subscriptions.
    pub(super) fn stop_subscriptions(&mut self) {
        self.subscriptions.clear();
    }

    /// Tells whether queries or mutations are under way.
    pub(super) fn are_answering(&self) -> bool {
        !self.answers.is_empty()
    }

    /// Waits for what any operation gives next; never returns without operations.
    pub(super) async fn next(&mut self) -> Outcome {
        tokio::select! {
            Some((id, response)) = self.subscriptions.next() => {
                let outcome = outcome(id, response, ends_subscription);
                if outcome.is_last {
                    self.subscriptions.remove(&outcome.id);
                }
                outcome
            }
            Some((id, response)) = self.answers.next() => {
                let outcome = outcome(id, response, graphql::is_refused);
                if outcome.is_last {
                    self.answers.remove(&outcome.id);
                }
                outcome
            }
            else => std::future::pending().await,
        }
    }
}

/// Adds the end, and turns a panic into an error of this operation alone.
fn outcomes(responses: BoxStream<'static, Response>) -> Outcomes {
    let caught = AssertUnwindSafe(responses).catch_unwind().map(|response| {
        Some(response.unwrap_or_else(|_| {
            tracing::error!("an operation over WebSocket panicked");
            let error = Code::InternalServerError.server_error("internal error");
            Response::from_errors(vec![error])
        }))
    });
    caught.chain(stream::once(std::future::ready(None))).boxed()
}

fn outcome(id: String, response: Option<Response>, is_error: fn(&Response) -> bool) -> Outcome {
    let (text, is_last) = match response {
        None => (message::complete(&id), true),
        Some(response) if is_error(&response) => (message::error(&id, &response.errors), true),
        Some(response) => (message::next(&id, &response), false),
    };
    Outcome { id, text, is_last }
}

/// Tells whether a response speaks of the subscription itself and not of something within an event.
fn ends_subscription(response: &Response) -> bool {
    let errors = &response.errors;
    response.data == Value::Null
        && !errors.is_empty()
        && errors.iter().all(|error| error.path.len() <= 1)
}
