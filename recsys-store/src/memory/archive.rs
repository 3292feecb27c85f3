//! Copies of tenants, from memory and to it.

use std::collections::HashMap;

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::state::TenantState;
use super::{MemoryTenant, invalid, missing, taken};
use crate::error::Result;
use crate::rules::tenant_exists;
use crate::traits::{Archive, ArchiveStore};
use crate::types::{
    ArchiveOrder, ArchivePiece, Credentials, DeletionRecord, EventRecord, ItemId, ModelRecord,
    TenantRecord, UserId, UserRecord,
};

#[async_trait]
impl ArchiveStore for MemoryTenant {
    async fn dump(&self) -> Result<Archive> {
        let pieces = match self.read(dump) {
            Some(pieces) => pieces.into_iter().map(Ok).collect(),
            None => {
                let what = format!("tenant {} does not exist", self.id);
                vec![Err(missing("archive.dump", what))]
            }
        };
        Ok(stream::iter(pieces).boxed())
    }

    async fn restore(&self, mut archive: Archive) -> Result<()> {
        const OP: &str = "archive.restore";
        let mut order = ArchiveOrder::of(self.id);
        let mut restored = TenantState::default();
        while let Some(piece) = archive.try_next().await? {
            order.check(&piece).map_err(invalid(OP))?;
            put(OP, &mut restored, piece)?;
        }
        order.end().map_err(invalid(OP))?;
        let mut state = self.shared.lock();
        let mut others = state.tenants.values().filter_map(|state| state.tenant.as_ref());
        if let Some(new) = &restored.tenant
            && others.any(|other| other.id == new.id || other.domain == new.domain)
        {
            return Err(taken(OP, tenant_exists(new)));
        }
        state.tenants.insert(self.id, restored);
        Ok(())
    }
}

/// Returns all pieces; `None` if there is no tenant.
fn dump(state: &TenantState) -> Option<Vec<ArchivePiece>> {
    let record = TenantRecord {
        tenant: state.tenant.clone()?,
        last_sequence: state.last_sequence,
        catalog_revision: state.revision,
    };
    let user = |found: &Credentials| UserRecord {
        user: found.user.clone(),
        password_hash: found.password_hash.clone(),
    };
    let mut deletions: Vec<(&ItemId, &u64)> = state.deleted.iter().collect();
    deletions.sort_unstable();
    let deletion =
        |(id, revision): (&ItemId, &u64)| DeletionRecord { item_id: *id, revision: *revision };
    let keys: HashMap<u64, _> =
        state.keys.iter().map(|(key, (fingerprint, at))| (*at, (key, *fingerprint))).collect();
    let events = state.events.values().map(|event| {
        let key = keys.get(&event.sequence);
        EventRecord {
            event: event.clone(),
            idempotency_key: key.map(|(key, _)| (*key).clone()),
            fingerprint: key.map(|(_, fingerprint)| *fingerprint),
        }
    });
    let mut models: Vec<_> = state.models.iter().collect();
    models.sort_by_key(|(version, _)| (&version.algorithm, version.created_at, version.id));
    let mut pieces = vec![
        ArchivePiece::Tenant(Box::new(record)),
        ArchivePiece::Users(state.users.values().map(user).collect()),
        ArchivePiece::Items(state.items.values().cloned().collect()),
        ArchivePiece::Deletions(deletions.into_iter().map(deletion).collect()),
        ArchivePiece::Interactions(events.collect()),
        ArchivePiece::Ratings(state.ratings.values().cloned().collect()),
    ];
    pieces.extend(models.into_iter().map(|(version, file)| {
        let is_current = state.current.get(&version.algorithm) == Some(&version.id);
        let record = ModelRecord { version: version.clone(), is_current };
        ArchivePiece::Model(Box::new(record), file.clone())
    }));
    pieces.push(ArchivePiece::End);
    Some(pieces)
}

fn put(op: &'static str, state: &mut TenantState, piece: ArchivePiece) -> Result<()> {
    match piece {
        ArchivePiece::Tenant(record) => {
            state.tenant = Some(record.tenant);
            state.last_sequence = record.last_sequence;
            state.revision = record.catalog_revision;
        }
        ArchivePiece::Users(records) => {
            for UserRecord { user, password_hash } in records {
                state.emails.insert(user.email.clone(), user.id);
                state.users.insert(user.id, Credentials { user, password_hash });
            }
        }
        ArchivePiece::Items(items) => items.into_iter().for_each(|item| state.put_item(item)),
        ArchivePiece::Deletions(records) => {
            for DeletionRecord { item_id, revision } in records {
                state.feed.insert((revision, item_id));
                state.deleted.insert(item_id, revision);
            }
        }
        ArchivePiece::Interactions(records) => {
            for EventRecord { event, idempotency_key, fingerprint } in records {
                require(op, state, event.user_id, event.item_id)?;
                if let Some((key, fingerprint)) = idempotency_key.zip(fingerprint) {
                    state.keys.insert(key, (fingerprint, event.sequence));
                }
                let last = state.last_sequence;
                state.put_event(event);
                state.last_sequence = last;
            }
        }
        ArchivePiece::Ratings(ratings) => {
            for rating in ratings {
                require(op, state, rating.user_id, rating.item_id)?;
                state.ratings.insert((rating.user_id, rating.item_id), rating);
            }
        }
        ArchivePiece::Model(record, file) => {
            let ModelRecord { version, is_current } = *record;
            if is_current {
                state.current.insert(version.algorithm.clone(), version.id);
            }
            state.models.push((version, file));
            // In order of publication, also of different algorithms.
            state.models.sort_by_key(|(version, _)| (version.created_at, version.id));
        }
        ArchivePiece::End => {}
    }
    Ok(())
}

fn require(op: &'static str, state: &TenantState, user: UserId, item: ItemId) -> Result<()> {
    if state.users.contains_key(&user) && state.items.contains_key(&item) {
        return Ok(());
    }
    Err(missing(op, format!("user {user} or item {item} is not in the copy")))
}
