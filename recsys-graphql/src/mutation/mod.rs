//! The mutation fields, by subject.

mod accounts;
mod catalog;
mod feedback;
mod people;
mod training;

use async_graphql::MergedObject;

/// What can be changed.
#[derive(Debug, Default, MergedObject)]
pub struct Mutation(
    accounts::AccountsMutation,
    feedback::FeedbackMutation,
    catalog::CatalogMutation,
    people::PeopleMutation,
    training::TrainingMutation,
);
