//! From a state that produces one entry after another to a stream.

use futures_util::stream::{self, BoxStream, StreamExt as _};

use crate::error::Result;

/// What a subscription field returns.
pub(super) type Entries<T> = BoxStream<'static, Result<T>>;

/// Produces the entries of one subscription.
pub(super) trait Feed: Send + Sized + 'static {
    type Entry: Send;

    /// Waits for the next entry; `None` ends the subscription.
    fn next(&mut self) -> impl Future<Output = Result<Option<Self::Entry>>> + Send;

    /// Returns all entries. The first error is the last entry.
    fn into_stream(self) -> Entries<Self::Entry> {
        let entries = stream::unfold(Some(self), async |feed| {
            let mut feed = feed?;
            match feed.next().await {
                Ok(Some(entry)) => Some((Ok(entry), Some(feed))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        });
        entries.boxed()
    }
}
