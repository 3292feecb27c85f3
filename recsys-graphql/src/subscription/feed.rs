//! From a state that produces one entry after another to a stream.

use async_graphql::Context;
use futures_util::stream::{self, BoxStream, StreamExt as _};

use super::idle::{Begun, Given};
use crate::{context::Scope, error::Result};

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

/// Returns the entries of a field: those of the feed that `begin` makes or, where the field is resolved
/// for one entry of a feed that has begun before, that entry.
pub(super) async fn entries<F>(
    ctx: &Context<'_>,
    begin: impl Future<Output = Result<F>> + Send,
) -> Result<Entries<F::Entry>>
where
    F: Feed<Entry: 'static>,
{
    if let Some(given) = ctx.data_opt::<Given>() {
        return Ok(stream::iter(given.take()).boxed());
    }
    let feed = begin.await?;
    let scope = Scope::of(ctx);
    let counted = scope.meter().subscription(scope.tenant().await?.stores().id);
    let entries = feed.into_stream().map(move |entry| {
        let _ = &counted;
        entry
    });
    Ok(match ctx.data_opt::<Begun>() {
        None => entries.boxed(),
        Some(begun) => {
            begun.put(entries);
            stream::empty().boxed()
        }
    })
}
