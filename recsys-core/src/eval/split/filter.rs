//! Leaving out of the measured part what training does not know, or knows already.

use std::collections::HashSet;

use super::{Part, Split, SplitConfig};
use crate::data::InteractionLog;
use crate::ids::{ItemIdx, UserIdx};

/// What stands in the parts that a model is shown.
struct Known {
    users: Vec<bool>,
    items: Vec<bool>,
    pairs: HashSet<(UserIdx, ItemIdx)>,
}

impl Known {
    fn new(log: &InteractionLog) -> Self {
        let (users, items) = (vec![false; log.users().len()], vec![false; log.items().len()]);
        Self { users, items, pairs: HashSet::new() }
    }

    /// Notes an event that is learnt from or, with `trained` false, one that is only revealed.
    fn add(&mut self, config: &SplitConfig, user: UserIdx, item: ItemIdx, trained: bool) {
        self.users[user.index()] = true;
        self.items[item.index()] |= trained;
        if config.drop_seen_pairs {
            self.pairs.insert((user, item));
        }
    }

    fn drops(&self, config: &SplitConfig, user: UserIdx, item: ItemIdx) -> bool {
        config.drop_unseen_users && !self.users[user.index()]
            || config.drop_unseen_items && !self.items[item.index()]
            || self.pairs.contains(&(user, item))
    }
}

/// Turns [`Part::Test`] into [`Part::Dropped`] where the options say so.
pub(super) fn apply(config: &SplitConfig, log: &InteractionLog, parts: &mut [Part]) {
    let mut known = Known::new(log);
    for (event, part) in log.iter().zip(&*parts) {
        if matches!(part, Part::Train | Part::Revealed) {
            known.add(config, event.user, event.item, *part == Part::Train);
        }
    }
    for (event, part) in log.iter().zip(parts) {
        if *part == Part::Test && known.drops(config, event.user, event.item) {
            *part = Part::Dropped;
        }
    }
}

pub(super) fn filtered(config: &SplitConfig, split: &Split) -> Split {
    let mut known = Known::new(&split.train);
    for event in split.train.iter() {
        known.add(config, event.user, event.item, true);
    }
    for event in split.revealed.iter() {
        known.add(config, event.user, event.item, false);
    }
    let test = split.test.filtered(|_, event| !known.drops(config, event.user, event.item));
    Split { test, ..split.clone() }
}
