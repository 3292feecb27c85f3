//! The directory of tenants, in memory.

use async_trait::async_trait;
use uuid::Uuid;

use super::state::TenantState;
use super::{Shared, invalid, missing, taken};
use crate::error::Result;
use crate::traits::TenantDirectory;
use crate::types::{NewTenant, Revisions, Tenant, TenantId, TenantPatch, TenantSettings, now};

#[async_trait]
impl TenantDirectory for Shared {
    async fn create(&self, new: NewTenant) -> Result<Tenant> {
        const OP: &str = "tenants.create";
        new.check().map_err(invalid(OP))?;
        let mut state = self.lock();
        let mut existing = state.tenants.values().filter_map(|state| state.tenant.as_ref());
        if existing.any(|tenant| tenant.domain == new.domain) {
            return Err(taken(OP, format!("a tenant with domain {:?} exists", new.domain)));
        }
        let tenant = Tenant {
            id: TenantId::generate(),
            name: new.name,
            domain: new.domain,
            is_active: true,
            tier: new.tier,
            settings: TenantSettings::default(),
            created_at: now(),
        };
        let rows = TenantState { tenant: Some(tenant.clone()), ..TenantState::default() };
        state.tenants.insert(tenant.id, rows);
        Ok(tenant)
    }

    async fn get(&self, id: TenantId) -> Result<Option<Tenant>> {
        Ok(self.lock().tenants.get(&id).and_then(|state| state.tenant.clone()))
    }

    async fn by_domain(&self, domain: &str) -> Result<Option<Tenant>> {
        let domain = domain.to_lowercase();
        let state = self.lock();
        let mut tenants = state.tenants.values().filter_map(|state| state.tenant.as_ref());
        Ok(tenants.find(|tenant| tenant.domain == domain).cloned())
    }

    async fn list(&self) -> Result<Vec<Tenant>> {
        // Ids of version 7 sort by creation.
        Ok(self.lock().tenants.values().filter_map(|state| state.tenant.clone()).collect())
    }

    async fn update(&self, id: TenantId, patch: TenantPatch) -> Result<Tenant> {
        const OP: &str = "tenants.update";
        patch.check().map_err(invalid(OP))?;
        let mut state = self.lock();
        let tenant = state.tenants.get_mut(&id).and_then(|state| state.tenant.as_mut());
        let tenant = tenant.ok_or_else(|| missing(OP, format!("tenant {id} does not exist")))?;
        patch.apply(tenant);
        Ok(tenant.clone())
    }

    async fn revisions(&self, id: TenantId) -> Result<Revisions> {
        let state = self.lock();
        let of = |state: &TenantState| {
            let mut models: Vec<Uuid> = state.current_models().map(|version| version.id).collect();
            models.sort_unstable();
            Revisions { log: state.last_sequence, catalog: state.revision, models }
        };
        Ok(state.tenants.get(&id).map(of).unwrap_or_default())
    }

    async fn with_claimable_jobs(&self) -> Result<Vec<TenantId>> {
        let state = self.lock();
        let now = now();
        let mut waiting = Vec::new();
        for (id, tenant) in &state.tenants {
            let oldest = tenant.jobs.iter().find(|row| row.is_claimable(now));
            waiting.extend(oldest.map(|row| (row.job.queued_at, *id)));
        }
        waiting.sort_unstable();
        Ok(waiting.into_iter().map(|(_, id)| id).collect())
    }
}
