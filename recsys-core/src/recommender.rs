//! The façade: ids in, ids out.

use std::borrow::Cow;
use std::sync::Arc;

use crate::codec::{CodecError, decode_model, encode_model};
use crate::data::History;
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{Explanation, Model, ModelExt};
use crate::query::{ItemSet, QueryError, Request, ScoredItem};

/// What applications hold: any model, asked and answered in the ids that were logged.
///
/// Cloning shares the model. See the [crate's example](crate).
#[derive(Clone, Debug)]
pub struct Recommender {
    model: Arc<dyn Model>,
}

/// A recommended item and its score.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Recommendation {
    /// The item's id, as logged.
    pub id: Vec<u8>,
    /// Its score; higher is better. The scale is the algorithm's.
    pub score: f32,
}

impl Recommendation {
    /// Returns the id as text; bytes that are no UTF-8 are shown as �.
    #[must_use]
    pub fn id_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.id)
    }
}

impl Recommender {
    /// Wraps a model.
    pub fn new(model: impl Model) -> Self {
        Self { model: Arc::new(model) }
    }

    /// Wraps a shared model.
    #[must_use]
    pub fn from_shared(model: Arc<dyn Model>) -> Self {
        Self { model }
    }

    /// Returns the model.
    #[must_use]
    pub fn model(&self) -> &Arc<dyn Model> {
        &self.model
    }

    /// Returns the `k` best items that `user` has not seen.
    ///
    /// # Errors
    ///
    /// [`QueryError::UnknownId`] when the model never saw `user`.
    pub fn recommend(
        &self,
        user: impl AsRef<[u8]>,
        k: usize,
    ) -> Result<Vec<Recommendation>, QueryError> {
        let user = self.user(user.as_ref())?;
        let seen = self.model.seen(user);
        Ok(self.named(&self.model.recommend(user, &Request::top(k).excluding(&seen))?))
    }

    /// Returns the `k` best items for somebody who liked the items of `history` that much, without
    /// those. Items that the model does not know are passed over.
    ///
    /// # Errors
    ///
    /// [`QueryError::EmptyHistory`] when the model knows none of them, [`QueryError::Unsupported`]
    /// when it cannot serve unseen users.
    pub fn recommend_for<S: AsRef<[u8]>>(
        &self,
        history: impl IntoIterator<Item = (S, f32)>,
        k: usize,
    ) -> Result<Vec<Recommendation>, QueryError> {
        let items = self.model.interactions().items();
        let known = history.into_iter().filter_map(|(id, worth)| Some((items.index(id)?, worth)));
        let history: History = known.collect();
        let seen = ItemSet::from_ascending(history.as_row().indices());
        Ok(self.named(&self.model.recommend_for(&history, &Request::top(k).excluding(&seen))?))
    }

    /// Returns the `k` items most similar to `item`.
    ///
    /// # Errors
    ///
    /// [`QueryError::UnknownId`] when the model never saw `item`, [`QueryError::Unsupported`] when it
    /// knows no similarity.
    pub fn similar(
        &self,
        item: impl AsRef<[u8]>,
        k: usize,
    ) -> Result<Vec<Recommendation>, QueryError> {
        let item = self.item(item.as_ref())?;
        let similar = self.model.as_similar_items().ok_or(QueryError::Unsupported {
            algorithm: self.model.kind().name(),
            ability: "name similar items",
        })?;
        Ok(self.named(&similar.similar_items(item, &Request::top(k))?))
    }

    /// Explains the score of `item` for `user`, naming at most `limit` causes.
    ///
    /// # Errors
    ///
    /// [`QueryError::UnknownId`] when the model never saw one of the two.
    pub fn explain(
        &self,
        user: impl AsRef<[u8]>,
        item: impl AsRef<[u8]>,
        limit: usize,
    ) -> Result<Explanation, QueryError> {
        let item = self.item(item.as_ref())?;
        Ok(self.model.scorer(self.user(user.as_ref())?)?.explain(item, limit))
    }

    /// Returns the id of an item of the model, as named in an [`Explanation`].
    #[must_use]
    pub fn item_id(&self, item: ItemIdx) -> Option<&[u8]> {
        self.model.interactions().items().id(item)
    }

    /// Turns the model into the bytes of a model file.
    ///
    /// # Errors
    ///
    /// Those of [`encode_model`].
    pub fn encode(&self) -> Result<Vec<u8>, CodecError> {
        encode_model(&*self.model)
    }

    /// Reads the bytes of a model file.
    ///
    /// # Errors
    ///
    /// Those of [`decode_model`].
    pub fn decode(bytes: &[u8]) -> Result<Self, CodecError> {
        Ok(Self { model: decode_model(bytes)? })
    }

    fn user(&self, id: &[u8]) -> Result<UserIdx, QueryError> {
        self.model.interactions().users().index(id).ok_or_else(|| unknown("user", id))
    }

    fn item(&self, id: &[u8]) -> Result<ItemIdx, QueryError> {
        self.model.interactions().items().index(id).ok_or_else(|| unknown("item", id))
    }

    fn named(&self, hits: &[ScoredItem]) -> Vec<Recommendation> {
        let named = hits.iter().filter_map(|hit| {
            Some(Recommendation { id: self.item_id(hit.item)?.to_vec(), score: hit.score })
        });
        named.collect()
    }
}

fn unknown(entity: &'static str, id: &[u8]) -> QueryError {
    QueryError::UnknownId { entity, id: String::from_utf8_lossy(id).into_owned() }
}
