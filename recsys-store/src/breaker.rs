//! A circuit breaker: what fails again and again is left alone for a while.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Counts failures and says whether the next call is worth its waiting.
#[derive(Debug)]
pub(crate) struct Breaker {
    state: Mutex<State>,
    /// Failures in a row after which calls are refused.
    patience: u32,
    /// For how long calls are refused.
    pause: Duration,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// Until when calls are refused. One call is let through then, and the others once it has succeeded.
    refused_until: Option<Instant>,
}

impl Breaker {
    /// Refuses calls for `pause` after `patience` failures in a row.
    pub(crate) fn new(patience: u32, pause: Duration) -> Self {
        Self { state: Mutex::default(), patience, pause }
    }

    /// Tells whether a call at `now` may go ahead. After a pause it may for one caller, until that call has
    /// ended or another pause has passed.
    pub(crate) fn admits(&self, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match state.refused_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                state.refused_until = Some(now + self.pause);
                true
            }
        }
    }

    /// Notes that a call was answered.
    pub(crate) fn answered(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State::default();
    }

    /// Notes that a call was not answered; returns whether calls are refused because of it.
    pub(crate) fn failed(&self, now: Instant) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        if state.failures < self.patience {
            return false;
        }
        state.refused_until = Some(now + self.pause);
        state.failures == self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILURES: u32 = 5;
    const PAUSE: Duration = Duration::from_secs(2);

    fn breaker() -> (Breaker, Instant) {
        (Breaker::new(FAILURES, PAUSE), Instant::now())
    }

    #[test]
    fn failures_in_a_row_stop_calls_for_a_while() {
        let (breaker, now) = breaker();
        for _ in 1..FAILURES {
            assert!(!breaker.failed(now) && breaker.admits(now));
        }
        assert!(breaker.failed(now) && !breaker.admits(now));
        assert!(!breaker.admits(now + PAUSE / 2));
    }

    #[test]
    fn one_caller_tries_again_for_all() {
        let (breaker, now) = breaker();
        for _ in 0..FAILURES {
            breaker.failed(now);
        }
        let later = now + PAUSE;
        assert!(breaker.admits(later) && !breaker.admits(later));
        breaker.failed(later);
        assert!(!breaker.admits(later + PAUSE / 2) && breaker.admits(later + PAUSE));
        breaker.answered();
        assert!(breaker.admits(later + PAUSE) && breaker.admits(later + PAUSE));
    }

    #[test]
    fn an_answer_forgets_earlier_failures() {
        let (breaker, now) = breaker();
        for _ in 0..3 * FAILURES {
            breaker.failed(now);
            breaker.answered();
        }
        assert!(breaker.admits(now));
    }
}
