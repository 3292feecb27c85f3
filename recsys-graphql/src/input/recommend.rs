//! What to recommend.

use async_graphql::InputObject;
use recsys_store::{
    engine::{Condition, EngineError, Filter, RecommendQuery},
    types::{ItemId, UserId},
};
use serde_json::Value;
use uuid::Uuid;

use super::page;
use crate::error::{ApiError, Result};

/// How strongly to diversify when nobody says.
const DIVERSITY: f64 = 0.3;
/// What to use when nobody says.
const ALGORITHM: &str = "hybrid";

/// What to recommend, and how.
#[derive(Default, InputObject)]
pub(crate) struct RecommendationOptions {
    /// One of the names that algorithms lists.
    #[graphql(default_with = "Some(ALGORITHM.to_owned())")]
    algorithm: Option<String>,
    /// 1 to 100.
    #[graphql(default = 10)]
    pub(crate) num_recommendations: Option<i32>,
    /// Whether to prefer variety over a list of look-alikes.
    #[graphql(default_with = "Some(true)")]
    diversify: Option<bool>,
    /// Whether to say why.
    #[graphql(default_with = "Some(false)")]
    explain: Option<bool>,
    filters: Option<RecommendationFilter>,
    /// 0 to 1, how strongly to diversify when diversify is true; 0.3 if absent.
    diversity: Option<f64>,
    /// Act as if these items had just been viewed.
    seed_items: Option<Vec<Uuid>>,
}

/// Which items may be recommended.
#[derive(Default, InputObject)]
pub(crate) struct RecommendationFilter {
    /// Keep items of any of these.
    categories: Option<Vec<String>>,
    /// Drop items of these.
    exclude_categories: Option<Vec<String>>,
    /// Keep items with any of these.
    tags: Option<Vec<String>>,
    /// Keep items with at least this mean rating.
    min_rating: Option<f64>,
    /// Drop these.
    exclude_items: Option<Vec<Uuid>>,
    /// Drop what the user has an interaction with.
    #[graphql(default_with = "Some(true)")]
    exclude_interacted: Option<bool>,
    /// Comparisons on metadata: {"price": {"lt": 20}}, with and/or/not, eq/ne/lt/lte/gt/gte/in.
    #[graphql(name = "where")]
    condition: Option<Value>,
}

impl RecommendationOptions {
    /// Converts `options`, absent ones into the defaults, for `user` or somebody unknown.
    pub(crate) fn query(options: Option<Self>, user: Option<UserId>) -> Result<RecommendQuery> {
        let options = options.unwrap_or_default();
        let limit = page("options.numRecommendations", options.num_recommendations, 10)?;
        Ok(RecommendQuery {
            user,
            seed_items: items(options.seed_items),
            algorithm: options.algorithm.unwrap_or_else(|| ALGORITHM.to_owned()),
            limit: limit as usize,
            filter: options.filters.unwrap_or_default().parse()?,
            diversity: match options.diversify {
                Some(false) => None,
                _ => Some(strength(options.diversity)?),
            },
            explain: options.explain.unwrap_or(false),
        })
    }
}

impl RecommendationFilter {
    fn parse(self) -> Result<Filter> {
        let condition = self.condition.filter(|tree| !tree.is_null());
        let condition = condition
            .map(|tree| Condition::parse("options.filters.where", &tree))
            .transpose()
            .map_err(EngineError::from)?;
        Ok(Filter {
            categories: self.categories.unwrap_or_default(),
            exclude_categories: self.exclude_categories.unwrap_or_default(),
            tags: self.tags.unwrap_or_default(),
            min_rating: self.min_rating,
            exclude_items: items(self.exclude_items),
            exclude_interacted: self.exclude_interacted.unwrap_or(true),
            condition,
        })
    }
}

fn items(ids: Option<Vec<Uuid>>) -> Vec<ItemId> {
    ids.unwrap_or_default().into_iter().map(ItemId).collect()
}

fn strength(asked: Option<f64>) -> Result<f32> {
    let asked = asked.unwrap_or(DIVERSITY);
    if (0.0..=1.0).contains(&asked) {
        return Ok(asked as f32);
    }
    Err(ApiError::input("options.diversity", format_args!("is {asked}, expected 0 to 1")))
}
