//! The trained factor model.

use std::fmt;

use super::config::{Als, AlsConfig};
use super::fit::Penalty;
use super::row_solver::{RowSolver, Scratch};
use super::scorer::AlsScorer;
use crate::algo::latent::ItemFactors;
use crate::codec::{CodecError, Payload, PayloadReader};
use crate::data::{History, Interactions};
use crate::ids::{ItemIdx, UserIdx};
use crate::linalg::cholesky::NotPositiveDefinite;
use crate::linalg::matrix::PaddedMatrix;
use crate::linalg::simd::{Kernel, Lanes, dispatch};
use crate::model::{
    Blend, BulkRanking, ColdItems, FoldIn, ItemVectors, Model, ModelKind, RatingPrediction, Scorer,
    SimilarItems, check_history, check_user,
};
use crate::query::{QueryError, Request, ScoredItem};

/// User and item factors whose inner products are the scores.
///
/// The factors stand in the eigenbasis of the items' weighted Gram matrix, so fold-in needs no matrix
/// beyond the factors and one vector of eigenvalues. A trained user's vector equals, bit for bit, the
/// fold-in of their row.
#[derive(Clone)]
pub struct AlsModel {
    config: AlsConfig,
    interactions: Interactions,
    user_factors: PaddedMatrix,
    items: ItemFactors,
    /// Eigenvalues of the items' Gram matrix times the unobserved weight, padded.
    spectrum: Vec<f32>,
    item_weights: Vec<f32>,
    /// Derived from the above.
    root_weights: Vec<f32>,
    penalty: Penalty,
}

impl AlsModel {
    const VERSION: u16 = 1;

    pub(super) fn new(
        config: AlsConfig,
        interactions: Interactions,
        user_factors: PaddedMatrix,
        item_factors: PaddedMatrix,
        spectrum: Vec<f32>,
        item_weights: Vec<f32>,
    ) -> Self {
        let root_weights = item_weights.iter().map(|weight| weight.sqrt()).collect();
        let penalty = Penalty::new(&config, &item_weights);
        let factors = item_factors.width();
        Self {
            config,
            interactions,
            user_factors,
            items: ItemFactors::new(item_factors, factors),
            spectrum,
            item_weights,
            root_weights,
            penalty,
        }
    }

    pub(crate) fn decode(reader: &PayloadReader<'_>) -> Result<Self, CodecError> {
        reader.version(ModelKind::Als.name(), Self::VERSION)?;
        let config: AlsConfig = reader.config()?;
        Als::new(config.clone()).map_err(|error| CodecError::malformed(error.to_string()))?;
        let data = reader.interactions().clone();
        let config = config.resolved(&data);
        let width = config.factors as usize;
        let factors = |name, rows: usize| {
            let values = reader.f32s(name, rows * width)?;
            Ok::<_, CodecError>(PaddedMatrix::from_dense(&values, width))
        };
        let user_factors = factors("user_factors", data.n_users())?;
        let item_factors = factors("item_factors", data.n_items())?;
        let mut spectrum = reader.f32s("spectrum", width)?;
        spectrum.resize(user_factors.stride(), 0.0);
        let weights = reader.f32s("item_weights", data.n_items())?;
        if spectrum.iter().chain(&weights).any(|&value| value < 0.0) {
            return Err(CodecError::malformed("an eigenvalue or an item's weight is below zero"));
        }
        Ok(Self::new(config, data, user_factors, item_factors, spectrum, weights))
    }

    /// Returns the settings the model was trained with.
    #[must_use]
    pub fn config(&self) -> &AlsConfig {
        &self.config
    }

    /// Returns a trained user's vector; `None` outside the model.
    #[must_use]
    pub fn user_vector(&self, user: UserIdx) -> Option<&[f32]> {
        (user.index() < self.user_factors.rows()).then(|| self.user_factors.values(user.index()))
    }

    /// The item factors.
    pub(super) fn items(&self) -> &ItemFactors {
        &self.items
    }

