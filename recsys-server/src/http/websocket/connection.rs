//! One connection: between the socket, the protocol and the operations.

use std::{pin::pin, time::Duration};

use axum::{
    Error,
    body::Bytes,
    extract::ws::{Message, Utf8Bytes},
};
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use recsys_graphql::Code;
use tokio::time::{Instant, sleep_until, timeout};

use super::{
    close::Closing,
    message,
    operations::Operations,
    session::{Session, Step},
};

/// How long a client may take to read that the connection is closed, and why.
pub(super) const FAREWELL: Duration = Duration::from_secs(3);
/// How long queries and mutations under way may take once the server shuts down.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// Why a connection ends.
enum End {
    /// The client went away.
    Gone,
    /// The server closes it.
    Closing(Closing),
}

impl From<Closing> for End {
    fn from(closing: Closing) -> Self {
        Self::Closing(closing)
    }
}

/// Serves a connection to its end.
pub(super) fn run<S>(
    socket: S,
    session: Session,
    operations: Operations,
) -> impl Future<Output = ()> + Send
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin + Send,
{
    // A future has room for each place that a value is moved to, so what is large is moved as a pointer.
    let socket = Box::new(socket);
    let mut connection = Box::new(Connection { socket, session, operations, last: None });
    async move {
        let sockets = connection.operations.sockets();
        let end = connection.serve(sockets.shutdown.begun()).await;
        let mut socket = connection.into_socket();
        let farewell = async {
            if let End::Closing(closing) = end {
                if closing == Closing::Unresponsive {
                    sockets.gauges.drop_one();
                }
                socket.send(Message::Close(Some(closing.frame()))).await?;
            }
            // The peer's answer to the close frame, or ours to the peer's.
            while let Some(Ok(_)) = socket.next().await {}
            Ok::<(), Error>(())
        };
        // Who does not listen is not told.
        let _ = timeout(FAREWELL, farewell).await;
    }
}

struct Connection<S> {
    socket: Box<S>,
    session: Session,
    operations: Operations,
    /// When the last answers have to be there; set by the shutdown.
    last: Option<Instant>,
}

impl<S> Connection<S>
where
    S: Stream<Item = Result<Message, Error>> + Sink<Message, Error = Error> + Unpin + Send,
{
    /// Frees what the operations hold before the client takes its time.
    fn into_socket(self: Box<Self>) -> Box<S> {
        self.socket
    }

    async fn serve(&mut self, shutdown: impl Future<Output = ()> + Send) -> End {
        let mut shutdown = pin!(shutdown);
        loop {
            if self
                .last
                .is_some_and(|last| !self.operations.are_answering() || last <= Instant::now())
            {
                return Closing::GoingAway.into();
            }
            let deadline = self.session.deadline();
            let deadline = self.last.map_or(deadline, |last| last.min(deadline));
            let turn = tokio::select! {
                frame = self.socket.next() => match frame {
                    Some(Ok(frame)) => self.take(frame).await,
                    Some(Err(_)) | None => Err(End::Gone),
                },
                outcome = self.operations.next() => {
                    if outcome.is_last {
                        self.session.finished(&outcome.id);
                    }
                    self.send(text(outcome.text)).await
                }
                () = sleep_until(deadline) => match self.session.tick(Instant::now()) {
                    Ok(step) => self.step(step).await,
                    Err(closing) => Err(closing.into()),
                },
                () = &mut shutdown, if self.last.is_none() => {
                    self.last = Some(Instant::now() + LAST_ANSWERS);
                    // Not completed: a client that comes back subscribes again.
                    self.operations.stop_subscriptions();
                    Ok(())
                }
            };
            if let Err(end) = turn {
                return end;
            }
        }
    }

    async fn take(&mut self, frame: Message) -> Result<(), End> {
        let now = Instant::now();
        self.session.heard(now);
        match frame {
            Message::Text(text) => {
                let step = self.session.receive(&text, now)?;
                self.step(step).await
            }
            Message::Binary(_) => Err(Closing::Invalid("messages are texts".to_owned()).into()),
            // Pings are answered by the library.
            Message::Ping(_) | Message::Pong(_) => Ok(()),
            Message::Close(_) => Err(End::Gone),
        }
    }

    async fn step(&mut self, step: Step) -> Result<(), End> {
        match step {
            Step::Nothing => Ok(()),
            Step::Reply(reply) => self.send(text(reply)).await,
            Step::Ping => self.send(Message::Ping(Bytes::new())).await,
            Step::Stop { id } => {
                self.operations.stop(&id);
                Ok(())
            }
            Step::Start { id, request } => {
                if self.last.is_none() {
                    self.operations.start(id, *request);
                    return Ok(());
                }
                let error = Code::Unavailable.server_error("the server is shutting down");
                self.session.finished(&id);
                self.send(text(message::error(&id, &[error]))).await
            }
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        match timeout(self.session.settings().send_patience, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(Closing::Unresponsive.into()),
        }
    }
}

fn text(text: String) -> Message {
    Message::Text(Utf8Bytes::from(text))
}
