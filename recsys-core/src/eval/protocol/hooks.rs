//! What an evaluation asks of its caller, who owns the clock, the screen and the files.

use std::fmt;
use std::time::Duration;

use super::system::Span;
use crate::eval::EvalError;
use crate::eval::search::SearchState;
use crate::fit::{FitContext, Progress};

/// How far an evaluation is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EvaluationProgress {
    /// What is being done, as in `als: training`.
    pub stage: String,
    /// Share of the whole that is done, 0 to 1, never falling.
    pub fraction: f64,
}

/// Keeps what searches have tried, so that an interrupted one goes on.
pub trait SearchKeeper {
    /// Returns what was kept of the search of the algorithm called `name`.
    fn restore(&self, name: &str) -> Option<SearchState>;

    /// Keeps it, after each trial.
    fn keep(&self, name: &str, state: &SearchState);
}

/// What the caller provides; nothing is needed.
#[derive(Clone, Copy, Default)]
pub struct Hooks<'a> {
    cancel: Option<&'a (dyn Fn() -> bool + Sync)>,
    clock: Option<&'a (dyn Fn() -> Duration + Sync)>,
    keeper: Option<&'a dyn SearchKeeper>,
    progress: Option<&'a (dyn Fn(&EvaluationProgress) + Sync)>,
}

impl<'a> Hooks<'a> {
    /// Asks `cancel` between pieces of work; `true` stops the evaluation.
    #[must_use]
    pub fn with_cancel(mut self, cancel: &'a (dyn Fn() -> bool + Sync)) -> Self {
        self.cancel = Some(cancel);
        self
    }

    /// Measures durations by the time since any fixed moment; without it all durations are 0.
    #[must_use]
    pub fn with_clock(mut self, clock: &'a (dyn Fn() -> Duration + Sync)) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Restores and keeps the states of searches.
    #[must_use]
    pub fn with_keeper(mut self, keeper: &'a dyn SearchKeeper) -> Self {
        self.keeper = Some(keeper);
        self
    }

    /// Calls `progress` between pieces of work.
    #[must_use]
    pub fn with_progress(mut self, progress: &'a (dyn Fn(&EvaluationProgress) + Sync)) -> Self {
        self.progress = Some(progress);
        self
    }

    pub(super) fn keeper(&self) -> Option<&'a dyn SearchKeeper> {
        self.keeper
    }

    pub(super) fn now(&self) -> Duration {
        self.clock.map_or(Duration::ZERO, |clock| clock())
    }

    /// Seconds since `start`.
    pub(super) fn since(&self, start: Duration) -> f64 {
        self.now().saturating_sub(start).as_secs_f64()
    }

    pub(super) fn check(&self) -> Result<(), EvalError> {
        match self.cancel {
            Some(cancel) if cancel() => Err(EvalError::Cancelled),
            _ => Ok(()),
        }
    }

    pub(super) fn report(&self, stage: impl Into<String>, fraction: f64) {
        if let Some(progress) = self.progress {
            progress(&EvaluationProgress { stage: stage.into(), fraction });
        }
    }

    /// Runs `work` with a context whose progress is shown as `name`'s in a part of the whole.
    pub(super) fn in_context<T>(
        &self,
        name: &str,
        span: Span,
        work: impl FnOnce(&FitContext<'_>) -> T,
    ) -> T {
        let never = || false;
        // Not the whole of `self`: who keeps searches need not be shared between threads.
        let shown = self.progress;
        let show = |progress: Progress| {
            let Some(shown) = shown else { return };
            let fraction = span.at(f64::from(progress.fraction));
            let stage = progress.stage;
            let stage = if stage == name { name.to_owned() } else { format!("{name}: {stage}") };
            shown(&EvaluationProgress { stage, fraction });
        };
        let cancel = self.cancel.unwrap_or(&never);
        work(&FitContext::default().with_cancel(cancel).with_progress(&show))
    }
}

impl fmt::Debug for Hooks<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("cancel", &self.cancel.is_some())
            .field("clock", &self.clock.is_some())
            .field("keeper", &self.keeper.is_some())
            .field("progress", &self.progress.is_some())
            .finish()
    }
}
