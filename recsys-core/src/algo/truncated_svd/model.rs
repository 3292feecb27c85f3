//! The trained directions.

use std::fmt;

use super::config::{TruncatedSvd, TruncatedSvdConfig};
use super::scorer::TruncatedSvdScorer;
use crate::algo::low_rank::LowRank;
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions};
use crate::ids::{ItemIdx, UserIdx};
use crate::linalg::matrix::PaddedMatrix;
use crate::model::{
    Blend, BulkRanking, ColdItems, FoldIn, ItemVectors, Model, ModelKind, RatingPrediction, Scorer,
    SimilarItems, check_history, check_user,
};
use crate::query::{QueryError, Request, ScoredItem};

/// What the strongest directions of the data know of each item. A user is their history.
#[derive(Clone)]
pub struct TruncatedSvdModel {
    config: TruncatedSvdConfig,
    interactions: Interactions,
    /// Singular values, descending.
    values: Vec<f32>,
    low_rank: LowRank,
}

impl TruncatedSvdModel {
    const VERSION: u16 = 1;

    pub(super) fn new(
        config: TruncatedSvdConfig,
        interactions: Interactions,
        values: Vec<f32>,
        vectors: PaddedMatrix,
    ) -> Self {
        let sources = vec![1.0; vectors.rows()];
        Self { config, interactions, values, low_rank: LowRank::new(vectors, sources) }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        reader.version(ModelKind::TruncatedSvd.name(), Self::VERSION)?;
        let config: TruncatedSvdConfig = reader.config()?;
        TruncatedSvd::new(config.clone())
            .map_err(|error| CodecError::malformed(error.to_string()))?;
        let data = reader.interactions().clone();
        let rank = config.rank(&data);
        let singular_values = reader.f32s("singular_values", rank)?;
        let values = reader.f32s("item_factors", data.n_items() * rank)?;
        // They are parts of unit vectors, to rounding.
        if values.iter().any(|value| value.abs() > 1.01) {
            return Err(CodecError::malformed("a direction is longer than 1"));
        }
        let vectors = PaddedMatrix::from_dense(&values, rank);
        Ok(Self::new(config, data, singular_values, vectors))
    }

    /// Returns the settings the model was trained with.
    #[must_use]
    pub fn config(&self) -> &TruncatedSvdConfig {
        &self.config
    }

    /// Returns how strong each direction is, strongest first.
    #[must_use]
    pub fn singular_values(&self) -> &[f32] {
        &self.values
    }

    pub(super) fn low_rank(&self) -> &LowRank {
        &self.low_rank
    }
}

impl TruncatedSvdModel {
    /// The vectors of trained users, one below the other, padded to the stride of the items'.
    fn vectors(&self, users: &[UserIdx]) -> Result<Vec<f32>, QueryError> {
        let mut vectors =
            Vec::with_capacity(users.len() * self.low_rank.factors().matrix().stride());
        for &user in users {
            check_user(&self.interactions, user)?;
            vectors.extend(self.low_rank.query(self.interactions.user(user)));
        }
        Ok(vectors)
    }
}

impl Model for TruncatedSvdModel {
    fn kind(&self) -> ModelKind {
        ModelKind::TruncatedSvd
    }

    fn interactions(&self) -> &Interactions {
        &self.interactions
    }

    fn scorer(&self, user: UserIdx) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_user(&self.interactions, user)?;
        let history = History::from_row(self.interactions.user(user));
        Ok(Box::new(TruncatedSvdScorer::new(self, history)))
    }

    fn score_block(&self, users: &[UserIdx], out: &mut [f32]) -> Result<(), QueryError> {
        let n_items = self.interactions.n_items();
        assert_eq!(out.len(), users.len() * n_items, "one score for each user and item");
        self.low_rank.factors().score_block(&self.vectors(users)?, out);
        Ok(())
    }

    fn as_fold_in(&self) -> Option<&dyn FoldIn> {
        Some(self)
    }

    fn as_similar_items(&self) -> Option<&dyn SimilarItems> {
        Some(self)
    }

    fn as_item_vectors(&self) -> Option<&dyn ItemVectors> {
        Some(self)
    }

    fn as_rating_prediction(&self) -> Option<&dyn RatingPrediction> {
        None
    }

    fn as_cold_items(&self) -> Option<&dyn ColdItems> {
        None
    }

    fn as_blend(&self) -> Option<&dyn Blend> {
        None
    }

    fn as_bulk_ranking(&self) -> Option<&dyn BulkRanking> {
        Some(self)
    }

    fn payload(&self) -> Payload<'_> {
        Payload::new(Self::VERSION, &self.config)
            .with("singular_values", &self.values[..])
            .with("item_factors", self.low_rank.factors().matrix().to_dense())
    }
}

impl BulkRanking for TruncatedSvdModel {
    fn rank_unseen(&self, users: &[UserIdx], k: usize) -> Result<Vec<Vec<ScoredItem>>, QueryError> {
        let vectors = self.vectors(users)?;
        Ok(self.low_rank.factors().rank_unseen(&self.interactions, users, &vectors, k))
    }
}

impl FoldIn for TruncatedSvdModel {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_history(&self.interactions, history)?;
        Ok(Box::new(TruncatedSvdScorer::new(self, history.clone())))
    }
}

impl SimilarItems for TruncatedSvdModel {
    /// Similarity is the cosine of the item vectors. Items without interactions have none and are
    /// similar to nothing.
    fn similar_items(
        &self,
        item: ItemIdx,
        request: &Request<'_>,
    ) -> Result<Vec<ScoredItem>, QueryError> {
        self.low_rank.factors().similar(&self.interactions, item, request)
    }
}

impl ItemVectors for TruncatedSvdModel {
    fn dimensions(&self) -> usize {
        self.low_rank.factors().matrix().width()
    }

    fn item_vector(&self, item: ItemIdx) -> Option<&[f32]> {
        self.low_rank.factors().vector(item)
    }

    fn query_vector(&self, history: &History) -> Result<Vec<f32>, QueryError> {
        check_history(&self.interactions, history)?;
        let mut vector = self.low_rank.query(history.as_row());
        vector.truncate(self.dimensions());
        Ok(vector)
    }
}

impl fmt::Debug for TruncatedSvdModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TruncatedSvdModel")
            .field("config", &self.config)
            .field("n_items", &self.interactions.n_items())
            .finish_non_exhaustive()
    }
}
