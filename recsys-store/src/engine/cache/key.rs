//! Names of cached values.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::super::RecommendQuery;
use crate::types::{ItemId, TenantId, UserId};

/// Everything that a list depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct ListKey {
    pub(in super::super) tenant: TenantId,
    /// Version of the model that answers.
    pub(in super::super) model: Option<Uuid>,
    /// Name for the settings of the tenant.
    pub(in super::super) settings: Uuid,
    /// Revision of the descriptions in the catalogue.
    pub(in super::super) description: u64,
    /// Revision of the catalogue with its counters, for a list that depends on them. They change with
    /// every event of anybody; most lists do not depend on them and outlive such changes.
    pub(in super::super) counters: Option<u64>,
    /// Who, and the version of that user's history.
    pub(in super::super) user: Option<(UserId, u64)>,
    /// The rest of the question.
    pub(in super::super) question: Question,
}

impl ListKey {
    /// Returns a digest of everything but the tenant, as text.
    pub(in super::super) fn digest(&self) -> String {
        let Self { tenant: _, model, settings, description, counters, user, question } = self;
        let parts = serde_json::json!([model, settings, description, counters, user, question.0]);
        let digest = Sha256::digest(parts.to_string());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns the key of the same list, if it does not depend on counters.
    pub(in super::super) fn without_counters(&self) -> Self {
        Self { counters: None, ..self.clone() }
    }
}

/// A digest of what was asked, the user aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct Question([u8; 32]);

impl Question {
    pub(in super::super) fn of(query: &RecommendQuery) -> Self {
        let RecommendQuery { user: _, seed_items, algorithm, limit, filter, diversity, explain } =
            query;
        let text = serde_json::json!([seed_items, algorithm, limit, filter, diversity, explain]);
        Self(Sha256::digest(text.to_string()).into())
    }
}

/// Everything that the neighbours of an item depend on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in super::super) struct SimilarKey {
    pub(in super::super) tenant: TenantId,
    /// Name for the models that are loaded.
    pub(in super::super) models: Uuid,
    pub(in super::super) description: u64,
    /// As in [`ListKey`].
    pub(in super::super) counters: Option<u64>,
    /// State of the index of vectors.
    pub(in super::super) index: u64,
    pub(in super::super) item: ItemId,
    pub(in super::super) limit: usize,
}

impl SimilarKey {
    pub(in super::super) fn without_counters(&self) -> Self {
        Self { counters: None, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Condition, Filter};

    #[test]
    fn every_part_of_a_question_counts() {
        let plain = RecommendQuery::anonymous;
        let filtered = |filter| RecommendQuery { filter, ..plain() };
        let condition = |limit: f64| {
            let tree = serde_json::json!({ "price": { "lt": limit } });
            filtered(Filter {
                condition: Some(Condition::parse("where", &tree).unwrap()),
                ..Filter::default()
            })
        };
        let questions = [
            plain(),
            RecommendQuery { seed_items: vec![ItemId::generate()], ..plain() },
            RecommendQuery { algorithm: "als".into(), ..plain() },
            RecommendQuery { limit: 11, ..plain() },
            RecommendQuery { diversity: Some(0.3), ..plain() },
            RecommendQuery { explain: true, ..plain() },
            filtered(Filter { categories: vec!["a".into(), "b".into()], ..Filter::default() }),
            filtered(Filter { categories: vec!["a,b".into()], ..Filter::default() }),
            filtered(Filter { exclude_categories: vec!["a".into()], ..Filter::default() }),
            filtered(Filter { tags: vec!["a".into()], ..Filter::default() }),
            filtered(Filter { min_rating: Some(1.0), ..Filter::default() }),
            filtered(Filter { exclude_items: vec![ItemId::generate()], ..Filter::default() }),
            filtered(Filter { exclude_interacted: false, ..Filter::default() }),
            condition(1.0),
            condition(2.0),
        ];
        let digests: std::collections::HashSet<Question> =
            questions.iter().map(Question::of).collect();
        assert_eq!(digests.len(), questions.len());
        assert_eq!(Question::of(&plain()), Question::of(&plain()));
    }
}
