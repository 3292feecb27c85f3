//! How many items are wanted, out of which.

use super::ItemSet;

/// Which items are scored.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "scorers must handle every form")]
pub enum Candidates<'a> {
    /// Every item of the model, in order.
    All,
    /// These items, in ascending order.
    Only(&'a ItemSet),
}

impl Candidates<'_> {
    /// Returns how many scores these candidates need in a model of `n_items`.
    #[must_use]
    pub fn count(self, n_items: usize) -> usize {
        match self {
            Self::All => n_items,
            Self::Only(items) => items.len(),
        }
    }
}

/// A ranked list that is asked for: the `k` best of the candidates, without the excluded ones.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    k: usize,
    candidates: Candidates<'a>,
    exclude: Option<&'a ItemSet>,
    at_least: Option<f32>,
}

impl<'a> Request<'a> {
    /// Asks for the `k` best items; fewer come when there are fewer.
    #[must_use]
    pub fn top(k: usize) -> Self {
        Self { k, candidates: Candidates::All, exclude: None, at_least: None }
    }

    /// Only `items` are candidates.
    #[must_use]
    pub fn among(mut self, items: &'a ItemSet) -> Self {
        self.candidates = Candidates::Only(items);
        self
    }

    /// Leaves `items` out, also when they are candidates.
    #[must_use]
    pub fn excluding(mut self, items: &'a ItemSet) -> Self {
        self.exclude = Some(items);
        self
    }

    /// Leaves out items that score under `score`.
    #[must_use]
    pub fn at_least(mut self, score: f32) -> Self {
        self.at_least = Some(score);
        self
    }

    /// Returns the same request for `k` items.
    pub(crate) fn with_k(self, k: usize) -> Self {
        Self { k, ..self }
    }

    /// Returns how many items are asked for.
    #[must_use]
    pub fn k(&self) -> usize {
        self.k
    }

    /// Returns the candidates.
    #[must_use]
    pub fn candidates(&self) -> Candidates<'a> {
        self.candidates
    }

    /// Returns the items left out.
    #[must_use]
    pub fn excluded(&self) -> &'a [crate::ItemIdx] {
        self.exclude.map_or(&[], ItemSet::as_slice)
    }

    /// Returns the lowest score let through.
    #[must_use]
    pub fn floor(&self) -> f32 {
        self.at_least.unwrap_or(f32::NEG_INFINITY)
    }
}
