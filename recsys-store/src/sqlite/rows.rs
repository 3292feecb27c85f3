//! Rows to types. Column lists are written once, beside the functions that read them.

use chrono::{DateTime, Utc};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::types::{
    Credentials, Interaction, InteractionId, Item, ItemId, JobId, JobStatus, ModelVersion, Rating,
    RatingId, Role, Tenant, TenantId, Tier, TrainingJob, User, UserId,
};

type Result<T> = std::result::Result<T, sqlx::Error>;

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
        "id, algorithm, created_at, bytes, watermark, metrics"
    };
}
/// Columns of [`job`].
macro_rules! job_columns {
    () => {
        "id, algorithm, status, progress, stage, queued_at, started_at, finished_at, error, \
         model_version, metrics"
    };
}
pub(super) use {
    interaction_columns, item_columns, job_columns, model_columns, rating_columns, tenant_columns,
    user_columns,
};

pub(super) fn tenant(row: &SqliteRow) -> Result<Tenant> {
    Ok(Tenant {
        id: TenantId(row.try_get(0)?),
        name: row.try_get(1)?,
        domain: row.try_get(2)?,
        is_active: row.try_get(3)?,
        tier: named(row.try_get(4)?, Tier::from_name)?,
        settings: json(row.try_get(5)?)?,
        created_at: time(row.try_get(6)?)?,
    })
}

pub(super) fn user(row: &SqliteRow) -> Result<User> {
    let preferences: Option<&str> = row.try_get(5)?;
    Ok(User {
        id: UserId(row.try_get(0)?),
        email: row.try_get(1)?,
        username: row.try_get(2)?,
        role: named(row.try_get(3)?, Role::from_name)?,
        preferences: preferences.map(json).transpose()?,
        external_id: row.try_get(6)?,
        created_at: time(row.try_get(7)?)?,
    })
}

pub(super) fn credentials(row: &SqliteRow) -> Result<Credentials> {
    Ok(Credentials { user: user(row)?, password_hash: row.try_get(4)? })
}

pub(super) fn item(row: &SqliteRow) -> Result<Item> {
    Ok(Item {
        id: ItemId(row.try_get(0)?),
        title: row.try_get(1)?,
        description: row.try_get(2)?,
        category: row.try_get(3)?,
        tags: json(row.try_get(4)?)?,
        metadata: json(row.try_get(5)?)?,
        external_id: row.try_get(6)?,
        is_active: row.try_get(7)?,
        rating_count: unsigned(row, 8)?,
        rating_sum: row.try_get(9)?,
        interaction_count: unsigned(row, 10)?,
        revision: unsigned(row, 11)?,
        created_at: time(row.try_get(12)?)?,
        updated_at: time(row.try_get(13)?)?,
    })
}

pub(super) fn interaction(row: &SqliteRow) -> Result<Interaction> {
    let context: Option<&str> = row.try_get(5)?;
    Ok(Interaction {
        id: InteractionId(row.try_get(0)?),
        user_id: UserId(row.try_get(1)?),
        item_id: ItemId(row.try_get(2)?),
        kind: row.try_get(3)?,
        value: row.try_get(4)?,
        context: context.map(json).transpose()?,
        recommendation_id: row.try_get(6)?,
        at: time(row.try_get(7)?)?,
        created_at: time(row.try_get(8)?)?,
        sequence: unsigned(row, 9)?,
    })
}

pub(super) fn rating(row: &SqliteRow) -> Result<Rating> {
    Ok(Rating {
        id: RatingId(row.try_get(0)?),
        user_id: UserId(row.try_get(1)?),
        item_id: ItemId(row.try_get(2)?),
        rating: row.try_get(3)?,
        review: row.try_get(4)?,
        created_at: time(row.try_get(5)?)?,
    })
}

pub(super) fn model(row: &SqliteRow) -> Result<ModelVersion> {
    Ok(ModelVersion {
        id: row.try_get::<Uuid, _>(0)?,
        algorithm: row.try_get(1)?,
        created_at: time(row.try_get(2)?)?,
        bytes: unsigned(row, 3)?,
        watermark: unsigned(row, 4)?,
        metrics: json(row.try_get(5)?)?,
    })
}

pub(super) fn job(row: &SqliteRow) -> Result<TrainingJob> {
    let started_at: Option<i64> = row.try_get(6)?;
    let finished_at: Option<i64> = row.try_get(7)?;
    let metrics: Option<&str> = row.try_get(10)?;
    Ok(TrainingJob {
        id: JobId(row.try_get(0)?),
        algorithm: row.try_get(1)?,
        status: named(row.try_get(2)?, JobStatus::from_name)?,
        progress: row.try_get(3)?,
        stage: row.try_get(4)?,
        queued_at: time(row.try_get(5)?)?,
        started_at: started_at.map(time).transpose()?,
        finished_at: finished_at.map(time).transpose()?,
        error: row.try_get(8)?,
        model_version: row.try_get(9)?,
        metrics: metrics.map(json).transpose()?,
    })
}

/// Counters and sequences are written from `u64` and never pass `i64::MAX`.
pub(super) fn unsigned(row: &SqliteRow, index: usize) -> Result<u64> {
    let value: i64 = row.try_get(index)?;
    u64::try_from(value).map_err(|error| sqlx::Error::Decode(error.into()))
}

/// Turns a count of the interface into a bound parameter.
pub(super) fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn time(millis: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(millis)
        .ok_or_else(|| sqlx::Error::Decode(format!("{millis} is no time").into()))
}

fn named<T>(name: &str, read: fn(&str) -> Option<T>) -> Result<T> {
    read(name).ok_or_else(|| sqlx::Error::Decode(format!("{name:?} is no known name").into()))
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(error.into()))
}
