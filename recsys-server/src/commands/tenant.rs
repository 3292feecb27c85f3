//! `recsys tenant`.

use std::path::Path;

use anyhow::Context as _;
use recsys_core::data::KindPolicy;
use recsys_server::storage::Place;
use recsys_store::types::{Tenant, TenantPatch, TenantSettings, TrainingPolicy};
use serde_json::{Value, json};

use super::workspace::Workspace;
use crate::cli::{
    HalfLife, RegistrationArg, Schedule, StatusArg, TenantCreateArgs, TenantUpdateArgs,
};
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

pub(super) async fn show(place: &Place, domain: &str, output: Output) -> anyhow::Result<()> {
    let workspace = Workspace::open(place).await?;
    let tenant = workspace.named_tenant(domain).await?;
    workspace.close().await;
    output.result(&with_settings(&tenant), || sentences(&tenant))?;
    Ok(())
}

pub(super) async fn update(
    place: &Place,
    args: TenantUpdateArgs,
    output: Output,
) -> anyhow::Result<()> {
    let given = args.settings.as_deref().map(read_settings).transpose()?;
    let workspace = Workspace::open(place).await?;
    let tenant = workspace.named_tenant(&args.tenant.domain).await?;
    let settings = changed(given.unwrap_or_else(|| tenant.settings.clone()), &args);
    let patch = TenantPatch {
        name: args.name,
        tier: args.tier.map(Into::into),
        is_active: args.status.map(|status| status == StatusArg::Active),
        settings: (settings != tenant.settings).then_some(settings),
    };
    let tenant = workspace.storage.tenants().update(tenant.id, patch).await?;
    workspace.close().await;
    output.result(&with_settings(&tenant), || sentences(&tenant))?;
    Ok(())
}

fn read_settings(file: &Path) -> anyhow::Result<TenantSettings> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the settings in {} cannot be read", file.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("the settings in {} are not valid", file.display()))
}

/// Returns settings with what the command line says of them.
fn changed(mut settings: TenantSettings, args: &TenantUpdateArgs) -> TenantSettings {
    if let Some(registration) = args.registration {
        settings.registration_open = registration == RegistrationArg::Open;
    }
    if let Some(Schedule { after_events, after_minutes }) = args.training {
        settings.training = TrainingPolicy { after_events, after_minutes, ..settings.training };
    }
    if let Some(algorithm) = &args.training_algorithm {
        settings.training.algorithm.clone_from(algorithm);
    }
    if let Some(HalfLife(days)) = args.half_life {
        settings.aggregation.half_life_days = days;
    }
    for (kind, weight) in &args.weights {
        let new = || KindPolicy::weighted(*weight);
        settings.aggregation.kinds.entry(kind.clone()).or_insert_with(new).weight = *weight;
    }
    settings
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

fn with_settings(tenant: &Tenant) -> Value {
    let mut whole = described(tenant);
    whole["settings"] = json!(tenant.settings);
    whole
}

fn sentences(tenant: &Tenant) -> String {
    let TenantSettings { aggregation, registration_open, training } = &tenant.settings;
    let weights: Vec<String> = aggregation
        .kinds
        .iter()
        .map(|(kind, policy)| format!("{kind} {}", policy.weight))
        .collect();
    let half_life = aggregation
        .half_life_days
        .map_or_else(|| "events do not age".to_owned(), |days| format!("{days} days"));
    let lines = [
        ("name", tenant.name.clone()),
        ("id", tenant.id.to_string()),
        ("created", tenant.created_at.format("%Y-%m-%d").to_string()),
        ("tier", tenant.tier.to_string()),
        ("status", if tenant.is_active { "active" } else { "inactive" }.to_owned()),
        ("registration", if *registration_open { "open" } else { "closed" }.to_owned()),
        ("training", schedule(training)),
        ("half-life", half_life),
        ("weights", format!("{}, others {}", weights.join(", "), aggregation.other.weight)),
    ];
    let lines = lines.iter().map(|(name, value)| format!("  {name:<12}  {value}"));
    std::iter::once(tenant.domain.clone()).chain(lines).collect::<Vec<_>>().join("\n")
}

fn schedule(training: &TrainingPolicy) -> String {
    let limits = [
        training.after_events.map(|events| format!("{events} events")),
        training.after_minutes.map(|minutes| format!("{minutes} minutes")),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    if limits.is_empty() {
        return "off".to_owned();
    }
    format!("{} after {}", training.algorithm, limits.join(" or "))
}
