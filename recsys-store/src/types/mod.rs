//! Plain data that crosses the storage boundary: no behaviour beyond validation and small conversions.
//!
//! Everything here is independent of any backend and of any wire format. Times are UTC with
//! millisecond precision; ids are newtypes over [`uuid::Uuid`].

mod archive;
mod digest;
mod event;
mod ids;
mod interaction;
mod item;
mod job;
mod model;
mod session;
mod tenant;
mod time;
mod user;
mod validate;
mod vector;

pub(crate) use self::archive::ArchiveOrder;
pub use self::archive::{
    ArchivePiece, DeletionRecord, EventRecord, ModelRecord, TenantRecord, UserRecord,
};
pub use self::digest::TokenDigest;
pub use self::event::{BusEvent, Change, Subject, Topic};
pub use self::ids::{InteractionId, ItemId, JobId, RatingId, TenantId, UserId};
pub use self::interaction::{Interaction, NewInteraction, NewRating, RATING_KIND, Rating};
pub use self::item::{
    DescriptionChange, DescriptionChangeKind, Item, ItemChange, ItemPatch, ItemPosition, ItemQuery,
    ItemState, NewItem,
};
pub use self::job::{Heartbeat, JobOutcome, JobProgress, JobStatus, TrainingJob};
pub use self::model::{Claim, ModelVersion, NewModel};
pub use self::session::{NewSession, NextSession, Rotation};
pub use self::tenant::{
    NewTenant, Revisions, Tenant, TenantPatch, TenantSettings, Tier, TrainingPolicy,
};
pub use self::time::now;
pub use self::user::{Credentials, NewUser, Role, User, UserPatch};
pub use self::validate::InvalidField;
pub use self::vector::{VectorCollection, VectorFilter, VectorHit, VectorPoint, VectorQuery};
pub use recsys_core::index::Metric;
