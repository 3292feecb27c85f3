//! From a state that produces one entry after another to a stream.

use std::borrow::Cow;

use async_graphql::{
    ContextSelectionSet, OutputType, Positioned, ServerResult, Value, parser::types::Field,
    registry::Registry,
};
use futures_util::stream::{self, BoxStream, StreamExt as _};

use crate::error::Result;

/// What a subscription field returns.
pub(super) type Entries<T> = BoxStream<'static, Result<Entry<T>>>;

/// An entry that allocates the future in which its fields are resolved. The executor would keep room
/// for it, several kilobytes, in every subscription that waits.
pub(super) struct Entry<T>(T);

impl<T: OutputType> OutputType for Entry<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::qualified_type_name()
    }

    fn introspection_type_name(&self) -> Cow<'static, str> {
        self.0.introspection_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        Box::pin(self.0.resolve(ctx, field)).await
    }
}

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
                Ok(Some(entry)) => Some((Ok(Entry(entry)), Some(feed))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        });
        entries.boxed()
    }
}
