//! What models of inner products share: scores of items for a vector, for many vectors, and likeness by
//! the cosine.

mod panels;

use std::convert::Infallible;
use std::ops::Range;
use std::sync::OnceLock;

use self::panels::Panels;
use crate::data::Interactions;
use crate::ids::{ItemIdx, UserIdx};
use crate::index::screen::Screen;
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::simd::{Kernel, Lanes, dispatch};
use crate::linalg::{dot, dot_with};
use crate::model::check_item;
use crate::par::{balanced_chunks, try_fill_rows};
use crate::query::{Candidates, ItemSet, QueryError, Request, ScoredItem, rank};

/// Values of the factors that one thread reads at once: four megabytes.
const PIECE: u64 = 1 << 20;

/// Values of the factors from which on a single list is made with a screen.
const SCREENED: usize = 1 << 18;

/// Lists of more than one item in so many are made by scoring all items.
const FEW: usize = 32;

/// One vector for each item, whose inner product with a user's vector is the score.
#[derive(Clone, Debug)]
pub(super) struct ItemFactors {
    matrix: PaddedMatrix,
    /// Entries of a vector that say what the item is like; those after it are a bias or a constant.
    taste: usize,
    /// Length of each item's taste.
    norms: Vec<f32>,
    /// Derived at the first block of users.
    panels: OnceLock<Panels>,
    /// Derived when a list of all items is first asked for.
    screen: OnceLock<Screen>,
}

impl ItemFactors {
    /// Wraps vectors of which the first `taste` entries are compared when items are.
    pub(super) fn new(matrix: PaddedMatrix, taste: usize) -> Self {
        let norm = |item: usize| {
            let vector = &matrix.values(item)[..taste];
            dot(vector, vector).sqrt()
        };
        let norms = (0..matrix.rows()).map(norm).collect();
        Self { matrix, taste, norms, panels: OnceLock::new(), screen: OnceLock::new() }
    }

    /// The vectors with their padding.
    pub(super) fn matrix(&self) -> &PaddedMatrix {
        &self.matrix
    }

    /// Returns an item's vector; `None` outside the model.
    pub(super) fn vector(&self, item: ItemIdx) -> Option<&[f32]> {
        (item.index() < self.matrix.rows()).then(|| self.matrix.values(item.index()))
    }

    /// The score of one item for a padded vector.
    pub(super) fn score_of(&self, vector: &[f32], item: ItemIdx) -> f32 {
        dot(vector, self.matrix.row(item.index()))
    }

    /// Writes the scores of candidates for a padded vector.
    pub(super) fn score(&self, vector: &[f32], candidates: Candidates<'_>, out: &mut [f32]) {
        let factors = &self.matrix;
        if let Candidates::All = candidates {
            assert_eq!(out.len(), factors.rows(), "one place for each item");
            // Scoring a large catalogue takes as long as reading it from memory, and one thread alone
            // cannot read as fast as all can.
            let chunks = balanced_chunks(factors.rows(), PIECE, |_| factors.stride() as u64);
            let score = |(): &mut (), items: Range<usize>, out: &mut [f32]| {
                dispatch(Score { factors, vector, candidates, first: items.start, out });
                Ok::<_, Infallible>(())
            };
            let Ok(()) = try_fill_rows(out, 1, &chunks, || (), score);
        } else {
            dispatch(Score { factors, vector, candidates, first: 0, out });
        }
    }

    /// Writes the scores of all items for users given by padded vectors one after the other.
    pub(super) fn score_block(&self, vectors: &[f32], out: &mut [f32]) {
        let panels = self.panels.get_or_init(|| Panels::new(&self.matrix));
        panels.score(vectors, self.matrix.stride(), out);
    }

    /// Answers a request for a padded vector.
    pub(super) fn rank(&self, vector: &[f32], request: &Request<'_>) -> Vec<ScoredItem> {
        let n_items = self.matrix.rows();
        let screened = n_items * self.matrix.stride() >= SCREENED && request.k() <= n_items / FEW;
        if let (Candidates::All, true) = (request.candidates(), screened) {
            return self.screen().rank(&self.matrix, vector, request);
        }
        let mut scores = vec![0.0; request.candidates().count(n_items)];
        self.score(vector, request.candidates(), &mut scores);
        rank(request, &scores)
    }

    /// Made on one thread: a thread that waits for parts of it may be given work that waits for all of it.
    fn screen(&self) -> &Screen {
        self.screen.get_or_init(|| Screen::new(&self.matrix, self.taste))
    }

    /// Ranks the `k` best items that each of `users` has not touched, for padded vectors one after the
    /// other.
    pub(super) fn rank_unseen(
        &self,
        interactions: &Interactions,
        users: &[UserIdx],
        vectors: &[f32],
        k: usize,
    ) -> Vec<Vec<ScoredItem>> {
        let seen: Vec<&[u32]> =
            users.iter().map(|&user| interactions.user(user).indices()).collect();
        if k <= self.matrix.rows() / FEW {
            return self.screen().rank_block(&self.matrix, vectors, &seen, k);
        }
        let mut scores = vec![0.0; self.matrix.rows()];
        let lists = vectors.chunks_exact(self.matrix.stride()).zip(seen).map(|(vector, seen)| {
            self.score(vector, Candidates::All, &mut scores);
            rank(&Request::top(k).excluding(&ItemSet::from_ascending(seen)), &scores)
        });
        lists.collect()
    }

    /// Ranks items by the cosine of their tastes. Items without one are similar to nothing.
    pub(super) fn similar(
        &self,
        interactions: &Interactions,
        item: ItemIdx,
        request: &Request<'_>,
    ) -> Result<Vec<ScoredItem>, QueryError> {
        check_item(interactions, item)?;
        let norm = self.norms[item.index()];
        let vector = &self.matrix.values(item.index())[..self.taste];
        let cosine = |other: usize| {
            let norms = norm * self.norms[other];
            if other == item.index() || !(norms > 0.0 && norms.is_finite()) {
                f32::NEG_INFINITY
            } else {
                dot(vector, &self.matrix.values(other)[..self.taste]) / norms
            }
        };
        let scores: Vec<f32> = match request.candidates() {
            Candidates::All => (0..self.matrix.rows()).map(cosine).collect(),
            Candidates::Only(items) => {
                items.as_slice().iter().map(|other| cosine(other.index())).collect()
            }
        };
        Ok(rank(request, &scores))
    }
}

struct Score<'a> {
    factors: &'a PaddedMatrix,
    vector: &'a [f32],
    candidates: Candidates<'a>,
    /// Item that the first place of `out` is for, when all are candidates.
    first: usize,
    out: &'a mut [f32],
}

impl Kernel for Score<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        let Self { factors, vector, candidates, first, out } = self;
        match candidates {
            Candidates::All => {
                let rows = factors.as_slice().chunks_exact(factors.stride());
                for (place, row) in out.iter_mut().zip(rows.skip(first)) {
                    *place = dot_with(simd, vector, row);
                }
            }
            Candidates::Only(items) => {
                assert_eq!(out.len(), items.len(), "one place for each candidate");
                for (place, item) in out.iter_mut().zip(items.as_slice()) {
                    *place = dot_with(simd, vector, factors.row(item.index()));
                }
            }
        }
    }
}
