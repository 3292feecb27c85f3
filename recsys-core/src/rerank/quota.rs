//! At most so many items of a group on one list.

use std::collections::HashMap;
use std::hash::Hash;

/// Picks `k` positions of a pool of `pool` items, best first, with at most `most` of each group.
///
/// `groups_of` gives the groups of a position; one without groups always fits. When the quota leaves the
/// list short, the best of the rest fill it up, in order, at its end: a list is never shorter for it.
///
/// # Examples
///
/// ```
/// use recsys_core::rerank::with_quota;
///
/// let genre = ["war", "war", "war", "love"];
/// assert_eq!(with_quota(4, |at| [genre[at]], 2, 3), [0, 1, 3]);
/// assert_eq!(with_quota(4, |at| [genre[at]], 1, 4), [0, 3, 1, 2]);
/// ```
#[must_use]
pub fn with_quota<G: Eq + Hash, I: IntoIterator<Item = G>>(
    pool: usize,
    groups_of: impl Fn(usize) -> I,
    most: usize,
    k: usize,
) -> Vec<usize> {
    let mut counts: HashMap<G, usize> = HashMap::new();
    let (mut placed, mut over) = (Vec::with_capacity(k.min(pool)), Vec::new());
    for at in 0..pool {
        if placed.len() >= k {
            break;
        }
        let groups: Vec<G> = groups_of(at).into_iter().collect();
        if groups.iter().all(|group| counts.get(group).is_none_or(|&count| count < most)) {
            for group in groups {
                *counts.entry(group).or_default() += 1;
            }
            placed.push(at);
        } else {
            over.push(at);
        }
    }
    let short = k.saturating_sub(placed.len());
    placed.extend(over.into_iter().take(short));
    placed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_list_is_full_and_over_quota_only_where_it_must(
            groups in prop::collection::vec(0..4u8, 0..30), most in 0..5usize, k in 0..35usize,
        ) {
            let order = with_quota(groups.len(), |at| [groups[at]], most, k);
            prop_assert_eq!(order.len(), k.min(groups.len()));
            let mut unique = order.clone();
            unique.sort_unstable();
            unique.dedup();
            prop_assert_eq!(unique.len(), order.len());
            let within: usize =
                (0..4).map(|group| groups.iter().filter(|&&g| g == group).count().min(most)).sum();
            let head = &order[..within.min(order.len())];
            for group in 0..4 {
                prop_assert!(head.iter().filter(|&&at| groups[at] == group).count() <= most);
            }
        }
    }

    #[test]
    fn an_item_of_several_groups_counts_in_each() {
        let groups = [vec!["war", "love"], vec!["love"], vec![], vec!["war"]];
        assert_eq!(with_quota(4, |at| groups[at].clone(), 1, 3), [0, 2, 1]);
    }
}
