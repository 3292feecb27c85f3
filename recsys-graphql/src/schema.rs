//! Assembly of the schema.

use std::{fmt, sync::Arc};

use async_graphql::SchemaBuilder;
use recsys_store::Engine;
use tokio::sync::Semaphore;

use crate::{
    accounts::Accounts, extension::Around, limits::Limits, meter::Meter, mutation::Mutation,
    query::Query, rates::Rates, subscription::Subscription,
};

/// Lists that all subscriptions together compute anew at a time, so that a new model, which changes
/// everybody's list, leaves room for requests.
const REFRESHES: usize = 8;

/// The executable schema; clones share everything.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) engine: Engine,
    pub(crate) accounts: Option<Arc<dyn Accounts>>,
    pub(crate) limits: Limits,
    pub(crate) meter: Meter,
    pub(crate) rates: Option<Arc<Rates>>,
    pub(crate) refreshes: Arc<Semaphore>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Shared").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// What a schema is made of, for hosts that need more than [`build_schema`] takes.
#[derive(Debug)]
pub struct SchemaParts {
    /// What answers.
    pub engine: Engine,
    /// With them the sign-in mutations work; without, they say that sign-in happens elsewhere.
    pub accounts: Option<Arc<dyn Accounts>>,
    /// What one request may ask for.
    pub limits: Limits,
    /// What callers may do in a stretch of time; `None` limits nothing.
    pub rates: Option<Arc<Rates>>,
    /// Counts the requests; the host may keep a clone to read it.
    pub meter: Meter,
}

impl SchemaParts {
    /// Builds the schema. Each request is executed for the [`Caller`](crate::Caller) in its data.
    pub fn build(self) -> Schema {
        let Self { engine, accounts, limits, rates, meter } = self;
        let (directives, nesting) = (limits.directives, limits.nesting);
        let refreshes = Arc::new(Semaphore::new(REFRESHES));
        let shared = Shared { engine, accounts, limits, meter, rates, refreshes };
        builder()
            .limit_directives(directives)
            .limit_recursive_depth(nesting)
            .disable_suggestions()
            .extension(Around(Arc::new(shared)))
            .finish()
    }
}

/// Builds the schema over `engine`, without limits on what callers may do in a stretch of time.
///
/// With `accounts` the sign-in mutations work; without, they say that sign-in happens elsewhere.
/// Each request is executed for the [`Caller`](crate::Caller) in its data.
pub fn build_schema(engine: Engine, accounts: Option<Arc<dyn Accounts>>, limits: Limits) -> Schema {
    SchemaParts { engine, accounts, limits, rates: None, meter: Meter::default() }.build()
}

/// Returns the schema as a GraphQL document.
pub fn sdl() -> String {
    builder().finish().sdl()
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    async_graphql::Schema::build(Query::default(), Mutation::default(), Subscription::default())
}
