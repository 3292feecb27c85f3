//! The part of the data on which weights are chosen.

use std::cmp::Reverse;

use rand::RngExt;

use super::Validation;
use crate::data::{DataError, Dataset, Interactions, Timestamp};
use crate::ids::{ItemIdx, UserIdx};
use crate::rng;

/// Data without a part of each user's likes, and that part.
pub(super) struct HeldOutPart {
    pub(super) rest: Dataset,
    /// Users and what they liked besides, ascending; never empty.
    pub(super) liked: Vec<(UserIdx, Vec<ItemIdx>)>,
}

/// Takes a share of each user's likes out: the newest where times are known, else a random part. A user
/// keeps one like at least, and gives none with fewer than two.
pub(super) fn hold_out(data: &Dataset, how: &Validation) -> Result<HeldOutPart, DataError> {
    let all = data.interactions();
    let csr = all.user_csr();
    let mut random = rng::stream(how.seed, 0);
    let mut held = vec![false; all.nnz()];
    let mut liked = Vec::new();
    for (user, _) in all.users().iter() {
        let entries = csr.indptr[user.index()]..csr.indptr[user.index() + 1];
        let mut likes: Vec<usize> = entries.filter(|&at| csr.values[at] > 0.0).collect();
        if likes.len() < 2 {
            continue;
        }
        match data.times() {
            Some(times) => likes.sort_by_key(|&at| Reverse((times[at], at))),
            None => {
                let mut keyed: Vec<(u64, usize)> =
                    likes.into_iter().map(|at| (random.random(), at)).collect();
                keyed.sort_unstable();
                likes = keyed.into_iter().map(|(_, at)| at).collect();
            }
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "a share of a count"
        )]
        let count = (likes.len() as f32 * how.share).round() as usize;
        let taken = &likes[..count.clamp(1, likes.len() - 1)];
        let mut items: Vec<ItemIdx> =
            taken.iter().map(|&at| ItemIdx::new(csr.indices[at])).collect();
        items.sort_unstable();
        taken.iter().for_each(|&at| held[at] = true);
        liked.push((user, items));
    }
    Ok(HeldOutPart { rest: without(data, &held)?, liked })
}

/// Returns the data without the entries that are marked.
fn without(data: &Dataset, held: &[bool]) -> Result<Dataset, DataError> {
    let all = data.interactions();
    let csr = all.user_csr();
    let kept = |range: std::ops::Range<usize>| range.filter(|&at| !held[at]);
    let mut indptr = Vec::with_capacity(csr.indptr.len());
    indptr.push(0);
    for pair in csr.indptr.windows(2) {
        indptr.push(indptr[indptr.len() - 1] + kept(pair[0]..pair[1]).count());
    }
    let everything = || kept(0..all.nnz());
    let rest = Interactions::from_csr(
        all.users().clone(),
        all.items().clone(),
        indptr,
        everything().map(|at| csr.indices[at]).collect(),
        everything().map(|at| csr.values[at]).collect(),
    )?;
    let mut rest = Dataset::new(rest);
    if let Some(features) = data.features() {
        rest = rest.with_features(features)?;
    }
    if let Some(times) = data.times() {
        rest = rest.with_times(everything().map(|at| times[at]).collect::<Vec<Timestamp>>())?;
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixtures::{dataset, long_tail, matrix};

    #[test]
    fn nothing_is_lost_and_nobody_loses_everything() {
        let data = Dataset::from(&long_tail(40, 50, 8, 3));
        let part = hold_out(&data, &Validation::default()).unwrap();
        let held: usize = part.liked.iter().map(|(_, items)| items.len()).sum();
        let rest = part.rest.interactions();
        assert_eq!(rest.nnz() + held, data.interactions().nnz());
        for (user, items) in &part.liked {
            assert!(!items.is_empty() && rest.user(*user).positives() > 0);
            for item in items {
                assert!(rest.user(*user).iter().all(|(kept, _)| kept != *item));
            }
        }
    }

    #[test]
    fn the_newest_are_held_out_where_times_are_known() {
        let all = matrix(1, 5, (0..5).map(|item| (0, item, 1.0)));
        let data = Dataset::from(&all)
            .with_times([5, 9, 1, 3, 7].map(Timestamp).to_vec())
            .unwrap()
            .with_features(dataset(&all).features().unwrap().to_vec())
            .unwrap();
        let how = Validation { share: 0.4, ..Validation::default() };
        let part = hold_out(&data, &how).unwrap();
        assert_eq!(part.liked, [(UserIdx::new(0), [1, 4].map(ItemIdx::new).to_vec())]);
        assert_eq!(part.rest.times().unwrap(), [5, 1, 3].map(Timestamp));
        assert!(part.rest.features().is_some());
    }
}
