//! A page with several lists in one request, against one list, through the GraphQL schema without HTTP.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Args;
use recsys_graphql::async_graphql::Request;
use recsys_graphql::{Caller, Limits, Principal, Schema, build_schema};
use recsys_store::engine::CacheConfig;
use recsys_store::import::{self, BadRows, Source};
use recsys_store::types::{NewTenant, TenantId, Tier, User};
use recsys_store::{Engine, MemoryStorage, Storage};

/// Options of `page`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// An unpacked MovieLens data set.
    #[arg(long, value_name = "DIR")]
    movielens: PathBuf,
    /// What to train and to ask.
    #[arg(long, default_value = "hybrid")]
    algorithm: String,
    /// Users who are asked for, each once a round.
    #[arg(long, default_value_t = 50)]
    users: u32,
    /// Rounds; the best time of each user counts.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

/// What is asked for, by name; the first is what the others are compared with.
const PAGES: [(&str, &str); 4] = [
    ("one list", "{ a: recommendations(options: { algorithm: ALGORITHM }) { ...L } }"),
    (
        "four lists, other filters",
        "{ a: recommendations(options: { algorithm: ALGORITHM }) { ...L }
           b: recommendations(options: { algorithm: ALGORITHM, filters: { tags: [\"Comedy\"] } }) { ...L }
           c: recommendations(options: { algorithm: ALGORITHM, filters: { tags: [\"Drama\"] } }) { ...L }
           d: recommendations(options: { algorithm: ALGORITHM, filters: { tags: [\"Thriller\"] } }) { ...L } }",
    ),
    (
        "four lists, other lengths",
        "{ a: recommendations(options: { algorithm: ALGORITHM }) { ...L }
           b: recommendations(options: { algorithm: ALGORITHM, numRecommendations: 5 }) { ...L }
           c: recommendations(options: { algorithm: ALGORITHM, diversify: false }) { ...L }
           d: recommendations(options: { algorithm: ALGORITHM, diversity: 0.8 }) { ...L } }",
    ),
    (
        "four lists, other algorithms",
        "{ a: recommendations(options: { algorithm: ALGORITHM }) { ...L }
           b: recommendations(options: { algorithm: \"als\" }) { ...L }
           c: recommendations(options: { algorithm: \"item_knn\" }) { ...L }
           d: recommendations(options: { algorithm: \"popularity\" }) { ...L } }",
    ),
];
const FRAGMENT: &str =
    "fragment L on RecommendationResult { totalCount items { score reason item { title } } }";

/// Trains on the data set, then asks for every page for each user, with a cache that keeps nothing.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(options))
}

async fn measure(options: &Options) -> anyhow::Result<()> {
    let storage: Arc<dyn Storage> = Arc::new(MemoryStorage::new());
    let new = NewTenant { name: "Bench".into(), domain: "bench".into(), tier: Tier::Basic };
    let tenant = storage.tenants().create(new).await?.id;
    prepare(options, &storage, tenant).await?;
    let users = storage.tenant(tenant).users.list(options.users, 0).await?;
    let engine = Engine::builder(Arc::clone(&storage)).cache(CacheConfig::disabled()).build()?;
    let start = Instant::now();
    engine.tenant(tenant).await?.algorithms().await?;
    println!("{:<28}{:>9.2} ms", "catalogue and model, loaded", milliseconds(start.elapsed()));
    let schema = build_schema(engine, None, Limits::default());
    let page = |page: &str| {
        let algorithm = format!("\"{}\"", options.algorithm);
        format!("{} {FRAGMENT}", page.replace("ALGORITHM", &algorithm))
    };
    let first = ask(&schema, tenant, &users[0], &page(PAGES[0].1)).await?;
    println!("{:<28}{:>9.2} ms", "the first list", milliseconds(first));
    let mut medians: Vec<f64> = Vec::new();
    for (name, query) in PAGES {
        let query = page(query);
        let mut best = vec![f64::INFINITY; users.len()];
        for _ in 0..options.rounds.max(1) {
            for (user, best) in users.iter().zip(&mut best) {
                *best = best.min(milliseconds(ask(&schema, tenant, user, &query).await?));
            }
        }
        best.sort_by(f64::total_cmp);
        let median = best[best.len() / 2];
        medians.push(median);
        println!("{name:<28}{median:>9.2} ms{:>8.2}x", median / medians[0]);
    }
    Ok(())
}

async fn prepare(
    options: &Options,
    storage: &Arc<dyn Storage>,
    tenant: TenantId,
) -> anyhow::Result<()> {
    let tenant = Engine::builder(Arc::clone(storage)).build()?.tenant(tenant).await?;
    let source = Source::movielens(&options.movielens);
    import::run(&tenant, &source, BadRows::Refuse, &|_| {}).await?;
    tenant.train(&options.algorithm, |_| {}).await?;
    Ok(())
}

async fn ask(
    schema: &Schema,
    tenant: TenantId,
    user: &User,
    query: &str,
) -> anyhow::Result<Duration> {
    let principal = Principal { user: user.id, tenant };
    let request = Request::new(query).data(Caller::signed_in(principal));
    let start = Instant::now();
    let response = schema.execute(request).await;
    let elapsed = start.elapsed();
    ensure!(response.is_ok(), "{:?}", response.errors);
    Ok(elapsed)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
