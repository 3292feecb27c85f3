//! Tasks of cold users and cold items.

use rand::seq::SliceRandom;

use super::SliceConfig;
use crate::data::{History, InteractionLog, Interactions};
use crate::eval::{Case, EvalError, Task};
use crate::ids::{ItemIdx, UserIdx};
use crate::query::ItemSet;
use crate::rng;

/// Random streams: which users or items are cold; the others are of one user each.
const CHOICE: u64 = 0;

/// A training set, and what its models are asked.
#[derive(Clone, Debug)]
pub(in crate::eval) struct ColdTask {
    /// What is learnt from.
    pub(in crate::eval) train: InteractionLog,
    /// The items without events in `train` that are ranked among themselves too; empty for cold users.
    pub(in crate::eval) items: ItemSet,
    /// What is asked: for cold users once for each number of revealed items.
    pub(in crate::eval) questions: Vec<(u32, Task)>,
}

/// Holds users out of `log`, of which `whole` is the matrix.
pub(in crate::eval) fn cold_users(
    log: &InteractionLog,
    whole: &Interactions,
    relevant: impl Fn(f32) -> bool,
    config: &SliceConfig,
) -> Result<ColdTask, EvalError> {
    let most = config.cold_user_reveals.iter().max().copied().unwrap_or(0) as usize;
    let liked = |user: UserIdx| {
        let row = whole.user(user).iter().filter(|(_, value)| relevant(*value));
        row.collect::<Vec<(ItemIdx, f32)>>()
    };
    let enough = |user: &UserIdx| liked(*user).len() > most;
    let mut users: Vec<UserIdx> =
        whole.users().iter().map(|(user, _)| user).filter(enough).collect();
    let count = (config.cold_user_share * whole.n_users() as f64).round() as usize;
    let (cold, _) = users.partial_shuffle(&mut rng::stream(config.seed, CHOICE), count.max(1));
    let mut cold = cold.to_vec();
    cold.sort_unstable();
    if cold.is_empty() {
        return Err(EvalError::Split("no user has enough items to be held out"));
    }
    let is_cold = |user: UserIdx| cold.binary_search(&user).is_ok();
    let train = log.filtered(|_, event| !is_cold(event.user));
    let case = |user: UserIdx, revealed: usize| {
        let mut items = liked(user);
        items.shuffle(&mut rng::stream(config.seed, u64::from(user.get()) + 1));
        let known = items[..most].iter().map(|(item, _)| *item).collect();
        let exclude = ItemSet::new(known, whole.n_items())?;
        let relevant = items[most..].iter().map(|(item, _)| *item).collect();
        // Of somebody of whom nothing is known the model is asked as of a user without a row.
        if revealed == 0 {
            return Ok(Case::trained(user, exclude, relevant));
        }
        let history = History::new(items[..revealed].to_vec());
        Ok(Case::folded_in(user, history, exclude, relevant))
    };
    let question = |&revealed: &u32| {
        let cases = cold.iter().map(|&user| case(user, revealed as usize));
        let cases = cases.collect::<Result<Vec<_>, EvalError>>()?;
        Ok((revealed, Task::new(whole, None, whole, None).with_cases(cases)))
    };
    let questions = config.cold_user_reveals.iter().map(question);
    let questions = questions.collect::<Result<_, EvalError>>()?;
    Ok(ColdTask { train, items: ItemSet::default(), questions })
}

/// Takes items out of `log`; users' liked events on them are what is asked for.
pub(in crate::eval) fn cold_items(
    log: &InteractionLog,
    whole: &Interactions,
    relevant: impl Fn(f32) -> bool,
    share: f64,
    seed: u64,
) -> Result<ColdTask, EvalError> {
    let mut touched = vec![false; whole.n_items()];
    whole.user_csr().indices.iter().for_each(|&item| touched[item as usize] = true);
    let mut items: Vec<ItemIdx> =
        whole.items().iter().map(|(item, _)| item).filter(|item| touched[item.index()]).collect();
    let count = (share * items.len() as f64).round() as usize;
    let (cold, _) = items.partial_shuffle(&mut rng::stream(seed, CHOICE), count.max(1));
    let cold = ItemSet::new(cold.to_vec(), whole.n_items())?;
    let train = log.filtered(|_, event| !cold.contains(event.item));
    let case = |user: UserIdx| {
        let (on_cold, on_warm): (Vec<_>, Vec<_>) =
            whole.user(user).iter().partition(|(item, _)| cold.contains(*item));
        let wanted = on_cold.iter().filter(|(_, value)| relevant(*value));
        let wanted: Vec<ItemIdx> = wanted.map(|(item, _)| *item).collect();
        // Somebody who only ever touched cold items is a cold user, which is another question.
        let known = on_warm.iter().any(|(_, value)| relevant(*value));
        let seen = on_warm.into_iter().map(|(item, _)| item.get()).collect::<Vec<u32>>();
        let asked = known && !wanted.is_empty();
        asked.then(|| Case::trained(user, ItemSet::from_ascending(&seen), wanted))
    };
    let cases: Vec<Case> = whole.users().iter().filter_map(|(user, _)| case(user)).collect();
    if cases.is_empty() {
        return Err(EvalError::Split("nobody liked an item that could be cold"));
    }
    let task = Task::new(whole, None, whole, None).with_cases(cases);
    Ok(ColdTask { train, items: cold, questions: vec![(0, task)] })
}
