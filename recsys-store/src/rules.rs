//! Rules that every backend applies in the same words: batch checks and the making of rows.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;

use chrono::{DateTime, SubsecRound, Utc};

use crate::types::{
    Interaction, InteractionId, InvalidField, Item, ItemId, NewInteraction, NewItem, NewRating,
    NewUser, RATING_KIND, Rating, Tenant, TenantId, User, UserId,
};

/// Models kept for each algorithm unless a backend is told otherwise: the current one and two to go back to.
pub(crate) const MODELS_KEPT: NonZeroU32 = NonZeroU32::new(3).expect("three is not zero");

/// Why the only administrator stays, in every backend's words.
pub(crate) const LAST_ADMINISTRATOR: &str =
    "the last administrator is needed: make somebody else administrator first";

/// Why the copy of a tenant cannot be written, in every backend's words.
pub(crate) fn tenant_exists(tenant: &Tenant) -> String {
    let (id, domain) = (tenant.id, &tenant.domain);
    format!("a tenant with the id {id} or the domain {domain:?} exists")
}

/// Returns an email in the form in which it is kept and compared.
pub(crate) fn canonical_email(email: &str) -> String {
    email.to_lowercase()
}

pub(crate) fn check_items(items: &[NewItem]) -> Result<(), InvalidField> {
    for (index, item) in items.iter().enumerate() {
        item.check().map_err(|invalid| invalid.within(format_args!("items[{index}]")))?;
    }
    Ok(())
}

pub(crate) fn check_users(users: &[NewUser]) -> Result<(), InvalidField> {
    for (index, user) in users.iter().enumerate() {
        user.check().map_err(|invalid| invalid.within(format_args!("users[{index}]")))?;
    }
    Ok(())
}

