//! Batched loads: all items (or users) that the resolvers of one request want at the same time are
//! read in one call.
//!
//! Loaders live as long as one request, and the tenant is part of each key, so nothing is shared
//! between callers.

mod items;
mod users;

pub(crate) use self::{items::ItemLoader, users::UserLoader};

use std::collections::HashMap;

use recsys_store::types::TenantId;

/// Returns the ids of `keys`, by tenant.
fn by_tenant<I: Copy>(keys: &[(TenantId, I)]) -> HashMap<TenantId, Vec<I>> {
    let mut groups: HashMap<TenantId, Vec<I>> = HashMap::new();
    for &(tenant, id) in keys {
        groups.entry(tenant).or_default().push(id);
    }
    groups
}
