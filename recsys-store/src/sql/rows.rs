//! Rows to types. Column lists are written once, beside the functions that read them.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::types::Json;
use uuid::Uuid;

use crate::types::{
    Credentials, DescriptionChange, DescriptionChangeKind, Interaction, InteractionId, Item,
    ItemChange, ItemId, ItemState, JobId, JobStatus, ModelVersion, Rating, RatingId, Role, Tenant,
    TenantId, Tier, TrainingJob, User, UserId,
};

type Result<T> = std::result::Result<T, sqlx::Error>;

/// A row of any of the databases, read by the number of the column.
pub(crate) trait SqlRow {
    fn flag(&self, index: usize) -> Result<bool>;
    fn float(&self, index: usize) -> Result<f64>;
    fn id(&self, index: usize) -> Result<Uuid>;
    fn optional_id(&self, index: usize) -> Result<Option<Uuid>>;
    fn json<T: DeserializeOwned>(&self, index: usize) -> Result<T>;
    fn optional_json<T: DeserializeOwned>(&self, index: usize) -> Result<Option<T>>;
    fn text(&self, index: usize) -> Result<String>;
    fn optional_text(&self, index: usize) -> Result<Option<String>>;
    fn time(&self, index: usize) -> Result<DateTime<Utc>>;
    fn optional_time(&self, index: usize) -> Result<Option<DateTime<Utc>>>;
    /// Counters and sequences are written from `u64` and never pass `i64::MAX`.
    fn unsigned(&self, index: usize) -> Result<u64>;
}

/// Reads the columns of a row; `$time` is the type of a time, `$to_time` makes one of it.
macro_rules! sql_row {
    ($row:ty, $time:ty, $to_time:expr) => {
        impl SqlRow for $row {
            fn flag(&self, index: usize) -> Result<bool> {
                self.try_get(index)
            }
            fn float(&self, index: usize) -> Result<f64> {
                self.try_get(index)
            }
            fn id(&self, index: usize) -> Result<Uuid> {
                self.try_get(index)
            }
            fn optional_id(&self, index: usize) -> Result<Option<Uuid>> {
                self.try_get(index)
            }
            fn json<T: DeserializeOwned>(&self, index: usize) -> Result<T> {
                let Json(value) = self.try_get(index)?;
                Ok(value)
            }
            fn optional_json<T: DeserializeOwned>(&self, index: usize) -> Result<Option<T>> {
                let value: Option<Json<T>> = self.try_get(index)?;
                Ok(value.map(|Json(value)| value))
            }
            fn text(&self, index: usize) -> Result<String> {
                self.try_get(index)
            }
            fn optional_text(&self, index: usize) -> Result<Option<String>> {
                self.try_get(index)
            }
            fn time(&self, index: usize) -> Result<DateTime<Utc>> {
                self.try_get::<$time, _>(index).and_then($to_time)
            }
            fn optional_time(&self, index: usize) -> Result<Option<DateTime<Utc>>> {
                let time: Option<$time> = self.try_get(index)?;
                time.map($to_time).transpose()
            }
            fn unsigned(&self, index: usize) -> Result<u64> {
                let value: i64 = self.try_get(index)?;
                u64::try_from(value).map_err(|error| sqlx::Error::Decode(error.into()))
            }
        }
    };
}

#[cfg(feature = "postgres")]
sql_row!(sqlx::postgres::PgRow, DateTime<Utc>, Ok);
#[cfg(feature = "sqlite")]
sql_row!(sqlx::sqlite::SqliteRow, i64, of_milliseconds);

/// Columns of [`tenant`].
macro_rules! tenant_columns {
    () => {
        "id, name, domain, is_active, tier, settings, created_at"
    };
}
/// Columns of [`user`] and [`credentials`].
macro_rules! user_columns {
    () => {
        "u.id, u.email, u.username, u.role, u.password_hash, u.preferences, u.external_id, \
         u.created_at"
    };
}
/// Columns of [`item`].
macro_rules! item_columns {
    () => {
        "i.id, i.title, i.description, i.category, i.tags, i.metadata, i.external_id, \
         i.is_active, i.rating_count, i.rating_sum, i.interaction_count, i.revision, \
         i.created_at, i.updated_at"
    };
}
/// Columns of [`interaction`].
macro_rules! interaction_columns {
    () => {
        "e.id, e.user_id, e.item_id, e.kind, e.value, e.context, e.recommendation_id, e.at, \
         e.created_at, e.sequence"
    };
}
/// Columns of [`rating`].
macro_rules! rating_columns {
    () => {
        "r.id, r.user_id, r.item_id, r.rating, r.review, r.created_at"
    };
}
/// Columns of [`model`].
macro_rules! model_columns {
    () => {
        "id, algorithm, created_at, bytes, watermark, metrics, coalesce(activated_at, created_at)"
    };
}
/// Columns of [`job`].
macro_rules! job_columns {
    () => {
        "id, algorithm, status, progress, stage, queued_at, started_at, finished_at, error, \
         model_version, metrics"
    };
}
pub(crate) use {
    interaction_columns, item_columns, job_columns, model_columns, rating_columns, tenant_columns,
    user_columns,
};

