//! What a model is asked in an evaluation: whom to rank for, and what they turn out to want.

use crate::data::{History, Interactions};
use crate::ids::{ItemIdx, UserIdx};
use crate::query::ItemSet;

/// One user's list that is to be made and measured.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Case {
    /// Who: a user of the training data, or, with a history, of anything that numbers users.
    pub user: UserIdx,
    /// What is folded in; without it the trained user is asked for.
    pub history: Option<History>,
    /// What must not be listed.
    pub exclude: ItemSet,
    /// What is held out, ascending and not empty.
    pub relevant: Vec<ItemIdx>,
}

impl Case {
    /// Asks for a user of the training data.
    #[must_use]
    pub fn trained(user: UserIdx, exclude: ItemSet, relevant: Vec<ItemIdx>) -> Self {
        Self { user, history: None, exclude, relevant: ascending(relevant) }
    }

    /// Asks for a history.
    #[must_use]
    pub fn folded_in(
        user: UserIdx,
        history: History,
        exclude: ItemSet,
        relevant: Vec<ItemIdx>,
    ) -> Self {
        Self { history: Some(history), ..Self::trained(user, exclude, relevant) }
    }
}

/// All that one training and its measurement need.
#[derive(Clone, Debug)]
pub struct Task {
    train: Interactions,
    test: Interactions,
    cases: Vec<Case>,
}

impl Task {
    /// Makes a case of every user with something new and liked in `test`.
    ///
    /// Relevant is what has at least the value `relevant_from` (above 0 when none is given) and stands
    /// neither in the user's training row nor in what is revealed; those are what is not listed.
    /// Users with a row in `revealed` are folded in. All matrices are of parts of one log, so that
    /// positions agree.
    #[must_use]
    pub fn new(
        train: &Interactions,
        revealed: Option<&Interactions>,
        test: &Interactions,
        relevant_from: Option<f32>,
    ) -> Self {
        let relevant_value = |value: f32| match relevant_from {
            Some(least) => value >= least,
            None => value > 0.0,
        };
        let case = |user: UserIdx| {
            let row = revealed.map(|revealed| revealed.user(user)).filter(|row| !row.is_empty());
            let known = row.unwrap_or_else(|| train.user(user));
            let new = test.user(user).iter().filter(|(item, value)| {
                relevant_value(*value) && known.indices().binary_search(&item.get()).is_err()
            });
            let relevant: Vec<ItemIdx> = new.map(|(item, _)| item).collect();
            let exclude = ItemSet::from_ascending(known.indices());
            let history = row.map(History::from_row);
            (!relevant.is_empty()).then_some(Case { user, history, exclude, relevant })
        };
        let cases = test.users().iter().filter_map(|(user, _)| case(user)).collect();
        Self { train: train.clone(), test: test.clone(), cases }
    }

    /// Asks for other cases of the same data.
    #[must_use]
    pub fn with_cases(mut self, cases: Vec<Case>) -> Self {
        self.cases = cases;
        self
    }

    /// Returns what is learnt from.
    #[must_use]
    pub fn train(&self) -> &Interactions {
        &self.train
    }

    /// Returns what is held out, with its values.
    #[must_use]
    pub fn test(&self) -> &Interactions {
        &self.test
    }

    /// Returns whose lists are measured, by user.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }
}

fn ascending(mut items: Vec<ItemIdx>) -> Vec<ItemIdx> {
    items.sort_unstable();
    items.dedup();
    items
}
