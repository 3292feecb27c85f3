//! From the log to the matrix: events by user, then by item, each pair's events as one worth.

use std::convert::Infallible;

use super::{InteractionLog, NO_TIME};
use crate::data::aggregation::{Contributing, Scratch, combine};
use crate::data::{Aggregation, DataError, Dataset, Interactions, KindPolicy, Timestamp};
use crate::par::{balanced_chunks, try_map_chunks};

/// Events whose rows are built by one thread at once.
const EVENTS_AT_ONCE: u64 = 1 << 16;

/// Rows of neighbouring users.
#[derive(Debug, Default)]
struct Block {
    items: Vec<u32>,
    worths: Vec<f32>,
    /// When each last happened, if that was asked for.
    newest: Vec<i64>,
    /// End of each user's row in the others.
    ends: Vec<usize>,
}

impl InteractionLog {
    /// Builds the users × items matrix. Ages count from the newest event.
    ///
    /// # Errors
    ///
    /// [`DataError::Param`] when the aggregation's settings are out of range.
    ///
    /// # Complexity
    ///
    /// A counting sort by user and a sort of each user's events by item; rows in parallel.
    pub fn to_interactions(&self, how: &Aggregation) -> Result<Interactions, DataError> {
        self.matrix(how, false).map(|(interactions, _)| interactions)
    }

    /// Builds the users × items matrix and, if the time of any event is known, when each entry last
    /// happened. An entry of which no event has a time counts as old as the oldest event.
    ///
    /// # Errors
    ///
    /// Those of [`to_interactions`](Self::to_interactions).
    pub fn to_dataset(&self, how: &Aggregation) -> Result<Dataset, DataError> {
        let known = self.at.iter().copied().filter(|&at| at != NO_TIME);
        let Some(oldest) = known.min() else {
            return self.to_interactions(how).map(Dataset::new);
        };
        let (interactions, times) = self.matrix(how, true)?;
        let times = times.into_iter().map(|at| Timestamp(at.max(oldest)));
        Dataset::new(interactions).with_times(times.collect::<Vec<_>>())
    }

    /// The matrix and, if wished, the newest time of each entry, which may be [`NO_TIME`].
    fn matrix(
        &self,
        how: &Aggregation,
        timed: bool,
    ) -> Result<(Interactions, Vec<i64>), DataError> {
        how.check()?;
        let policies: Vec<KindPolicy> = self.kinds.iter().map(|kind| how.policy(kind)).collect();
        let reference = self.newest();
        let (starts, events) = self.by_user();
        let chunks = balanced_chunks(self.users.len(), EVENTS_AT_ONCE, |user| {
            (starts[user + 1] - starts[user]) as u64 + 1
        });
        let blocks = try_map_chunks(&chunks, Scratch::default, |scratch, users| {
            let mut block = Block::default();
            for user in users {
                let events = &events[starts[user]..starts[user + 1]];
                self.add_row(events, &policies, how, reference, timed, scratch, &mut block);
            }
            Ok::<_, Infallible>(block)
        });
        let Ok(blocks) = blocks;
        drop(events);
        let mut indptr = Vec::with_capacity(self.users.len() + 1);
        indptr.push(0);
        let nnz = blocks.iter().map(|block| block.items.len()).sum();
        let (mut indices, mut values) = (Vec::with_capacity(nnz), Vec::with_capacity(nnz));
        let mut times = Vec::with_capacity(if timed { nnz } else { 0 });
        for block in blocks {
            times.extend_from_slice(&block.newest);
            let before = indices.len();
            indices.extend_from_slice(&block.items);
            values.extend_from_slice(&block.worths);
            indptr.extend(block.ends.iter().map(|end| before + end));
        }
        let (users, items) = (self.users.clone(), self.items.clone());
        Ok((Interactions::from_csr(users, items, indptr, indices, values)?, times))
    }

    /// Returns where each user's events start in the returned list, and for each event its item and
    /// its position in the log, user by user, in arrival order.
    fn by_user(&self) -> (Vec<usize>, Vec<(u32, u32)>) {
        let mut starts = vec![0; self.users.len() + 1];
        for &user in &self.user {
            starts[user as usize + 1] += 1;
        }
        for user in 1..starts.len() {
            starts[user] += starts[user - 1];
        }
        let mut next = starts.clone();
        let mut events = vec![(0, 0); self.len()];
        for ((position, &user), &item) in (0..).zip(&self.user).zip(&self.item) {
            let next = &mut next[user as usize];
            events[*next] = (item, position);
            *next += 1;
        }
        (starts, events)
    }

    /// Adds one user's row to `block`.
    fn add_row(
        &self,
        events: &[(u32, u32)],
        policies: &[KindPolicy],
        how: &Aggregation,
        reference: Option<Timestamp>,
        timed: bool,
        scratch: &mut Scratch,
        block: &mut Block,
    ) {
        let mut sorted = events.to_vec();
        sorted.sort_unstable();
        for group in sorted.chunk_by(|left, right| left.0 == right.0) {
            let contributing = group.iter().map(|&(_, at)| {
                let at = at as usize;
                Contributing {
                    kind: u32::from(self.kind[at]),
                    policy: policies[usize::from(self.kind[at])],
                    value: self.value[at],
                    at: self.time(at),
                    retained: how.retained(self.time(at), reference),
                }
            });
            let worth = combine(contributing, scratch);
            if worth != 0.0 {
                block.items.push(group[0].0);
                block.worths.push(worth);
                if timed {
                    block.newest.extend(group.iter().map(|&(_, at)| self.at[at as usize]).max());
                }
            }
        }
        block.ends.push(block.items.len());
    }
}
