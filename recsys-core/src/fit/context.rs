//! Progress and cancellation of a running fit.

use std::fmt;

use super::FitError;

/// How far a fit is.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// What is being done, as in "als".
    pub stage: &'static str,
    /// Share of the whole work that is done, 0 to 1, never falling.
    pub fraction: f32,
}

/// What a fit tells its caller while it runs, and how the caller stops it.
///
/// # Examples
///
/// ```
/// use recsys_core::fit::FitContext;
///
/// let stop = || false;
/// let show = |progress: recsys_core::fit::Progress| assert!(progress.fraction <= 1.0);
/// let context = FitContext::default().with_cancel(&stop).with_progress(&show);
/// assert!(context.check().is_ok());
/// ```
#[derive(Clone, Copy)]
pub struct FitContext<'a> {
    cancel: Option<&'a (dyn Fn() -> bool + Sync)>,
    progress: Option<&'a (dyn Fn(Progress) + Sync)>,
    /// The part of the whole that this context's work is.
    start: f32,
    end: f32,
}

impl<'a> FitContext<'a> {
    /// Asks `cancel` between pieces of work; `true` stops the fit.
    #[must_use]
    pub fn with_cancel(mut self, cancel: &'a (dyn Fn() -> bool + Sync)) -> Self {
        self.cancel = Some(cancel);
        self
    }

    /// Calls `progress` between pieces of work.
    #[must_use]
    pub fn with_progress(mut self, progress: &'a (dyn Fn(Progress) + Sync)) -> Self {
        self.progress = Some(progress);
        self
    }

    /// Returns a context for step `step` of `steps` of this one's work.
    #[must_use]
    pub fn part(&self, step: usize, steps: usize) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a handful of steps")]
        let share = |at: usize| at as f32 / steps.max(1) as f32;
        let width = self.end - self.start;
        Self {
            start: self.start + width * share(step),
            end: self.start + width * share(step + 1),
            ..*self
        }
    }

    /// Passes unless the caller asked to stop.
    ///
    /// # Errors
    ///
    /// [`FitError::Cancelled`].
    pub fn check(&self) -> Result<(), FitError> {
        match self.cancel {
            Some(cancel) if cancel() => Err(FitError::Cancelled),
            _ => Ok(()),
        }
    }

    /// Reports that `done` of `total` pieces of `stage` are done.
    pub fn report(&self, stage: &'static str, done: usize, total: usize) {
        if let Some(progress) = self.progress {
            #[expect(clippy::cast_precision_loss, reason = "shown to people")]
            let share = (done as f32 / total.max(1) as f32).min(1.0);
            progress(Progress { stage, fraction: self.start + (self.end - self.start) * share });
        }
    }
}

impl Default for FitContext<'_> {
    fn default() -> Self {
        Self { cancel: None, progress: None, start: 0.0, end: 1.0 }
    }
}

impl fmt::Debug for FitContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FitContext")
            .field("cancellable", &self.cancel.is_some())
            .field("observed", &self.progress.is_some())
            .field("start", &self.start)
            .field("end", &self.end)
            .finish()
    }
}
