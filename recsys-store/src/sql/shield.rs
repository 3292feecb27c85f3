//! Work that goes on when nobody waits for it any more, and work in threads.

use tokio::task::JoinError;

use crate::error::{Backend, Result, StoreError, StoreErrorKind};

/// Runs `work` to its end, whether or not the caller still waits for it.
pub(crate) async fn shielded<T: Send + 'static>(
    backend: Backend,
    op: &'static str,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    outcome(backend, op, tokio::spawn(work).await)?
}

/// Runs what takes long in a thread of its own.
pub(crate) async fn aside<T: Send + 'static>(
    backend: Backend,
    op: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    outcome(backend, op, tokio::task::spawn_blocking(work).await)
}

fn outcome<T>(backend: Backend, op: &'static str, ended: Result<T, JoinError>) -> Result<T> {
    match ended {
        Ok(value) => Ok(value),
        Err(stopped) if stopped.is_panic() => std::panic::resume_unwind(stopped.into_panic()),
        Err(stopped) => Err(StoreError::new(backend, op, StoreErrorKind::Unavailable)
            .with_context("the process is shutting down")
            .with_source(stopped)),
    }
}
