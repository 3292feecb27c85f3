//! The mutation fields, by subject.

mod accounts;
mod catalog;
mod feedback;
mod training;

use async_graphql::MergedObject;

/// What can be changed.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(
    accounts::AccountsMutation,
    feedback::FeedbackMutation,
    catalog::CatalogMutation,
    training::TrainingMutation,
);
