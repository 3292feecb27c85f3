//! What training gives, and what can be asked of it.

mod blend;
mod explain;
mod ext;
mod kind;

use std::fmt;

pub use blend::{Blend, MemberWeight};
pub use explain::{Cause, Contribution, Explanation, Field};
pub use ext::ModelExt;
pub use kind::ModelKind;

use crate::codec::Payload;
use crate::data::{History, Interactions, ItemFeatures};
use crate::ids::{ItemIdx, UserIdx};
use crate::query::{Candidates, QueryError, Request, ScoredItem, rank};

/// A trained model. It carries the (shared) matrix it was fitted on: its ids, and what each user has
/// seen.
///
/// There are no default methods: an implementor cannot forget a capability, it says `None`.
pub trait Model: fmt::Debug + Send + Sync + 'static {
    /// Returns which algorithm this is.
    fn kind(&self) -> ModelKind;

    /// Returns the matrix it was fitted on.
    fn interactions(&self) -> &Interactions;

    /// Binds a user of the training data.
    ///
    /// # Errors
    ///
    /// [`QueryError::UserOutOfRange`] when `user` lies outside the model.
    fn scorer(&self, user: UserIdx) -> Result<Box<dyn Scorer + '_>, QueryError>;

    /// Scores every item for several users, row-major into `out` (`users.len() * n_items`).
    ///
    /// Agrees with [`scorer`](Self::scorer) row by row to 1e-5 relative. A model without a faster way
    /// calls [`score_block_by_scorer`].
    ///
    /// # Errors
    ///
    /// [`QueryError::UserOutOfRange`] when one of `users` lies outside the model.
    ///
    /// # Panics
    ///
    /// When `out` has another length.
    fn score_block(&self, users: &[UserIdx], out: &mut [f32]) -> Result<(), QueryError>;

    /// Returns the ability to serve users it never saw.
    fn as_fold_in(&self) -> Option<&dyn FoldIn>;

    /// Returns the ability to name similar items.
    fn as_similar_items(&self) -> Option<&dyn SimilarItems>;

    /// Returns the ability to export items as vectors.
    fn as_item_vectors(&self) -> Option<&dyn ItemVectors>;

    /// Returns the ability to predict the rating a user would give.
    fn as_rating_prediction(&self) -> Option<&dyn RatingPrediction>;

    /// Returns the ability to score items by what is known of them, before anybody touched them.
    fn as_cold_items(&self) -> Option<&dyn ColdItems>;

    /// Returns the members, when it is made of models.
    fn as_blend(&self) -> Option<&dyn Blend>;

    /// Returns a faster way to rank unseen items for many users than scoring all of them.
    fn as_bulk_ranking(&self) -> Option<&dyn BulkRanking>;

    /// Returns the learned state for [`codec`](crate::codec).
    fn payload(&self) -> Payload<'_>;
}

/// A user bound to a model: everything that ranking and explaining need.
pub trait Scorer: Send + Sync {
    /// Writes one score for each candidate in order. Higher is better; never NaN; negative infinity
    /// means "cannot be recommended".
    ///
    /// # Panics
    ///
    /// When `out` does not have one place for each candidate.
    fn score_into(&self, candidates: Candidates<'_>, out: &mut [f32]);

    /// Ranks the request's candidates of the model's `n_items` items.
    ///
    /// The list is that of ranking what [`score_into`](Self::score_into) writes, bit for bit. Scorers that can tell
    /// which items have no place on it need not write the scores of all.
    ///
    /// # Panics
    ///
    /// May, when the model has another number of items.
    fn rank(&self, request: &Request<'_>, n_items: usize) -> Vec<ScoredItem> {
        let mut scores = vec![0.0; request.candidates().count(n_items)];
        self.score_into(request.candidates(), &mut scores);
        rank(request, &scores)
    }

    /// Explains the score of `item` as a sum. At most `limit` contributions are named; the rest is
    /// one [`Cause::Others`].
    ///
    /// # Panics
    ///
    /// When `item` lies outside the model.
    fn explain(&self, item: ItemIdx, limit: usize) -> Explanation;
}

/// Serving users that the model never saw, or who did something since.
pub trait FoldIn: Send + Sync {
    /// Binds a user by history. Does not change the model.
    ///
    /// # Errors
    ///
    /// [`QueryError::EmptyHistory`] when nothing in it is above zero,
    /// [`QueryError::ItemOutOfRange`] when an item lies outside the model.
    fn fold_in(&self, history: &History) -> Result<Box<dyn Scorer + '_>, QueryError>;
}

/// Naming similar items.
pub trait SimilarItems: Send + Sync {
    /// Returns the nearest items, best first, never the item itself. Scores are similarities.
    ///
    /// # Errors
    ///
    /// [`QueryError::ItemOutOfRange`] when `item` lies outside the model.
    fn similar_items(
        &self,
        item: ItemIdx,
        request: &Request<'_>,
    ) -> Result<Vec<ScoredItem>, QueryError>;
}

/// Exporting items as vectors whose inner product with a user's vector is the score.
pub trait ItemVectors: Send + Sync {
    /// Returns the length of each vector.
    fn dimensions(&self) -> usize;

