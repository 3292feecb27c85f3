//! Fixed-chunk parallelism: the only place that reduces in parallel.
//!
//! Work is cut into chunks that depend on the data only, never on the number of threads; results are
//! put together in the order of the chunks. So every result is the same with one thread and with many.
//! Threads are those of the current rayon pool.

use std::ops::Range;

use rayon::prelude::*;

/// Cuts `0..count` into consecutive ranges whose summed cost is about `target` (at least one element
/// each).
pub(crate) fn balanced_chunks(
    count: usize,
    target: u64,
    cost: impl Fn(usize) -> u64,
) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let (mut start, mut sum) = (0, 0_u64);
    for index in 0..count {
        sum = sum.saturating_add(cost(index));
        if sum >= target {
            chunks.push(start..index + 1);
            (start, sum) = (index + 1, 0);
        }
    }
    if start < count {
        chunks.push(start..count);
    }
    chunks
}

/// Runs `work` on every chunk and returns the results in the order of the chunks.
///
/// `scratch` makes a reusable buffer for a worker; its content must not influence results.
///
/// # Errors
///
/// The error of the first failing chunk, in the order of the chunks, of those that ran.
pub(crate) fn try_map_chunks<W, T: Send, E: Send>(
    chunks: &[Range<usize>],
    scratch: impl Fn() -> W + Sync + Send,
    work: impl Fn(&mut W, Range<usize>) -> Result<T, E> + Sync + Send,
) -> Result<Vec<T>, E> {
    chunks.par_iter().map_init(scratch, |scratch, chunk| work(scratch, chunk.clone())).collect()
}

/// Runs `work` on every chunk together with the rows of `target` that belong to it.
///
/// `target` holds rows of `width` values; the chunks cover all rows in order.
///
/// # Errors
///
/// The error of a failing chunk; the rest of `target` is then unspecified.
pub(crate) fn try_fill_rows<W, E: Send>(
    target: &mut [f32],
    width: usize,
    chunks: &[Range<usize>],
    scratch: impl Fn() -> W + Sync + Send,
    work: impl Fn(&mut W, Range<usize>, &mut [f32]) -> Result<(), E> + Sync + Send,
) -> Result<(), E> {
    let mut rest = target;
    let mut parts = Vec::with_capacity(chunks.len());
    for chunk in chunks {
        let (rows, later) = rest.split_at_mut(chunk.len() * width);
        parts.push((chunk.clone(), rows));
        rest = later;
    }
    parts
        .into_par_iter()
        .map_init(scratch, |scratch, (chunk, rows)| work(scratch, chunk, rows))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_everything_once_and_in_order() {
        for count in [0, 1, 5, 100] {
            let chunks = balanced_chunks(count, 7, |index| index as u64 % 5);
            let covered: Vec<usize> = chunks.iter().cloned().flatten().collect();
            assert_eq!(covered, (0..count).collect::<Vec<_>>());
            assert!(chunks.iter().all(|chunk| !chunk.is_empty()));
        }
    }

    #[test]
    fn results_keep_the_order_of_the_chunks() {
        let chunks = balanced_chunks(1000, 3, |_| 1);
        let starts = try_map_chunks(&chunks, || (), |(), chunk| Ok::<_, ()>(chunk.start));
        assert_eq!(starts, Ok(chunks.iter().map(|chunk| chunk.start).collect()));
    }

    #[test]
    fn rows_are_filled_by_their_chunk_and_errors_come_through() {
        let chunks = balanced_chunks(10, 4, |_| 1);
        let mut target = vec![0.0; 20];
        let fill = |(): &mut (), chunk: Range<usize>, rows: &mut [f32]| {
            for (row, index) in rows.chunks_exact_mut(2).zip(chunk) {
                row.fill(index as f32);
            }
            Ok::<_, usize>(())
        };
        assert_eq!(try_fill_rows(&mut target, 2, &chunks, || (), fill), Ok(()));
        assert_eq!(target[18..], [9.0, 9.0]);
        let fail = |(): &mut (), chunk: Range<usize>, _: &mut [f32]| Err(chunk.start);
        assert!(try_fill_rows(&mut target, 2, &chunks, || (), fail).is_err());
    }
}
