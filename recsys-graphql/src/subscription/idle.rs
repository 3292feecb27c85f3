//! Subscriptions that wait without the executor.
//!
//! The executor keeps over ten kilobytes for a subscription: the parsed document, what the resolvers
//! share, and room for all that it does at one time or another. Most subscriptions wait most of the time.
//! So it runs once to check the request and to begin the feed, which it leaves behind ([`Begun`]), and once
//! for each entry of the feed ([`Given`]); between them there is the feed and the text of the request.

use std::{
    any::Any,
    sync::{Arc, Mutex, PoisonError},
};

use async_graphql::{Request, Response, Variables};
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};

use crate::{
    context::{Caller, RequestId, from_host},
    rates::ClientAddress,
    schema::Schema,
};

/// A `Result` of some type of entry.
type Entry = Box<dyn Any + Send>;

/// Executes a subscription as
/// [`execute_stream`](async_graphql::Schema::execute_stream) does, in a fraction of the memory while
/// it waits. The responses are the same; each costs reading the text of the request once more.
///
/// The request must have its text. Of its data, [`Caller`], [`RequestId`] and [`ClientAddress`] count.
pub fn subscribe(schema: &Schema, request: Request) -> BoxStream<'static, Response> {
    let kept = Kept::of(schema, &request);
    let begun = Begun::default();
    let refused = schema.execute_stream(request.data(begun.clone()));
    let entries = stream::once(async move { begun.take() }).filter_map(std::future::ready);
    let responses = entries.flatten().filter_map(move |entry| kept.respond(entry));
    refused.chain(responses).boxed()
}

/// In the data of a request: where its feed is left, to be followed without the executor.
#[derive(Clone, Default)]
pub(super) struct Begun(Arc<Mutex<Option<BoxStream<'static, Entry>>>>);

impl Begun {
    pub(super) fn put<T: Send + 'static>(&self, entries: impl Stream<Item = T> + Send + 'static) {
        let entries = entries.map(|entry| Box::new(entry) as Entry).boxed();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(entries);
    }

    fn take(&self) -> Option<BoxStream<'static, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// In the data of a request: the one entry that it is executed for.
pub(crate) struct Given(Mutex<Option<Entry>>);

impl Given {
    pub(super) fn take<T: 'static>(&self) -> Option<T> {
        let entry = self.0.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(*entry.downcast().expect("the same field has made it"))
    }
}

/// What is needed of a request to execute it again.
struct Kept {
    schema: Schema,
    text: String,
    variables: Variables,
    operation_name: Option<String>,
    caller: Caller,
    address: Option<ClientAddress>,
    id: Option<RequestId>,
}

impl Kept {
    fn of(schema: &Schema, request: &Request) -> Self {
        Self {
            schema: schema.clone(),
            text: request.query.clone(),
            variables: request.variables.clone(),
            operation_name: request.operation_name.clone(),
            caller: from_host(&request.data).unwrap_or_default(),
            address: from_host(&request.data),
            id: from_host(&request.data),
        }
    }

    /// Resolves the fields of one entry.
    fn respond(&self, entry: Entry) -> impl Future<Output = Option<Response>> + Send + use<> {
        let mut request = Request::new(self.text.clone())
            .variables(self.variables.clone())
            .data(self.caller)
            .data(Given(Mutex::new(Some(entry))));
        request.operation_name.clone_from(&self.operation_name);
        if let Some(address) = self.address {
            request = request.data(address);
        }
        if let Some(id) = &self.id {
            request = request.data(id.clone());
        }
        let mut responses = self.schema.execute_stream(request);
        async move { responses.next().await }
    }
}