    /// What one row of values is solved with.
    pub(super) fn row_solver(&self) -> RowSolver<'_> {
        RowSolver {
            factors: self.items.matrix(),
            root_weights: &self.root_weights,
            spectrum: &self.spectrum,
            feedback: self.config.feedback(),
        }
    }

    /// The penalty of a user with this row.
    pub(super) fn regularization(&self, indices: &[u32]) -> f32 {
        self.penalty.of(indices, &self.item_weights)
    }

    /// The vectors of trained users, one below the other, padded to the stride of the factors.
    fn vectors(&self, users: &[UserIdx]) -> Result<Vec<f32>, QueryError> {
        let mut vectors = Vec::with_capacity(users.len() * self.user_factors.stride());
        for &user in users {
            check_user(&self.interactions, user)?;
            vectors.extend_from_slice(self.user_factors.row(user.index()));
        }
        Ok(vectors)
    }

    /// The exact vector of a row, padded to the stride of the factors.
    fn solve(&self, indices: &[u32], values: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; self.items.matrix().stride()];
        let regularization = self.regularization(indices);
        let row = SolveRow { model: self, indices, values, regularization, out: &mut out };
        // Only a decoded file can hold factors whose system overflows; such a user has no vector.
        if dispatch(row).is_err() || out.iter().any(|value| !value.is_finite()) {
            out.fill(0.0);
        }
        out
    }
}

struct SolveRow<'a> {
    model: &'a AlsModel,
    indices: &'a [u32],
    values: &'a [f32],
    regularization: f32,
    out: &'a mut [f32],
}

impl Kernel for SolveRow<'_> {
    type Output = Result<(), NotPositiveDefinite>;

    #[inline(always)]
    fn run<S: Lanes>(self, simd: S) -> Self::Output {
        let mut scratch = Scratch::default();
        let solver = self.model.row_solver();
        solver.solve(simd, self.indices, self.values, self.regularization, &mut scratch, self.out)
    }
}

impl Model for AlsModel {
    fn kind(&self) -> ModelKind {
        ModelKind::Als
    }

    fn interactions(&self) -> &Interactions {
        &self.interactions
    }

    fn scorer(&self, user: UserIdx) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_user(&self.interactions, user)?;
        let vector = self.user_factors.row(user.index()).into();
        let history = History::from_row(self.interactions.user(user));
        Ok(Box::new(AlsScorer::new(self, vector, history)))
    }

    fn score_block(&self, users: &[UserIdx], out: &mut [f32]) -> Result<(), QueryError> {
        let n_items = self.interactions.n_items();
        assert_eq!(out.len(), users.len() * n_items, "one score for each user and item");
        let vectors = self.vectors(users)?;
        self.items.score_block(&vectors, out);
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
            .with("user_factors", self.user_factors.to_dense())
            .with("item_factors", self.items.matrix().to_dense())
            .with("spectrum", &self.spectrum[..self.items.matrix().width()])
            .with("item_weights", &self.item_weights[..])
    }
}

impl BulkRanking for AlsModel {
    fn rank_unseen(&self, users: &[UserIdx], k: usize) -> Result<Vec<Vec<ScoredItem>>, QueryError> {
        let vectors = self.vectors(users)?;
        Ok(self.items.rank_unseen(&self.interactions, users, &vectors, k))
    }
}

impl FoldIn for AlsModel {
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError> {
        check_history(&self.interactions, history)?;
        let row = history.as_row();
        let vector = self.solve(row.indices(), row.values()).into();
        Ok(Box::new(AlsScorer::new(self, vector, history.clone())))
    }
}

impl SimilarItems for AlsModel {
    /// Similarity is the cosine of the item vectors. Items without interactions have none and are
    /// similar to nothing.
    fn similar_items(
        &self,
        item: ItemIdx,
        request: &Request<'_>,
    ) -> Result<Vec<ScoredItem>, QueryError> {
        self.items.similar(&self.interactions, item, request)
    }
}

impl ItemVectors for AlsModel {
    fn dimensions(&self) -> usize {
        self.items.matrix().width()
    }

    fn item_vector(&self, item: ItemIdx) -> Option<&[f32]> {
        self.items.vector(item)
    }

    fn query_vector(&self, history: &History) -> Result<Vec<f32>, QueryError> {
        check_history(&self.interactions, history)?;
        let row = history.as_row();
        let mut vector = self.solve(row.indices(), row.values());
        vector.truncate(self.dimensions());
        Ok(vector)
    }
}

impl fmt::Debug for AlsModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlsModel")
            .field("config", &self.config)
            .field("n_users", &self.user_factors.rows())
            .field("n_items", &self.items.matrix().rows())
            .finish_non_exhaustive()
    }
}
