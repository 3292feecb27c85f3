//! The only bridge from async code to processor-bound work.
//!
//! The rule: whatever may take more than 500 µs runs here, not on a runtime thread.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::oneshot;

use super::{EngineError, ErrorCode, Result};

/// A pool of threads for processor-bound work. Clones share it.
#[derive(Clone)]
pub(super) struct Compute {
    pool: Arc<ThreadPool>,
}

impl Compute {
    /// Starts `threads` threads, one for each processor if 0.
    pub(super) fn start(name: &'static str, threads: usize) -> Result<Self> {
        let pool = ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(move |index| format!("{name}-{index}"))
            .build()
            .map_err(|error| {
                EngineError::new(ErrorCode::Internal, "cannot start the engine's threads")
                    .with_source(error)
            })?;
        Ok(Self { pool: Arc::new(pool) })
    }

    /// Runs `work` on the pool, where rayon's parallel iterators stay on it. A panic in `work` goes
    /// on in the caller.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        let (sender, receiver) = oneshot::channel();
        self.pool.spawn(move || {
            // The caller may have gone; then nobody wants the result.
            let _ = sender.send(catch_unwind(AssertUnwindSafe(work)));
        });
        match receiver.await.expect("the job sends its result or its panic") {
            Ok(value) => value,
            Err(panic) => resume_unwind(panic),
        }
    }
}

impl fmt::Debug for Compute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compute").field("threads", &self.pool.current_num_threads()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_runs_on_the_pool_and_a_panic_comes_back() {
        let compute = Compute::start("test", 1).unwrap();
        let name = compute.run(|| std::thread::current().name().map(str::to_owned)).await;
        assert_eq!(name.as_deref(), Some("test-0"));
        let panicking = compute.clone();
        let outcome = tokio::spawn(async move { panicking.run(|| panic!("on purpose")).await });
        assert!(outcome.await.unwrap_err().is_panic());
        assert_eq!(compute.run(|| 1).await, 1, "the thread survived");
    }
}
