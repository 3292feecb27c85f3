//! What the SQL backends have in common: reading rows, naming failures, deciding what a batch does.
//!
//! Statements are not shared: each backend has its own, in the words of its database.

mod archive;
mod batch;
mod failure;
mod rows;
mod shield;

pub(crate) use self::archive::{
    Outlet, archive, deletion, event_record, made_room, model_record, pass_on, pass_rows_on,
    tenant_record, user_record,
};
pub(crate) use self::batch::{
    EventPlan, KeyedEvent, UserRow, by_place, external_item_ids, external_user_ids,
    first_repeated_email, first_taken_item, keyed_events, merged_items, merged_users,
};
pub(crate) use self::failure::kind_of;
pub(crate) use self::rows::{
    SqlRow, credentials, description_change, interaction, interaction_columns, item, item_change,
    item_columns, job, job_columns, model, model_columns, rating, rating_columns, signed, tenant,
    tenant_columns, user, user_columns,
};
pub(crate) use self::shield::{aside, shielded};
