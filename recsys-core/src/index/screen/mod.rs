//! Exact top-k by inner products, most of which are only bounded.
//!
//! Items and users are rounded to bytes. A sum of products of bytes says a score to within what
//! rounding can have changed, about one part in fifty of the product of the two vectors' lengths:
//! with `x'` and `y'` for the rounded vectors, Cauchy and Schwarz have
//!
//! ```text
//! |x · y - x' · y'|  ≤  |x| |y - y'| + |x - x'| |y'|
//! ```
//!
//! An item whose score cannot reach the list even so is passed over; the others, some tens of a large
//! catalogue, are scored from their `f32` vectors. So the lists are those of ranking all scores, bit for
//! bit: the bound allows for the rounding of `f32` scores too, and where it cannot be had (a
//! vector so long that products overflow) everything is scored.
//!
//! Items come in panels of 64 by descending length of vector. So thresholds rise at once, and the
//! scan ends where the product of the lengths is below the list's threshold.
//!
//! Cost: with AVX-512 VNNI two instructions for 64 products where `f32` takes four, and a quarter of
//! the memory traffic; memory of one byte a factor and four an item beside the factors. What stands after the
//! tastes (biases, constants) would make the steps coarse, and stays `f32`.
//!
//! Teflioudi, Gemulla, Mykytiuk, *LEMP: fast retrieval of large entries in a matrix product*, SIGMOD 2015, scan by
//! descending length; Li, Chan, Yiu, Mamoulis, *FEXIPRO: fast and exact inner product retrieval in recommender
//! systems*, SIGMOD 2017, bound by integers. Their bounds by the first entries only were left out: tails
//! of factors are not short, also after a rotation by the eigenvectors of the items' Gram matrix (ALS's
//! factors stand so already), and where they close a pair its neighbours in the vector are seldom closed
//! as well. `benches/README.md` has the figures.

mod codes;
mod query;
mod scan;
#[cfg(test)]
mod tests;

use std::convert::Infallible;

pub(super) use self::codes::length;
use self::codes::{BYTES, Codes, WIDTH};
use self::query::Query;
use self::scan::{Kept, List, Scan};
use super::RowSet;
use crate::linalg::bytes::dispatch_bytes;
use crate::linalg::matrix::PaddedMatrix;
use crate::par::{balanced_chunks, try_map_chunks};
use crate::query::{Request, ScoredItem};

/// Panels that a single list begins with, so that the threads that share the rest know a score to beat.
const HEAD: usize = 64;

/// Codes that one thread reads at once: one megabyte.
const PIECE: u64 = 1 << 20;

/// Items as bytes, for ranking them.
#[derive(Clone, Debug)]
pub(crate) struct Screen {
    codes: Codes,
}

impl Screen {
    /// Rounds the first `taste` entries of item vectors.
    pub(crate) fn new(factors: &PaddedMatrix, taste: usize) -> Self {
        Self { codes: Codes::new(factors, taste) }
    }

    /// Ranks the `k` best of the vectors that it was made of for each padded vector in `vectors`, without
    /// those of the ascending row of `without`. On the calling thread.
    pub(crate) fn rank_block(
        &self,
        factors: &PaddedMatrix,
        vectors: &[f32],
        without: &[&[u32]],
        k: usize,
    ) -> Vec<Vec<ScoredItem>> {
        if k == 0 {
            return vec![Vec::new(); without.len()];
        }
        let codes = &self.codes;
        let rows = vectors.chunks_exact(factors.stride());
        let queries: Vec<Query<'_>> = rows.map(|vector| Query::new(codes, vector)).collect();
        let lists = queries.iter().zip(without);
        let list =
            |(query, &without)| List::new(query, k, Kept::Without(without), f32::NEG_INFINITY);
        let mut lists: Vec<List<'_>> = lists.map(list).collect();
        dispatch_bytes(Scan { codes, factors, panels: 0..codes.panels(), lists: &mut lists });
        lists.into_iter().map(|list| list.top.into_sorted()).collect()
    }

    /// Answers a request about all items for a padded vector, on the threads of the current pool.
    pub(crate) fn rank(
        &self,
        factors: &PaddedMatrix,
        vector: &[f32],
        request: &Request<'_>,
    ) -> Vec<ScoredItem> {
        if request.k() == 0 {
            return Vec::new();
        }
        let without: Vec<u32> = request.excluded().iter().map(|item| item.get()).collect();
        self.scan(factors, vector, request.k(), request.floor(), Kept::Without(&without))
    }

    /// Ranks the `k` best of the allowed vectors, of all if there is no set of them, for a padded vector, on the
    /// threads of the current pool.
    pub(crate) fn rank_allowed(
        &self,
        factors: &PaddedMatrix,
        vector: &[f32],
        k: usize,
        allowed: Option<&RowSet>,
    ) -> Vec<ScoredItem> {
        if k == 0 {
            return Vec::new();
        }
        let kept = allowed.map_or(Kept::Without(&[]), Kept::Allowed);
        self.scan(factors, vector, k, f32::NEG_INFINITY, kept)
    }

    fn scan(
        &self,
        factors: &PaddedMatrix,
        vector: &[f32],
        k: usize,
        floor: f32,
        kept: Kept<'_>,
    ) -> Vec<ScoredItem> {
        let codes = &self.codes;
        let query = Query::new(codes, vector);
        let scan = |panels, floor| {
            let mut list = List::new(&query, k, kept, floor);
            dispatch_bytes(Scan { codes, factors, panels, lists: std::slice::from_mut(&mut list) });
            list
        };
        let head = HEAD.min(codes.panels());
        let List { mut top, .. } = scan(0..head, floor);
        top.tighten();
        let floor = top.threshold().max(floor);
        let size = (codes.groups() * BYTES * WIDTH) as u64;
        let chunks = balanced_chunks(codes.panels() - head, PIECE, |_| size);
        let lists = try_map_chunks(
            &chunks,
            || (),
            |(), chunk| {
                let list = scan(chunk.start + head..chunk.end + head, floor);
                Ok::<_, Infallible>(list.top.into_sorted())
            },
        );
        let Ok(lists) = lists;
        for hit in lists.into_iter().flatten() {
            top.push(hit.item, hit.score);
        }
        top.into_sorted()
    }
}
