//! What subscribers are told of: changes, and the topics under which they are announced.
//!
//! These are not the events of the log ([`Interaction`]), though recording one is a change.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Interaction, ItemId, JobId, Rating, TenantId, TrainingJob, UserId};

/// One change in one tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BusEvent {
    /// Where.
    pub tenant: TenantId,
    /// What.
    pub change: Change,
    /// Of a change of the catalogue its revision, if whoever announces it knows it.
    #[serde(default)]
    pub revision: Option<u64>,
}

/// What has changed. The change is committed when it is announced.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// An event was recorded in the log.
    InteractionRecorded(Box<Interaction>),
    /// The description of an item, or whether it is active.
    ItemChanged(ItemId),
    /// An item is new.
    ItemCreated(ItemId),
    /// An item is gone.
    ItemDeleted(ItemId),
    /// A user rated an item.
    ItemRated(Box<Rating>),
    /// A training began, went on or ended.
    JobMoved(Box<TrainingJob>),
    /// A model took the place of the former one.
    ModelPublished {
        /// Of which algorithm.
        algorithm: String,
        /// Which version.
        version: Uuid,
    },
    /// The account of a user, or what decides on the user's lists; also that the account is gone.
    UserChanged(UserId),
}

/// What one may subscribe to: a subject within a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Topic {
    /// Where.
    pub tenant: TenantId,
    /// What about.
    pub subject: Subject,
}

/// What a change is about. Some changes are about several subjects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Subject {
    /// Items that come, change or go.
    Catalog,
    /// What anybody does and how anybody rates.
    Feedback,
    /// What is done with one item, and what becomes of it.
    Item(ItemId),
    /// One training.
    Job(JobId),
    /// Published models.
    Models,
    /// What one user does, and what becomes of the account.
    User(UserId),
}

impl Change {
    /// Returns what the change is about.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        match self {
            Self::InteractionRecorded(event) => {
                vec![Subject::Item(event.item_id), Subject::User(event.user_id), Subject::Feedback]
            }
            Self::ItemRated(rating) => {
                vec![
                    Subject::Item(rating.item_id),
                    Subject::User(rating.user_id),
                    Subject::Feedback,
                ]
            }
            Self::ItemChanged(item) | Self::ItemCreated(item) | Self::ItemDeleted(item) => {
                vec![Subject::Item(*item), Subject::Catalog]
            }
            Self::JobMoved(job) => vec![Subject::Job(job.id)],
            Self::ModelPublished { .. } => vec![Subject::Models],
            Self::UserChanged(user) => vec![Subject::User(*user)],
        }
    }
}

impl BusEvent {
    /// Returns the announcement of a change.
    #[must_use]
    pub fn new(tenant: TenantId, change: Change) -> Self {
        Self { tenant, change, revision: None }
    }

    /// Adds the revision of the catalogue that the change made.
    #[must_use]
    pub fn with_revision(self, revision: Option<u64>) -> Self {
        Self { revision, ..self }
    }

    /// Returns the topics under which the event is announced.
    pub fn topics(&self) -> impl Iterator<Item = Topic> + use<> {
        let tenant = self.tenant;
        self.change.subjects().into_iter().map(move |subject| Topic { tenant, subject })
    }
}