/// Checks that each row has an external id and that none comes twice.
pub(crate) fn check_external_ids<'a>(
    list: &str,
    ids: impl Iterator<Item = Option<&'a str>>,
) -> Result<(), InvalidField> {
    let mut seen = HashSet::new();
    for (index, id) in ids.enumerate() {
        let field = || format!("{list}[{index}].external_id");
        match id {
            None => return Err(InvalidField::new(field(), "is missing")),
            Some(id) if !seen.insert(id) => {
                return Err(InvalidField::new(field(), format!("{id:?} comes twice")));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

pub(crate) fn check_events(events: &[NewInteraction]) -> Result<(), InvalidField> {
    for (index, event) in events.iter().enumerate() {
        let named = |invalid: InvalidField| invalid.within(format_args!("events[{index}]"));
        event.check().map_err(named)?;
        if event.kind == RATING_KIND {
            let problem = "\"rating\" is reserved: rate the item instead";
            return Err(named(InvalidField::new("kind", problem)));
        }
    }
    Ok(())
}

pub(crate) fn check_ratings(ratings: &[NewRating]) -> Result<(), InvalidField> {
    for (index, rating) in ratings.iter().enumerate() {
        rating.check().map_err(|invalid| invalid.within(format_args!("ratings[{index}]")))?;
    }
    Ok(())
}

pub(crate) fn user_row(tenant: TenantId, new: &NewUser, now: DateTime<Utc>) -> User {
    let id = new
        .external_id
        .as_deref()
        .map_or_else(UserId::generate, |external| UserId::from_external(tenant, external));
    User {
        id,
        email: canonical_email(&new.email),
        username: new.username.clone(),
        role: new.role,
        preferences: None,
        external_id: new.external_id.clone(),
        created_at: now,
    }
}

pub(crate) fn item_row(tenant: TenantId, new: NewItem, revision: u64, now: DateTime<Utc>) -> Item {
    let id = new
        .external_id
        .as_deref()
        .map_or_else(ItemId::generate, |external| ItemId::from_external(tenant, external));
    Item {
        id,
        title: new.title,
        description: new.description,
        category: new.category,
        tags: new.tags,
        metadata: new.metadata,
        external_id: new.external_id,
        is_active: true,
        rating_count: 0,
        rating_sum: 0.0,
        interaction_count: 0,
        revision,
        created_at: now,
        updated_at: now,
    }
}

/// Returns `old` with what `new` describes; equal to `old` (but for revision and time) if nothing is
/// different.
pub(crate) fn described_by(old: &Item, new: NewItem) -> Item {
    Item {
        title: new.title,
        description: new.description,
        category: new.category,
        tags: new.tags,
        metadata: new.metadata,
        ..old.clone()
    }
}

pub(crate) fn event_row(event: &NewInteraction, sequence: u64, now: DateTime<Utc>) -> Interaction {
    Interaction {
        id: InteractionId::generate(),
        user_id: event.user_id,
        item_id: event.item_id,
        kind: event.kind.clone(),
        value: event.value,
        context: event.context.clone(),
        recommendation_id: event.recommendation_id,
        at: event.at.map_or(now, |at| at.trunc_subsecs(3)),
        created_at: now,
        sequence,
    }
}

pub(crate) fn rating_event(rating: &Rating, sequence: u64, now: DateTime<Utc>) -> Interaction {
    Interaction {
        id: InteractionId::generate(),
        user_id: rating.user_id,
        item_id: rating.item_id,
        kind: RATING_KIND.to_owned(),
        value: rating.rating,
        context: None,
        recommendation_id: None,
        at: rating.created_at,
        created_at: now,
        sequence,
    }
}

/// What a batch of events or ratings adds to the counters of an item.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counted {
    pub(crate) interactions: u64,
    pub(crate) ratings: u64,
    pub(crate) rating_sum: f64,
}

/// Counts events by item.
pub(crate) fn count_events<'a>(
    events: impl Iterator<Item = &'a Interaction>,
) -> HashMap<ItemId, Counted> {
    let mut counts: HashMap<ItemId, Counted> = HashMap::new();
    for event in events {
        counts.entry(event.item_id).or_default().interactions += 1;
    }
    counts
}

/// A batch of ratings, applied in order to those that exist.
#[derive(Debug)]
pub(crate) struct RatingPlan {
    /// What to answer: one for each rating given.
    pub(crate) results: Vec<Rating>,
    /// For each rating given, whether it changes something.
    pub(crate) changed: Vec<bool>,
    /// The final state of each changed (user, item).
    pub(crate) stored: HashMap<(UserId, ItemId), Rating>,
    /// What the items' counters gain.
    pub(crate) counts: HashMap<ItemId, Counted>,
}

/// Decides what a batch of ratings does, given the ratings `existing` of the same users and items.
pub(crate) fn plan_ratings(
    ratings: &[NewRating],
    mut existing: HashMap<(UserId, ItemId), Rating>,
    now: DateTime<Utc>,
) -> RatingPlan {
    let mut plan = RatingPlan {
        results: Vec::with_capacity(ratings.len()),
        changed: Vec::with_capacity(ratings.len()),
        stored: HashMap::new(),
        counts: HashMap::new(),
    };
    for new in ratings {
        let key = (new.user_id, new.item_id);
        let at = new.at.map(|at| at.trunc_subsecs(3));
        let former = existing.get(&key);
        let same = |former: &Rating| {
            former.rating.total_cmp(&new.rating).is_eq() && former.review == new.review
        };
        if let Some((former, at)) = former.zip(at)
            && (at < former.created_at || (at == former.created_at && same(former)))
        {
            plan.results.push(former.clone());
            plan.changed.push(false);
            continue;
        }
        let counted = plan.counts.entry(new.item_id).or_default();
        counted.interactions += 1;
        counted.ratings += u64::from(former.is_none());
        counted.rating_sum += new.rating - former.map_or(0.0, |former| former.rating);
        let rating = Rating {
            id: former.map_or_else(crate::types::RatingId::generate, |former| former.id),
            user_id: new.user_id,
            item_id: new.item_id,
            rating: new.rating,
            review: new.review.clone(),
            created_at: at.unwrap_or(now),
        };
        existing.insert(key, rating.clone());
        plan.stored.insert(key, rating.clone());
        plan.results.push(rating);
        plan.changed.push(true);
    }
    plan
}
