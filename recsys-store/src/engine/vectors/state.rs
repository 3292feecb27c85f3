//! What this process knows of the index of one tenant.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;
use uuid::Uuid;

use crate::traits::Embedder;
use crate::types::VectorCollection;

/// How long a vector store may take to show what was written.
const SHOWN: Duration = Duration::from_secs(15);

/// How long an embedder that failed is not asked for an answer that somebody waits for.
const RESTING: Duration = Duration::from_secs(5);

/// What keeps an index from being filled or searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IndexTrouble {
    /// What makes vectors of descriptions does not do it.
    Embedder,
    /// The vector store does not answer.
    Vectors,
}

/// What an index is filled with.
#[derive(Debug)]
pub(in super::super) struct Target {
    pub(super) embedder: Arc<dyn Embedder>,
    /// The version of an embedder that was fitted on the catalogue.
    pub(super) version: Option<Uuid>,
    pub(super) collection: VectorCollection,
}

impl Target {
    /// Tells whether vectors made for one may be compared with those for the other.
    fn is(&self, other: &Self) -> bool {
        self.version == other.version && self.collection == other.collection
    }
}

/// How far filling has come.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    target: Arc<Target>,
    /// Changes of the catalogue up to this revision are in.
    pub(super) revision: u64,
    /// Points that there were when all changes were in.
    pub(super) points: u64,
    /// Whether the store was away since.
    pub(super) was_away: bool,
}

/// The index of one tenant.
#[derive(Debug, Default)]
pub(in super::super) struct Index {
    state: Mutex<State>,
    /// Tells those who wait for it that nothing is to be done.
    rested: Notify,
}

#[derive(Debug, Default)]
struct State {
    progress: Option<Progress>,
    /// What is searched: the target that was filled last.
    searched: Option<Arc<Target>>,
    trouble: Option<IndexTrouble>,
    /// When an embedder that failed is asked again by those who wait for it.
    asked_again: Option<Instant>,
    /// Another one whenever an answer may have changed.
    epoch: u64,
    /// When the store has certainly shown what was written.
    shown: Option<Instant>,
    /// Whether a task fills the index.
    is_tended: bool,
    /// Whether somebody has asked for that since the task last looked.
    is_wanted: bool,
}

impl Index {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for filling; true if no task does it yet, and the caller is to start one.
    pub(super) fn want(&self) -> bool {
        let mut state = self.state();
        state.is_wanted = true;
        !std::mem::replace(&mut state.is_tended, true)
    }

    /// Notes that the task begins to look at what is to be done.
    pub(super) fn begin(&self) {
        self.state().is_wanted = false;
    }

    /// Tells whether the task may end: nobody has asked for more since it began to look.
    pub(super) fn rest(&self) -> bool {
        let mut state = self.state();
        state.is_tended = state.is_wanted;
        if !state.is_tended {
            self.rested.notify_waiters();
        }
        !state.is_tended
    }

    /// Waits until the task rests, from the moment of the call.
    pub(super) fn rested(&self) -> Notified<'_> {
        self.rested.notified()
    }

    /// Tells whether something is to be done for the embedder of this version and a catalogue described up to
    /// `revision`.
    pub(super) fn is_behind(&self, version: Option<Uuid>, revision: u64) -> bool {
        let state = self.state();
        let reached = |progress: &Progress| {
            let Progress { target, revision: reached, was_away, .. } = progress;
            target.version == version && *reached >= revision && !was_away
        };
        !state.progress.as_ref().is_some_and(reached)
    }

    /// Returns how far filling has come for `target`; `None` if it was not begun.
    pub(super) fn progress(&self, target: &Target) -> Option<Progress> {
        self.state().progress.clone().filter(|progress| progress.target.is(target))
    }

    /// Notes that changes up to `revision` are in.
    pub(super) fn advance(&self, target: &Arc<Target>, revision: u64) {
        let mut state = self.state();
        let former = state.progress.take().filter(|progress| progress.target.is(target));
        let points = former.map_or(0, |former| former.points);
        let target = Arc::clone(target);
        state.progress = Some(Progress { target, revision, points, was_away: false });
        state.trouble = None;
        state.changed();
    }

    /// Notes that `target` can be searched while it is looked through, if nothing else is.
    pub(super) fn search_meanwhile(&self, target: &Arc<Target>) {
        let mut state = self.state();
        if state.searched.is_none() {
            state.searched = Some(Arc::clone(target));
            state.changed();
        }
    }

    /// Notes that all is in, so that `target` can be searched; returns what was searched before, if that is of
    /// another collection.
    pub(super) fn settle(
        &self,
        target: &Arc<Target>,
        revision: u64,
        points: u64,
    ) -> Option<Arc<Target>> {
        self.advance(target, revision);
        let mut state = self.state();
        if let Some(progress) = &mut state.progress {
            progress.points = points;
        }
        let former = state.searched.replace(Arc::clone(target));
        former.filter(|former| former.collection != target.collection)
    }

    /// Notes what went wrong. A store that is away is not searched until something was written to it again.
    pub(super) fn failed(&self, trouble: IndexTrouble) {
        let mut state = self.state();
        if trouble == IndexTrouble::Vectors
            && let Some(progress) = &mut state.progress
        {
            progress.was_away = true;
        }
        if state.trouble.replace(trouble) != Some(trouble) {
            state.changed();
        }
    }

    /// Notes that the embedder failed while somebody waited for it.
    pub(super) fn rest_embedder(&self) {
        self.state().asked_again = Some(Instant::now() + RESTING);
    }

    /// Tells whether the embedder failed just now.
    pub(super) fn embedder_rests(&self) -> bool {
        self.state().asked_again.is_some_and(|again| again > Instant::now())
    }

    pub(in super::super) fn trouble(&self) -> Option<IndexTrouble> {
        self.state().trouble
    }

    /// Returns what to search, `None` while there is nothing or the store is away.
    pub(super) fn searched(&self) -> Option<Arc<Target>> {
        let state = self.state();
        let is_away = state.trouble == Some(IndexTrouble::Vectors);
        state.searched.clone().filter(|_| !is_away)
    }

    /// Returns a number that is another one whenever an answer may have changed.
    pub(in super::super) fn epoch(&self) -> u64 {
        let mut state = self.state();
        if state.shown.is_some_and(|shown| shown <= Instant::now()) {
            state.shown = None;
            state.epoch += 1;
        }
        state.epoch
    }
}

impl State {
    fn changed(&mut self) {
        self.epoch += 1;
        self.shown = Some(Instant::now() + SHOWN);
    }
}
