//! What models of inner products share: scores of items for a vector, for many vectors, and likeness by
//! the cosine.

use std::sync::OnceLock;

use super::als::panels::Panels;
use crate::data::Interactions;
use crate::ids::ItemIdx;
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::simd::{Kernel, Lanes, dispatch};
use crate::linalg::{dot, dot_with};
use crate::model::check_item;
use crate::query::{Candidates, QueryError, Request, ScoredItem, rank};

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
}

impl ItemFactors {
    /// Wraps vectors of which the first `taste` entries are compared when items are.
    pub(super) fn new(matrix: PaddedMatrix, taste: usize) -> Self {
        let norm = |item: usize| {
            let vector = &matrix.values(item)[..taste];
            dot(vector, vector).sqrt()
        };
        let norms = (0..matrix.rows()).map(norm).collect();
        Self { matrix, taste, norms, panels: OnceLock::new() }
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
        dispatch(Score { factors: &self.matrix, vector, candidates, out });
    }

    /// Writes the scores of all items for users given by padded vectors one after the other.
    pub(super) fn score_block(&self, vectors: &[f32], out: &mut [f32]) {
        let panels = self.panels.get_or_init(|| Panels::new(&self.matrix));
        panels.score(vectors, self.matrix.stride(), out);
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
    out: &'a mut [f32],
}

impl Kernel for Score<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) {
        let Self { factors, vector, candidates, out } = self;
        match candidates {
            Candidates::All => {
                assert_eq!(out.len(), factors.rows(), "one place for each item");
                let rows = factors.as_slice().chunks_exact(factors.stride());
                for (place, row) in out.iter_mut().zip(rows) {
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
