//! The query fields, by subject.

mod catalog;
mod limits;
mod model;
mod people;
mod performance;
mod recommend;
mod trending;

use async_graphql::MergedObject;

/// What can be asked.
#[derive(Debug, Default, MergedObject)]
pub struct Query(
    people::PeopleQuery,
    catalog::CatalogQuery,
    recommend::RecommendationQuery,
    model::ModelQuery,
    trending::TrendsQuery,
    limits::LimitsQuery,
    performance::PerformanceQuery,
);
