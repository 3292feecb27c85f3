//! The place of the data, opened: storage, engine, and the tenant that is meant.

use std::sync::Arc;

use anyhow::bail;
use recsys_server::sharing::Sharing;
use recsys_server::storage::{Place, Rows};
use recsys_store::engine::EngineBuilder;
use recsys_store::redis::RedisConfig;
use recsys_store::types::{NewTenant, Tenant, Tier};
use recsys_store::{Engine, Storage, TenantEngine};

use crate::cli::TenantArgs;
use crate::terminal::Output;

/// The file in a data folder that makes it one.
const DATABASE_FILE: &str = "recsys.db";
/// Domain and name of the tenant that an import into an empty folder creates.
const FIRST_TENANT: (&str, &str) = ("localhost", "default");

/// An opened place of data.
#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) engine: Engine,
    sharing: Option<Sharing>,
}

impl Workspace {
    /// Opens the place, making what is missing.
    pub(super) async fn create(place: &Place) -> anyhow::Result<Self> {
        Self::with(place, None, |engine| engine).await
    }

    async fn with(
        place: &Place,
        redis: Option<RedisConfig>,
        adjust: impl FnOnce(EngineBuilder) -> EngineBuilder,
    ) -> anyhow::Result<Self> {
        let storage = place.open().await?;
        let sharing = redis.as_ref().map(Sharing::open).transpose()?;
        // Servers keep vectors; what is done here they follow.
        let engine = adjust(place.engine(Arc::clone(&storage)).without_vectors());
        let engine = match &sharing {
            None => engine,
            Some(sharing) => sharing.equip(engine),
        };
        Ok(Self { storage, engine: engine.build()?, sharing })
    }

    /// Opens a place that has data in it; a database at least exists.
    pub(super) async fn open(place: &Place) -> anyhow::Result<Self> {
        Self::open_shared(place, None).await
    }

    /// The same for work that others are to hear of.
    pub(super) async fn open_shared(
        place: &Place,
        redis: Option<RedisConfig>,
    ) -> anyhow::Result<Self> {
        Self::open_adjusted(place, redis, |engine| engine).await
    }

    /// The same with an engine that is not quite as usual.
    pub(super) async fn open_adjusted(
        place: &Place,
        redis: Option<RedisConfig>,
        adjust: impl FnOnce(EngineBuilder) -> EngineBuilder,
    ) -> anyhow::Result<Self> {
        if let Rows::Folder(folder) = &place.rows
            && !folder.join(DATABASE_FILE).is_file()
        {
            bail!(
                "there is no data in {place}: import some with `recsys import`, or name the folder with --data"
            );
        }
        Self::with(place, redis, adjust).await
    }

    /// The tenant with this domain.
    pub(super) async fn named_tenant(&self, domain: &str) -> anyhow::Result<Tenant> {
        if let Some(tenant) = self.storage.tenants().by_domain(domain).await? {
            return Ok(tenant);
        }
        match self.storage.tenants().list().await?.as_slice() {
            [] => bail!(
                "there is no tenant {domain}: create it with `recsys tenant create --domain {domain} --name NAME`"
            ),
            all => bail!("there is no tenant {domain}; known: {}", domains(all)),
        }
    }

    /// The engine of the tenant that was named, or of the only one.
    pub(super) async fn tenant(&self, named: &TenantArgs) -> anyhow::Result<TenantEngine> {
        if let Some(domain) = &named.tenant {
            return Ok(self.engine.tenant(self.named_tenant(domain).await?.id).await?);
        }
        let tenant = match self.storage.tenants().list().await?.as_slice() {
            [only] => only.id,
            [] => bail!(
                "there is no tenant yet: create one with `recsys tenant create --domain DOMAIN --name NAME`"
            ),
            all => {
                bail!("there are several tenants, choose one with --tenant: {}", domains(all))
            }
        };
        Ok(self.engine.tenant(tenant).await?)
    }

    /// The same for an import: where there is no tenant at all, one is created.
    pub(super) async fn tenant_or_first(
        &self,
        named: &TenantArgs,
        output: Output,
    ) -> anyhow::Result<TenantEngine> {
        if named.tenant.is_none() && self.storage.tenants().list().await?.is_empty() {
            let (domain, name) = FIRST_TENANT;
            self.create_tenant(domain, name).await?;
            output.note(format!("created the tenant \"{name}\" with the domain {domain}"));
        }
        self.tenant(named).await
    }

    pub(super) async fn create_tenant(&self, domain: &str, name: &str) -> anyhow::Result<Tenant> {
        let new =
            NewTenant { name: name.to_owned(), domain: domain.to_owned(), tier: Tier::default() };
        Ok(self.storage.tenants().create(new).await?)
    }

    /// Closes the database, so that everything is in its main file.
    pub(super) async fn close(self) {
        drop(self.engine);
        if let Some(sharing) = &self.sharing {
            sharing.close().await;
        }
        self.storage.close().await;
    }
}

fn domains(tenants: &[Tenant]) -> String {
    let domains: Vec<&str> = tenants.iter().map(|tenant| tenant.domain.as_str()).collect();
    domains.join(", ")
}
