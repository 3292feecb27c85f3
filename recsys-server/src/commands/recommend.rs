//! `recsys recommend`.

use std::collections::BTreeMap;

use anyhow::anyhow;
use recsys_server::storage::Place;
use recsys_store::engine::{
    ErrorCode, FallbackReason, ItemExplanation, RecommendQuery, Recommendations, Recommended,
    Source,
};
use recsys_store::types::{Item, User, UserId};
use recsys_store::{EngineError, TenantEngine};
use serde_json::{Value, json};
use uuid::Uuid;

use super::workspace::Workspace;
use crate::cli::RecommendArgs;
use crate::terminal::{Align, Output, table};

/// Parts of a score that are shown.
const PARTS: usize = 4;

pub(super) async fn run(place: &Place, args: RecommendArgs, output: Output) -> anyhow::Result<()> {
    let workspace = Workspace::open(place).await?;
    let tenant = workspace.tenant(&args.tenant).await?;
    let user = find(&tenant, &args.user).await?;
    let query = RecommendQuery {
        algorithm: args.algorithm.clone(),
        limit: usize::from(args.number),
        explain: args.explain,
        ..RecommendQuery::for_user(user.id)
    };
    let list =
        tenant.recommend(query).await.map_err(|error| with_remedy(error, &args.algorithm))?;
    drop(tenant);
    workspace.close().await;
    output.result(&described(&user, &list), || text(&args.user, &list, args.explain))?;
    Ok(())
}

/// Says what helps when the file of the model is damaged or from another program.
fn with_remedy(error: EngineError, algorithm: &str) -> anyhow::Error {
    if error.code() == ErrorCode::Internal && error.to_string().contains("model") {
        return anyhow!("{error}: make a new one with `recsys train --algorithm {algorithm}`");
    }
    error.into()
}

/// Finds a user by the id in the imported files, the UUID or the email, in this order.
async fn find(tenant: &TenantEngine, name: &str) -> anyhow::Result<User> {
    let stores = tenant.stores();
    let mut ids = vec![UserId::from_external(stores.id, name)];
    ids.extend(Uuid::parse_str(name).ok().map(UserId));
    let found = stores.users.get_many(&ids).await?.into_iter().flatten().next();
    if let Some(user) = found {
        return Ok(user);
    }
    let by_email = stores.users.by_email(name).await?;
    let domain = &tenant.tenant().domain;
    by_email.map(|credentials| credentials.user).ok_or_else(|| {
        anyhow!("there is no user {name} in {domain}: expected an imported id, an email or a UUID")
    })
}

fn text(name: &str, list: &Recommendations, explain: bool) -> String {
    let source = match list.source {
        Source::Model => "from the trained model".to_owned(),
        Source::FoldIn => "from the trained model and what happened since".to_owned(),
        Source::Fallback(FallbackReason::NoHistory) => {
            "popular items, because nothing usable is known about the user yet".to_owned()
        }
        Source::Fallback(FallbackReason::Untrained) => {
            "popular items, because there is no model yet (`recsys train` makes one)".to_owned()
        }
    };
    let milliseconds = list.elapsed.as_secs_f64() * 1_000.0;
    let heading = format!(
        "{} for {name}, {source} ({} candidates, {milliseconds:.1} ms)",
        list.algorithm, list.total_count
    );
    if list.items.is_empty() {
        return format!("{heading}\nnothing to recommend");
    }
    let last = if explain { "made of" } else { "why" };
    let columns = [
        ("#", Align::Right),
        ("score", Align::Right),
        ("title", Align::Left),
        ("category", Align::Left),
        (last, Align::Left),
    ];
    let row = |place: &Recommended| {
        vec![
            place.rank.to_string(),
            format!("{:.3}", place.score),
            place.item.title.clone(),
            place.item.category.clone().unwrap_or_default(),
            match &place.explanation {
                Some(explanation) => parts(explanation),
                None => place.reason.clone().unwrap_or_default(),
            },
        ]
    };
    format!("{heading}\n{}", table(&columns, list.items.iter().map(row).collect()))
}

/// The largest parts of a score, one on each line.
fn parts(explanation: &ItemExplanation) -> String {
    let parts = &explanation.contributions;
    let mut lines = Vec::new();
    if explanation.base.abs() >= 0.000_5 {
        lines.push(format!("{:+.3} base", explanation.base));
    }
    for part in parts.iter().take(PARTS) {
        let from = match (&part.item, &part.term) {
            (Some(item), _) => item.title.clone(),
            (None, Some(term)) if *term != part.algorithm => term.clone(),
            (None, _) => String::new(),
        };
        lines.push(format!("{:+.3} {} {from}", part.weight, part.algorithm).trim_end().to_owned());
    }
    let mut rest: BTreeMap<&str, f64> = BTreeMap::new();
    for part in parts.iter().skip(PARTS) {
        *rest.entry(&part.algorithm).or_default() += part.weight;
    }
    let rest = rest.into_iter().map(|(name, weight)| format!("{weight:+.3} {name}, all the rest"));
    lines.extend(rest);
    lines.join("\n")
}

fn described(user: &User, list: &Recommendations) -> Value {
    json!({
        "user": {"id": user.id, "externalId": user.external_id, "email": user.email},
        "id": list.id,
        "algorithm": list.algorithm,
        "source": list.source.to_string(),
        "modelVersion": list.model_version,
        "generatedAt": list.generated_at,
        "responseTimeMs": list.elapsed.as_secs_f64() * 1_000.0,
        "totalCount": list.total_count,
        "items": list.items.iter().map(described_place).collect::<Vec<_>>(),
        "explanation": list.explanation.as_ref().map(|explanation| json!({
            "summary": explanation.summary,
            "method": explanation.method,
            "weights": explanation.weights.iter().map(|weight| json!({
                "algorithm": weight.algorithm,
                "weight": weight.weight,
                "reason": weight.reason,
            })).collect::<Vec<_>>(),
        })),
    })
}

fn described_place(place: &Recommended) -> Value {
    let explanation = place.explanation.as_ref().map(|explanation| {
        let contributions = explanation.contributions.iter().map(|part| {
            json!({
                "algorithm": part.algorithm,
                "item": part.item.as_deref().map(named_item),
                "term": part.term,
                "weight": part.weight,
            })
        });
        json!({"base": explanation.base, "contributions": contributions.collect::<Vec<_>>()})
    });
    let mut item = named_item(&place.item);
    item["category"] = json!(place.item.category);
    item["tags"] = json!(place.item.tags);
    item["metadata"] = json!(place.item.metadata);
    json!({
        "rank": place.rank,
        "score": place.score,
        "item": item,
        "reason": place.reason,
        "explanation": explanation,
    })
}

fn named_item(item: &Item) -> Value {
    json!({"id": item.id, "externalId": item.external_id, "title": item.title})
}