pub(crate) fn tenant(row: &impl SqlRow) -> Result<Tenant> {
    Ok(Tenant {
        id: TenantId(row.id(0)?),
        name: row.text(1)?,
        domain: row.text(2)?,
        is_active: row.flag(3)?,
        tier: named(&row.text(4)?, Tier::from_name)?,
        settings: row.json(5)?,
        created_at: row.time(6)?,
    })
}

pub(crate) fn user(row: &impl SqlRow) -> Result<User> {
    Ok(User {
        id: UserId(row.id(0)?),
        email: row.text(1)?,
        username: row.text(2)?,
        role: named(&row.text(3)?, Role::from_name)?,
        preferences: row.optional_json(5)?,
        external_id: row.optional_text(6)?,
        created_at: row.time(7)?,
    })
}

pub(crate) fn credentials(row: &impl SqlRow) -> Result<Credentials> {
    Ok(Credentials { user: user(row)?, password_hash: row.optional_text(4)? })
}

pub(crate) fn item(row: &impl SqlRow) -> Result<Item> {
    Ok(Item {
        id: ItemId(row.id(0)?),
        title: row.text(1)?,
        description: row.optional_text(2)?,
        category: row.optional_text(3)?,
        tags: row.json(4)?,
        metadata: row.json(5)?,
        external_id: row.optional_text(6)?,
        is_active: row.flag(7)?,
        rating_count: row.unsigned(8)?,
        rating_sum: row.float(9)?,
        interaction_count: row.unsigned(10)?,
        revision: row.unsigned(11)?,
        created_at: row.time(12)?,
        updated_at: row.time(13)?,
    })
}

/// Reads a row of the feed: an item, or its id and revision and nothing else when it is gone.
pub(crate) fn item_change(row: &impl SqlRow) -> Result<ItemChange> {
    let state = match row.optional_text(1)? {
        None => ItemState::Deleted,
        Some(_) => ItemState::Present(Box::new(item(row)?)),
    };
    Ok(ItemChange { revision: row.unsigned(11)?, item: ItemId(row.id(0)?), state })
}

/// Reads a row of the feed of descriptions.
pub(crate) fn description_change(row: &impl SqlRow) -> Result<DescriptionChange> {
    Ok(DescriptionChange {
        item: ItemId(row.id(0)?),
        revision: row.unsigned(1)?,
        kind: named(&row.text(2)?, DescriptionChangeKind::from_name)?,
    })
}

pub(crate) fn interaction(row: &impl SqlRow) -> Result<Interaction> {
    Ok(Interaction {
        id: InteractionId(row.id(0)?),
        user_id: UserId(row.id(1)?),
        item_id: ItemId(row.id(2)?),
        kind: row.text(3)?,
        value: row.float(4)?,
        context: row.optional_json(5)?,
        recommendation_id: row.optional_id(6)?,
        at: row.time(7)?,
        created_at: row.time(8)?,
        sequence: row.unsigned(9)?,
    })
}

pub(crate) fn rating(row: &impl SqlRow) -> Result<Rating> {
    Ok(Rating {
        id: RatingId(row.id(0)?),
        user_id: UserId(row.id(1)?),
        item_id: ItemId(row.id(2)?),
        rating: row.float(3)?,
        review: row.optional_text(4)?,
        created_at: row.time(5)?,
    })
}

pub(crate) fn model(row: &impl SqlRow) -> Result<ModelVersion> {
    Ok(ModelVersion {
        id: row.id(0)?,
        algorithm: row.text(1)?,
        created_at: row.time(2)?,
        bytes: row.unsigned(3)?,
        watermark: row.unsigned(4)?,
        metrics: row.json(5)?,
        activated_at: row.time(6)?,
    })
}

pub(crate) fn job(row: &impl SqlRow) -> Result<TrainingJob> {
    Ok(TrainingJob {
        id: JobId(row.id(0)?),
        algorithm: row.text(1)?,
        status: named(&row.text(2)?, JobStatus::from_name)?,
        progress: row.float(3)?,
        stage: row.optional_text(4)?,
        queued_at: row.time(5)?,
        started_at: row.optional_time(6)?,
        finished_at: row.optional_time(7)?,
        error: row.optional_text(8)?,
        model_version: row.optional_id(9)?,
        metrics: row.optional_json(10)?,
    })
}

/// Turns a count of the interface into a bound parameter.
pub(crate) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(feature = "sqlite")]
fn of_milliseconds(millis: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis)
        .ok_or_else(|| sqlx::Error::Decode(format!("{millis} is no time").into()))
}

fn named<T>(name: &str, read: fn(&str) -> Option<T>) -> Result<T> {
    read(name).ok_or_else(|| sqlx::Error::Decode(format!("{name:?} is no known name").into()))
}
