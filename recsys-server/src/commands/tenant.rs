//! `recsys tenant`.

use recsys_server::storage::Place;
use recsys_store::types::Tenant;
use serde_json::{Value, json};

use super::workspace::Workspace;
use crate::cli::TenantCreateArgs;
use crate::terminal::{Align, Output, table};

pub(super) async fn create(
    place: &Place,
    args: TenantCreateArgs,
    output: Output,
) -> anyhow::Result<()> {
    let workspace = Workspace::create(place).await?;
    let tenant = workspace.create_tenant(&args.domain, &args.name).await?;
    workspace.close().await;
    output.result(&described(&tenant), || {
        format!("created the tenant \"{}\" with the domain {}", tenant.name, tenant.domain)
    })?;
    Ok(())
}

pub(super) async fn list(place: &Place, output: Output) -> anyhow::Result<()> {
    let workspace = Workspace::open(place).await?;
    let tenants = workspace.storage.tenants().list().await?;
    workspace.close().await;
    output.result(&tenants.iter().map(described).collect(), || {
        if tenants.is_empty() {
            return "there is no tenant yet".to_owned();
        }
        let columns = [
            ("domain", Align::Left),
            ("name", Align::Left),
            ("created", Align::Left),
            ("id", Align::Left),
        ];
        let row = |tenant: &Tenant| {
            let created = tenant.created_at.format("%Y-%m-%d").to_string();
            vec![tenant.domain.clone(), tenant.name.clone(), created, tenant.id.to_string()]
        };
        table(&columns, tenants.iter().map(row).collect())
    })?;
    Ok(())
}

fn described(tenant: &Tenant) -> Value {
    json!({
        "id": tenant.id,
        "name": tenant.name,
        "domain": tenant.domain,
        "isActive": tenant.is_active,
        "tier": tenant.tier.name(),
        "createdAt": tenant.created_at,
    })
}
