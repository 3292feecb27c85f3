//! Work that goes on when nobody waits for it any more.

use crate::error::{Backend, Result, StoreError, StoreErrorKind};

/// Runs `work` to its end, whether or not the caller still waits for it.
pub(crate) async fn shielded<T: Send + 'static>(
    backend: Backend,
    op: &'static str,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    match tokio::spawn(work).await {
        Ok(result) => result,
        Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
        Err(stopped) => Err(StoreError::new(backend, op, StoreErrorKind::Unavailable)
            .with_context("the process is shutting down")
            .with_source(stopped)),
    }
}
