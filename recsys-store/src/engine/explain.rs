//! Why: from columns and causes to items and words.

use recsys_core::model::{Cause, Explanation, ModelKind};

use super::catalog::Catalog;
use super::fallback::{PRIOR, popularity};
use super::list::{Part, Why};
use super::models::Serving;
use super::{AlgorithmWeight, HybridExplanation, Source};
use crate::types::{Item, ItemId};

/// Maps a model's explanation to items.
pub(super) fn of_model(catalog: &Catalog, serving: &Serving, explanation: &Explanation) -> Why {
    let parts = explanation.contributions.iter().map(|part| {
        let (item, term) = match &part.cause {
            Cause::Item(column) => {
                let item = serving.item_of(*column).filter(|id| catalog.get(*id).is_some());
                let term = item.is_none().then(|| "an item that is gone".to_owned());
                (item, term)
            }
            Cause::Feature { name, .. } => (None, Some(name.as_ref().to_owned())),
            Cause::ItemBias => (None, Some("ratings of everybody".to_owned())),
            Cause::Popularity => (None, Some("popularity".to_owned())),
            Cause::Profile => (None, Some("long-term taste".to_owned())),
            Cause::Others(count) => (None, Some(format!("{count} others"))),
            _ => (None, Some("other".to_owned())),
        };
        let algorithm = part.algorithm.name().into();
        Part { algorithm, item, term, weight: f64::from(part.weight) }
    });
    Why { base: f64::from(explanation.base), parts: parts.collect() }
}

/// Explains the score of an item that came after the model: all of it is for what is known of the item.
pub(super) fn of_content(score: f64) -> Why {
    let part = Part {
        algorithm: ModelKind::Content.name().into(),
        item: None,
        term: Some("description".to_owned()),
        weight: score,
    };
    Why { base: 0.0, parts: vec![part] }
}

/// Takes a score by popularity apart; `shift` is what was added to it.
pub(super) fn of_popularity(catalog: &Catalog, item: &Item, shift: f64) -> Why {
    let popularity = popularity(catalog, item);
    let part = |term: &str, weight| Part {
        algorithm: ModelKind::Popularity.name().into(),
        item: None,
        term: Some(term.to_owned()),
        weight,
    };
    let mut parts = Vec::new();
    if popularity.interactions > 0.0 {
        parts.push(part("popularity", popularity.interactions));
    }
    if popularity.rating > 0.0 {
        parts.push(part("rating", popularity.rating));
    }
    Why { base: PRIOR + shift, parts }
}

/// Returns what the user liked most of what speaks for an item, if that speaks louder than popularity.
pub(super) fn loudest(why: &Why) -> Option<ItemId> {
    let (popularity, personal): (Vec<_>, Vec<_>) =
        why.parts.iter().partition(|part| part.algorithm == ModelKind::Popularity.name());
    let total = |parts: &[&Part]| parts.iter().map(|part| part.weight).sum::<f64>();
    let loudest = personal.iter().find_map(|part| part.item.filter(|_| part.weight > 0.0));
    loudest.filter(|_| total(&personal) > total(&popularity))
}

/// Says in a few words why `item` is recommended: because of what the user liked, or its popularity.
pub(super) fn reason(catalog: &Catalog, item: &Item, because: Option<ItemId>) -> String {
    match because.and_then(|cause| catalog.get(cause)) {
        Some(cause) => format!("because you liked {}", cause.title),
        None if item.interaction_count > 0 => popular(item),
        None => "new here".to_owned(),
    }
}

fn popular(item: &Item) -> String {
    match &item.category {
        Some(category) => format!("popular in {category}"),
        None => "popular".to_owned(),
    }
}

/// Describes what made the whole list; `positives` is the number of liked items that are known.
pub(super) fn of_list(
    algorithm: &str,
    serving: Option<&Serving>,
    source: Source,
    positives: usize,
) -> HybridExplanation {
    let (summary, method) = match source {
        Source::Model => {
            (format!("the trained profile of the user, {positives} items liked"), "model")
        }
        Source::FoldIn => (
            format!("the model, with the newest history folded in: {positives} items liked"),
            "fold_in",
        ),
        Source::Fallback(super::FallbackReason::NoHistory) => {
            ("popular items, because nothing is known about the user yet".to_owned(), "fallback")
        }
        Source::Fallback(super::FallbackReason::Untrained) => {
            (format!("popular items, because no {algorithm} model is trained yet"), "fallback")
        }
    };
    let blend = serving.and_then(|serving| serving.model().as_blend());
    let single = |algorithm: &str, reason: &str| AlgorithmWeight {
        algorithm: algorithm.to_owned(),
        weight: 1.0,
        reason: reason.to_owned(),
    };
    let weights = match (source, blend) {
        (Source::Fallback(_), _) => vec![single("popularity", "nothing else can answer")],
        (Source::Model | Source::FoldIn, None) => vec![single(algorithm, "asked for")],
        (Source::Model | Source::FoldIn, Some(blend)) => {
            let weights = blend.member_weights(positives).into_iter();
            let weight = |member: recsys_core::model::MemberWeight| AlgorithmWeight {
                algorithm: member.algorithm.name().to_owned(),
                weight: f64::from(member.weight),
                reason: member.reason,
            };
            weights.map(weight).collect()
        }
    };
    HybridExplanation { summary, method: method.to_owned(), weights }
}
