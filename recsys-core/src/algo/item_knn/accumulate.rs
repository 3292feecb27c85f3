//! The inner loop of training: one row of co-occurrence, then its strongest entries.

use super::similarity::Weighted;

/// Bits of a word.
const WORD: usize = u64::BITS as usize;

/// Buffers of one worker. Between rows everything is zero or empty.
///
/// `WIDTH` is 2 when common users have to be counted, and 1 when nothing needs the count.
#[derive(Debug)]
pub(in crate::algo) struct Accumulator<const WIDTH: usize> {
    /// By item: co-occurrence and, beside it in the same cache line, the number of common users.
    sums: Vec<[f32; WIDTH]>,
    /// Items whose sum is not zero: the first `n_touched` entries.
    touched: Vec<u32>,
    n_touched: usize,
    /// Sort keys of candidates, best first in ascending order.
    best: Vec<u64>,
    /// A bit for each item.
    chosen: Vec<u64>,
}

/// Words of [`Accumulator::chosen`] that are looked through in the time that sorting takes for one item.
const WORDS_FOR_SORTING_ONE: usize = 16;

/// An item's weight in the making of a row: how a co-occurrence becomes a similarity.
#[derive(Clone, Copy, Debug)]
pub(in crate::algo) struct Scaling<'a> {
    /// Factor of the row's own item.
    pub(in crate::algo) row: f32,
    /// Factor of the other item.
    pub(in crate::algo) others: &'a [f32],
    /// Power of the co-occurrence, when it is not 1.
    pub(in crate::algo) power: Option<f32>,
    /// Shrinkage towards 0 of pairs with few common users.
    pub(in crate::algo) shrinkage: f32,
}

impl<const WIDTH: usize> Accumulator<WIDTH> {
    pub(in crate::algo) fn new(n_items: usize) -> Self {
        Self {
            sums: vec![[0.0; WIDTH]; n_items],
            // One place more than there are items: the entry past the last is written before it is known
            // whether it counts.
            touched: vec![0; n_items + 1],
            n_touched: 0,
            best: Vec::new(),
            chosen: vec![0; n_items.div_ceil(WORD)],
        }
    }

    /// Sums the co-occurrence of `item` with every other item.
    pub(super) fn add_row(&mut self, data: &Weighted, item: usize) {
        let (users, weights) = data.items.row(item);
        for (&user, &weight) in users.iter().zip(weights) {
            let (others, values) = data.users.row(user as usize);
            self.add(weight * data.user_factors[user as usize], others, values);
        }
    }

    /// Adds `weight` times a row of values. All products are above zero.
    #[inline]
    pub(in crate::algo) fn add(&mut self, weight: f32, others: &[u32], values: &[f32]) {
        let mut n_touched = self.n_touched;
        // Contributions are above zero, so a sum of zero means "not touched yet". The list is
        // written unconditionally and its end moved, as a branch could not be predicted.
        for (&other, &value) in others.iter().zip(values) {
            let cell = &mut self.sums[other as usize];
            self.touched[n_touched] = other;
            n_touched += usize::from(cell[0] <= 0.0);
            cell[0] += weight * value;
            if let Some(count) = cell.get_mut(1) {
                *count += 1.0;
            }
        }
        self.n_touched = n_touched;
    }

    /// Moves the strongest `keep` similarities of the row (all without a limit) to the end of `items`
    /// and `weights`, by ascending item; leaves out what is `excluded`, which is asked of contenders
    /// only.
    pub(in crate::algo) fn take_row(
        &mut self,
        excluded: impl Fn(u32) -> bool,
        scaling: Scaling<'_>,
        keep: Option<usize>,
        items: &mut Vec<u32>,
        weights: &mut Vec<f32>,
    ) {
        let Self { sums, touched, n_touched, best, chosen } = self;
        let keep = keep.unwrap_or(usize::MAX);
        let room = keep.saturating_mul(2);
        let mut threshold = 0.0;
        best.clear();
        for &other in &touched[..*n_touched] {
            let at = other as usize;
            let cell = std::mem::replace(&mut sums[at], [0.0; WIDTH]);
            let mut similarity = cell[0];
            if let Some(power) = scaling.power {
                similarity = similarity.powf(power);
            }
            similarity *= scaling.others[at];
            if let Some(count) = cell.get(1) {
                similarity *= count / (count + scaling.shrinkage);
            }
            if similarity >= threshold && similarity > 0.0 && !excluded(other) {
                best.push(key(other, similarity));
                if best.len() >= room {
                    best.select_nth_unstable(keep - 1);
                    best.truncate(keep);
                    threshold = of_key(best[keep - 1]).1;
                }
            }
        }
        *n_touched = 0;
        if best.len() > keep {
            best.select_nth_unstable(keep - 1);
            best.truncate(keep);
        }
        let mut take = |other: u32, similarity: f32| {
            // What vanishes in `f32` is no neighbour.
            let weight = (similarity * scaling.row).min(f32::MAX);
            if weight > 0.0 {
                items.push(other);
                weights.push(weight);
            }
        };
        if chosen.len() > WORDS_FOR_SORTING_ONE * best.len() {
            best.sort_unstable_by_key(|&key| of_key(key).0);
            best.iter().for_each(|&key| {
                let (other, similarity) = of_key(key);
                take(other, similarity);
            });
            return;
        }
        // In order without sorting: back to the places they came from, each with a bit.
        for &key in best.iter() {
            let (other, similarity) = of_key(key);
            sums[other as usize][0] = similarity;
            chosen[other as usize / WORD] |= 1 << (other as usize % WORD);
        }
        for (first, word) in (0_u32..).step_by(WORD).zip(chosen) {
            let mut bits = std::mem::take(word);
            while bits != 0 {
                let other = first + bits.trailing_zeros();
                bits &= bits - 1;
                take(other, std::mem::replace(&mut sums[other as usize][0], 0.0));
            }
        }
    }
}

/// Orders by similarity descending, then item ascending. The bits of floats above zero order like the
/// floats.
fn key(item: u32, similarity: f32) -> u64 {
    u64::from(!similarity.to_bits()) << 32 | u64::from(item)
}

#[expect(clippy::cast_possible_truncation, reason = "takes the halves of a key apart")]
fn of_key(key: u64) -> (u32, f32) {
    (key as u32, f32::from_bits(!((key >> 32) as u32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_ascends_by_item_in_a_small_catalogue_and_in_a_large_one() {
        for n_items in [500, 500_000] {
            let mut accumulator = Accumulator::<1>::new(n_items);
            let ones = vec![1.0; n_items];
            let scaling = Scaling { row: 1.0, others: &ones, power: None, shrinkage: 0.0 };
            for _ in 0..2 {
                accumulator.add(1.0, &[3, 7, 64, 400], &[3.0, 1.0, 2.0, 4.0]);
                accumulator.add(1.0, &[0, 7, 499], &[0.5, 4.0, 0.25]);
                let (mut items, mut weights) = (Vec::new(), Vec::new());
                accumulator.take_row(
                    |item| item == 400,
                    scaling,
                    Some(3),
                    &mut items,
                    &mut weights,
                );
                assert_eq!(items, [3, 7, 64]);
                assert_eq!(weights, [3.0, 5.0, 2.0]);
            }
        }
    }

    #[test]
    fn keys_order_by_similarity_then_item() {
        let mut keys = [key(7, 0.5), key(3, 0.5), key(9, 2.0), key(1, 1e-30)];
        keys.sort_unstable();
        assert_eq!(keys.map(of_key), [(9, 2.0), (3, 0.5), (7, 0.5), (1, 1e-30)]);
    }
}
