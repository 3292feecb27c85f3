//! The trained content model.

use std::fmt;

use super::blocks::Blocks;
use super::compact::CompactVectors;
use super::config::ContentConfig;
use super::encode;
use super::scorer::{ContentScorer, Profile};
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions, ItemFeatures, Row};
use crate::features::TextVectorizer;
use crate::ids::{ItemIdx, UserIdx};
use crate::linalg::sparse::SparseRows;
use crate::model::{
    Blend, BulkRanking, ColdItems, FoldIn, ItemVectors, Model, ModelKind, RatingPrediction, Scorer,
    SimilarItems, check_history, check_item, check_user, score_block_by_scorer,
};
use crate::query::{Candidates, QueryError, Request, ScoredItem, rank};

/// The items as rows of features, and the columns these are in.
#[derive(Clone)]
pub struct ContentModel {
    config: ContentConfig,
    interactions: Interactions,
    blocks: Blocks,
    /// A row of length 1 for each item that is described, an empty one for the others.
    rows: SparseRows,
    /// The transpose: the items of each column.
    postings: SparseRows,
}

impl ContentModel {
    pub(super) const VERSION: u16 = 1;

    pub(super) fn new(
        config: ContentConfig,
        interactions: Interactions,
        blocks: Blocks,
        rows: SparseRows,
    ) -> Self {
        let postings = rows.transposed(blocks.n_columns());
        Self { config, interactions, blocks, rows, postings }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        encode::decode(reader)
    }

    /// Returns the settings the model was trained with.
    #[must_use]
    pub fn config(&self) -> &ContentConfig {
        &self.config
    }

    /// Returns what turns texts into terms.
    #[must_use]
    pub fn vectorizer(&self) -> &TextVectorizer {
        &self.blocks.text
    }

    /// Returns the number of features: terms, categories and measurements.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.blocks.n_columns()
    }

    /// Returns an item's features by ascending column, of length 1; empty when nothing is known of it,
    /// `None` outside the model.
    #[must_use]
    pub fn features(&self, item: ItemIdx) -> Option<(&[u32], &[f32])> {
        (item.index() < self.rows.n_rows()).then(|| self.rows.row(item.index()))
    }

    /// Computes short vectors of the items for a vector index: the best approximation of this length to
    /// all cosines between items, by truncated singular value decomposition.
    ///
    /// Their inner products are near the scores, not equal to them, so this is not
    /// [`ItemVectors`]. Work runs on the current rayon pool and costs a few passes over the stored values
    /// times `dimensions`; 64 is a good length.
    ///
    /// # Panics
    ///
    /// When `dimensions` is zero.
    #[must_use]
    pub fn compact_vectors(&self, dimensions: u32, seed: u64) -> CompactVectors {
        CompactVectors::new(&self.rows, &self.postings, dimensions as usize, seed)
    }

    /// Returns the vector of a history among `vectors`, which are this model's: its inner products with
    /// items' vectors are near the scores.
    ///
    /// # Errors
    ///
    /// Those of [`FoldIn::fold_in`].
    pub fn compact_query(
        &self,
        vectors: &CompactVectors,
        history: &History,
    ) -> Result<Vec<f32>, QueryError> {
        check_history(&self.interactions, history)?;
        Ok(vectors.of_profile(&self.profile(history.as_row())))
    }

    pub(super) fn profile(&self, history: Row<'_, ItemIdx>) -> Profile {
        Profile::new(&self.rows, self.blocks.n_columns(), history)
    }

    pub(super) fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    pub(super) fn rows(&self) -> &SparseRows {
        &self.rows
    }

    pub(super) fn postings(&self) -> &SparseRows {
        &self.postings
    }
}

impl Model for ContentModel {
    fn kind(&self) -> ModelKind {
        ModelKind::Content
    }

    fn interactions(&self) -> &Interactions {
        &self.interactions
    }

    fn scorer(&self, user: UserIdx) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_user(&self.interactions, user)?;
        Ok(Box::new(ContentScorer::new(self, self.interactions.user(user))))
    }

    fn score_block(&self, users: &[UserIdx], out: &mut [f32]) -> Result<(), QueryError> {
        score_block_by_scorer(self, users, out)
    }

    fn as_fold_in(&self) -> Option<&dyn FoldIn> {
        Some(self)
    }

    fn as_similar_items(&self) -> Option<&dyn SimilarItems> {
        Some(self)
    }

    /// None: the vectors are as long as the vocabulary. See
    /// [`compact_vectors`](Self::compact_vectors).
    fn as_item_vectors(&self) -> Option<&dyn ItemVectors> {
        None
    }

    fn as_rating_prediction(&self) -> Option<&dyn RatingPrediction> {
        None
    }

    fn as_cold_items(&self) -> Option<&dyn ColdItems> {
        Some(self)
    }

    fn as_blend(&self) -> Option<&dyn Blend> {
        None
    }

    fn as_bulk_ranking(&self) -> Option<&dyn BulkRanking> {
        None
    }

    fn payload(&self) -> Payload<'_> {
        encode::payload(self)
    }
}

impl FoldIn for ContentModel {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_history(&self.interactions, history)?;
        Ok(Box::new(ContentScorer::new(self, history.as_row())))
    }
}

impl SimilarItems for ContentModel {
    /// By cosine. Items that share nothing, or are opposite on the whole, are not similar.
    fn similar_items(
        &self,
        item: ItemIdx,
        request: &Request<'_>,
    ) -> Result<Vec<ScoredItem>, QueryError> {
        check_item(&self.interactions, item)?;
        let profile = Profile::of_row(self.rows.row(item.index()), self.blocks.n_columns());
        let similarity = |other: usize, cosine: f32| {
            if other == item.index() || cosine <= 0.0 { f32::NEG_INFINITY } else { cosine }
        };
        let scores: Vec<f32> = match request.candidates() {
            Candidates::All => {
                let mut scores = vec![0.0; self.interactions.n_items()];
                profile.score_all(&self.postings, &mut scores);
                for (other, score) in scores.iter_mut().enumerate() {
                    *score = similarity(other, *score);
                }
                scores
            }
            Candidates::Only(items) => {
                let of = |other: &ItemIdx| {
                    similarity(other.index(), profile.score(self.rows.row(other.index())))
                };
                items.as_slice().iter().map(of).collect()
            }
        };
        Ok(rank(request, &scores))
    }
}

impl ColdItems for ContentModel {
    fn score_features(
        &self,
        history: &History,
        items: &[ItemFeatures],
    ) -> Result<Vec<f32>, QueryError> {
        check_history(&self.interactions, history)?;
        let profile = self.profile(history.as_row());
        let rows = self.blocks.rows(items);
        Ok((0..items.len()).map(|at| profile.score(rows.row(at))).collect())
    }
}

impl fmt::Debug for ContentModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContentModel")
            .field("config", &self.config)
            .field("n_items", &self.interactions.n_items())
            .field("n_features", &self.n_features())
            .finish_non_exhaustive()
    }
}