    /// Returns one item's vector; `None` outside the model.
    fn item_vector(&self, item: ItemIdx) -> Option<&[f32]>;

    /// Returns the vector of a history: its inner products with item vectors are the scores.
    ///
    /// # Errors
    ///
    /// Those of [`FoldIn::fold_in`].
    fn query_vector(&self, history: &History) -> Result<Vec<f32>, QueryError>;
}

/// Predicting the rating that a user would give an item, in the unit of the training values.
pub trait RatingPrediction: Send + Sync {
    /// Returns the expected rating, within [`scale`](Self::scale). `None` stands for a user or item
    /// that the model never saw, and leaves out what depends on it.
    ///
    /// # Panics
    ///
    /// When a position lies outside the model.
    fn predict(&self, user: Option<UserIdx>, item: Option<ItemIdx>) -> f32;

    /// Returns the lowest and the highest rating of the training data.
    fn scale(&self) -> (f32, f32);
}

/// Scoring items that the model never saw, by what is known of them.
pub trait ColdItems: Send + Sync {
    /// Scores items for a history, on the scale of the model's other scores for it.
    ///
    /// # Errors
    ///
    /// Those of [`FoldIn::fold_in`].
    fn score_features(
        &self,
        history: &History,
        items: &[ItemFeatures],
    ) -> Result<Vec<f32>, QueryError>;
}

/// Ranking for many users without writing out the scores.
pub trait BulkRanking: Send + Sync {
    /// Ranks the `k` best unseen items for each of `users`, on the calling thread.
    ///
    /// Agrees with [`ModelExt::recommend`] without [`ModelExt::seen`], bit for bit.
    ///
    /// # Errors
    ///
    /// [`QueryError::UserOutOfRange`] when one of `users` lies outside the model.
    fn rank_unseen(&self, users: &[UserIdx], k: usize) -> Result<Vec<Vec<ScoredItem>>, QueryError>;
}

/// Scores a block of users one by one: the fallback for [`Model::score_block`].
///
/// # Errors
///
/// [`QueryError::UserOutOfRange`] when one of `users` lies outside the model.
///
/// # Panics
///
/// When `out` is not `users.len() * n_items` long.
pub fn score_block_by_scorer(
    model: &dyn Model,
    users: &[UserIdx],
    out: &mut [f32],
) -> Result<(), QueryError> {
    let n_items = model.interactions().n_items();
    assert_eq!(out.len(), users.len() * n_items, "one score for each user and item");
    for (row, &user) in users.iter().enumerate() {
        let scores = &mut out[row * n_items..(row + 1) * n_items];
        model.scorer(user)?.score_into(Candidates::All, scores);
    }
    Ok(())
}

/// Passes when `user` lies inside the matrix.
pub(crate) fn check_user(data: &Interactions, user: UserIdx) -> Result<(), QueryError> {
    let n_users = data.n_users();
    if user.index() < n_users { Ok(()) } else { Err(QueryError::UserOutOfRange { user, n_users }) }
}

/// Passes when `item` lies inside the matrix.
pub(crate) fn check_item(data: &Interactions, item: ItemIdx) -> Result<(), QueryError> {
    let n_items = data.n_items();
    if item.index() < n_items { Ok(()) } else { Err(QueryError::ItemOutOfRange { item, n_items }) }
}

/// Passes when every item of `history` lies inside the matrix and one is liked.
pub(crate) fn check_history(data: &Interactions, history: &History) -> Result<(), QueryError> {
    if let Some(last) = history.last_item() {
        check_item(data, last)?;
    }
    if history.as_row().positives() == 0 { Err(QueryError::EmptyHistory) } else { Ok(()) }
}
