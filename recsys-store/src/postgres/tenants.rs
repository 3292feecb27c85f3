//! The directory of tenants, in PostgreSQL.

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::bulk::storable;
use super::database::{Access, Database, Scope};
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
        let tenant = Tenant {
            id: TenantId::generate(),
            name: new.name,
            domain: new.domain,
            is_active: true,
            tier: new.tier,
            settings: TenantSettings::default(),
            created_at: now(),
        };
        self.run(OP, Scope::Directory, Access::Write, tenant.clone(), |connection, tenant| {
            Box::pin(insert(connection, OP, tenant))
        })
        .await?;
        Ok(tenant)
    }

    async fn get(&self, id: TenantId) -> Result<Option<Tenant>> {
        const OP: &str = "tenants.get";
        let sql = concat!("SELECT ", tenant_columns!(), " FROM tenants WHERE id = $1");
        self.run(OP, Scope::Directory, Access::Read, (), move |connection, ()| {
            Box::pin(async move {
                let row = sqlx::query(sql)
                    .bind(id.0)
                    .fetch_optional(connection)
                    .await
                    .map_err(failed(OP))?;
                row.as_ref().map(sql::tenant).transpose().map_err(failed(OP))
            })
        })
        .await
    }

    async fn by_domain(&self, domain: &str) -> Result<Option<Tenant>> {
        const OP: &str = "tenants.by_domain";
        if !storable(domain) {
            return Ok(None);
        }
        let sql = concat!("SELECT ", tenant_columns!(), " FROM tenants WHERE domain = $1");
        self.run(
            OP,
            Scope::Directory,
            Access::Read,
            domain.to_lowercase(),
            move |connection, domain| {
                Box::pin(async move {
                    let row = sqlx::query(sql)
                        .bind(domain)
                        .fetch_optional(connection)
                        .await
                        .map_err(failed(OP))?;
                    row.as_ref().map(sql::tenant).transpose().map_err(failed(OP))
                })
            },
        )
        .await
    }

    async fn list(&self) -> Result<Vec<Tenant>> {
        const OP: &str = "tenants.list";
        let sql = concat!("SELECT ", tenant_columns!(), " FROM tenants ORDER BY created_at, id");
        self.run(OP, Scope::Directory, Access::Read, (), move |connection, ()| {
            Box::pin(async move {
                let found = sqlx::query(sql).fetch_all(connection).await.map_err(failed(OP))?;
                found.iter().map(sql::tenant).collect::<Result<_, _>>().map_err(failed(OP))
            })
        })
        .await
    }

    async fn update(&self, id: TenantId, patch: TenantPatch) -> Result<Tenant> {
        const OP: &str = "tenants.update";
        patch.check().map_err(invalid(OP))?;
        let sql = concat!(
            "UPDATE tenants SET name = coalesce($2, name), tier = coalesce($3, tier), \
             is_active = coalesce($4, is_active), settings = coalesce($5::text::json, settings) \
             WHERE id = $1 RETURNING ",
            tenant_columns!()
        );
        self.run(OP, Scope::Directory, Access::Write, patch, move |connection, patch| {
            Box::pin(async move {
                let row = sqlx::query(sql)
                    .bind(id.0)
                    .bind(patch.name.as_deref())
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
        self.run(OP, Scope::Tenant(id), Access::Read, (), move |connection, ()| {
            Box::pin(async move {
                let found: Option<(i64, i64, Vec<Uuid>)> = sqlx::query_as(
                    "SELECT last_sequence, catalog_revision, ARRAY(SELECT id FROM models \
                     WHERE tenant_id = $1 AND is_current ORDER BY id) \
                     FROM tenants WHERE id = $1",
                )
                .bind(id.0)
                .fetch_optional(connection)
                .await
                .map_err(failed(OP))?;
                let revisions = found.map(|(log, catalog, models)| Revisions {
                    log: log.unsigned_abs(),
                    catalog: catalog.unsigned_abs(),
                    models,
                });
                Ok(revisions.unwrap_or_default())
            })
        })
        .await
    }

    async fn with_claimable_jobs(&self) -> Result<Vec<TenantId>> {
        const OP: &str = "tenants.with_claimable_jobs";
        self.run(OP, Scope::Directory, Access::Read, (), |connection, ()| {
            Box::pin(async move {
                let ids: Vec<Uuid> = sqlx::query_scalar(
                    "SELECT tenant_id FROM jobs WHERE status IN ('queued', 'running') \
                     AND (status = 'queued' OR lease_until <= $1) \
                     GROUP BY tenant_id ORDER BY min(queued_at), tenant_id",
                )
                .bind(now())
                .fetch_all(connection)
                .await
                .map_err(failed(OP))?;
                Ok(ids.into_iter().map(TenantId).collect())
            })
        })
        .await
    }
}

async fn insert(connection: &mut PgConnection, op: &'static str, tenant: &Tenant) -> Result<()> {
    let inserted = sqlx::query(
        "INSERT INTO tenants (id, name, domain, is_active, tier, settings, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6::text::json, $7) ON CONFLICT (domain) DO NOTHING",
    )
    .bind(tenant.id.0)
    .bind(&tenant.name)
    .bind(&tenant.domain)
    .bind(tenant.is_active)
    .bind(tenant.tier.name())
    .bind(settings_json(&tenant.settings))
    .bind(tenant.created_at)
    .execute(connection)
    .await
    .map_err(failed(op))?;
    if inserted.rows_affected() == 0 {
        return Err(taken(op, format!("a tenant with domain {:?} exists", tenant.domain)));
    }
    Ok(())
}

pub(super) fn settings_json(settings: &TenantSettings) -> String {
    serde_json::to_string(settings).expect("settings are plain data with text keys")
}
