//! The directory of tenants, in SQLite.

use async_trait::async_trait;
use uuid::Uuid;

use super::database::Database;
use super::error::{failed, invalid, missing, taken};
use crate::error::Result;
use crate::sql::{self, tenant_columns};
use crate::traits::TenantDirectory;
use crate::types::{
    NewTenant, Revisions, Tenant, TenantId, TenantPatch, TenantSettings, Tier, now,
};

#[async_trait]
impl TenantDirectory for Database {
    async fn create(&self, new: NewTenant) -> Result<Tenant> {
        const OP: &str = "tenants.create";
        new.check().map_err(invalid(OP))?;
        self.write(OP, move |connection| {
            Box::pin(async move {
                let tenant = Tenant {
                    id: TenantId::generate(),
                    name: new.name,
                    domain: new.domain,
                    is_active: true,
                    tier: new.tier,
                    settings: TenantSettings::default(),
                    created_at: now(),
                };
                let inserted = sqlx::query(
                    "INSERT INTO tenants (id, name, domain, is_active, tier, settings, created_at) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (domain) DO NOTHING",
                )
                .bind(tenant.id.0)
                .bind(&tenant.name)
                .bind(&tenant.domain)
                .bind(tenant.is_active)
                .bind(tenant.tier.name())
                .bind(settings_json(&tenant.settings))
                .bind(tenant.created_at.timestamp_millis())
                .execute(connection)
                .await
                .map_err(failed(OP))?;
                if inserted.rows_affected() == 0 {
                    let what = format!("a tenant with domain {:?} exists", tenant.domain);
                    return Err(taken(OP, what));
                }
                Ok(tenant)
            })
        })
        .await
    }

    async fn get(&self, id: TenantId) -> Result<Option<Tenant>> {
        const OP: &str = "tenants.get";
        let row = sqlx::query(concat!("SELECT ", tenant_columns!(), " FROM tenants WHERE id = ?1"))
            .bind(id.0)
            .fetch_optional(self.readers())
            .await
            .map_err(failed(OP))?;
        row.as_ref().map(sql::tenant).transpose().map_err(failed(OP))
    }

    async fn by_domain(&self, domain: &str) -> Result<Option<Tenant>> {
        const OP: &str = "tenants.by_domain";
        let sql = concat!("SELECT ", tenant_columns!(), " FROM tenants WHERE domain = ?1");
        let row = sqlx::query(sql)
            .bind(domain.to_lowercase())
            .fetch_optional(self.readers())
            .await
            .map_err(failed(OP))?;
        row.as_ref().map(sql::tenant).transpose().map_err(failed(OP))
    }

    async fn list(&self) -> Result<Vec<Tenant>> {
        const OP: &str = "tenants.list";
        let sql = concat!("SELECT ", tenant_columns!(), " FROM tenants ORDER BY created_at, id");
        let found = sqlx::query(sql).fetch_all(self.readers()).await.map_err(failed(OP))?;
        found.iter().map(sql::tenant).collect::<Result<_, _>>().map_err(failed(OP))
    }

    async fn update(&self, id: TenantId, patch: TenantPatch) -> Result<Tenant> {
        const OP: &str = "tenants.update";
        patch.check().map_err(invalid(OP))?;
        self.write(OP, move |connection| {
            Box::pin(async move {
                let sql = concat!(
                    "UPDATE tenants SET name = coalesce(?2, name), tier = coalesce(?3, tier), \
                     is_active = coalesce(?4, is_active), settings = coalesce(?5, settings) \
                     WHERE id = ?1 RETURNING ",
                    tenant_columns!()
                );
                let row = sqlx::query(sql)
                    .bind(id.0)
                    .bind(patch.name)
                    .bind(patch.tier.map(Tier::name))
                    .bind(patch.is_active)
                    .bind(patch.settings.as_ref().map(settings_json))
                    .fetch_optional(connection)
                    .await
                    .map_err(failed(OP))?;
                let row = row.ok_or_else(|| missing(OP, format!("tenant {id} does not exist")))?;
                sql::tenant(&row).map_err(failed(OP))
            })
        })
        .await
    }

    async fn revisions(&self, id: TenantId) -> Result<Revisions> {
        const OP: &str = "tenants.revisions";
        let found: Vec<(i64, i64, Option<Uuid>)> = sqlx::query_as(
            "SELECT t.last_sequence, t.catalog_revision, m.id FROM tenants AS t \
             LEFT JOIN models AS m ON m.tenant_id = t.id AND m.is_current \
             WHERE t.id = ?1 ORDER BY m.id",
        )
        .bind(id.0)
        .fetch_all(self.readers())
        .await
        .map_err(failed(OP))?;
        let (log, catalog) = found.first().map_or((0, 0), |(log, catalog, _)| (*log, *catalog));
        Ok(Revisions {
            log: log.unsigned_abs(),
            catalog: catalog.unsigned_abs(),
            models: found.into_iter().filter_map(|(_, _, model)| model).collect(),
        })
    }

    async fn with_claimable_jobs(&self) -> Result<Vec<TenantId>> {
        let ids: Vec<Uuid> = sqlx::query_scalar(
            "SELECT tenant_id FROM jobs WHERE status IN ('queued', 'running') \
             AND (status = 'queued' OR lease_until <= ?1) \
             GROUP BY tenant_id ORDER BY min(queued_at), tenant_id",
        )
        .bind(now().timestamp_millis())
        .fetch_all(self.readers())
        .await
        .map_err(failed("tenants.with_claimable_jobs"))?;
        Ok(ids.into_iter().map(TenantId).collect())
    }
}

pub(super) fn settings_json(settings: &TenantSettings) -> String {
    serde_json::to_string(settings).expect("settings are plain data with text keys")
}
