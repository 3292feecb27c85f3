//! What users do, as it happens.

use async_graphql::{Context, Subscription};
use recsys_store::types::{Change, ItemId, Subject, UserId};
use uuid::Uuid;

use super::{
    feed::{Entries, Feed, entries},
    watch::{News, Watch},
};
use crate::{
    context::Scope,
    error::{ApiError, Result},
    types::{Interaction, Rating, UserActivity},
};

#[derive(Debug, Default)]
pub(super) struct FeedbackSubscription;

#[Subscription]
impl FeedbackSubscription {
    /// What anybody does with an item, ratings left out; ends when the item is deleted. Everything at least
    /// once and, of each user, in order: a process that failed may have things told twice, under the same id.
    async fn item_interactions(
        &self,
        ctx: &Context<'_>,
        item_id: Uuid,
    ) -> Result<Entries<Interaction>> {
        entries(ctx, async {
            let scope = Scope::of(ctx);
            scope.signed_in().await?;
            let item = ItemId(item_id);
            let watch = Watch::start(scope, &[Subject::Item(item)]).await?;
            if !watch.tenant.shows(item).await? {
                return Err(ApiError::NotFound(format!("item {item}")));
            }
            Ok(AtItem { watch, item })
        })
        .await
    }

    /// What the signed-in user does and how the user rates: everything at least once, and in order.
    async fn user_activity(&self, ctx: &Context<'_>) -> Result<Entries<UserActivity>> {
        entries(ctx, async {
            let scope = Scope::of(ctx);
            let (_, caller) = scope.signed_in().await?;
            let watch = Watch::start(scope, &[]).await?;
            Ok(OfUser { watch, user: caller.id })
        })
        .await
    }
}

/// What is done with one item.
struct AtItem {
    watch: Watch,
    item: ItemId,
}

impl Feed for AtItem {
    type Entry = Interaction;

    async fn next(&mut self) -> Result<Option<Interaction>> {
        while let Some(news) = self.watch.next().await? {
            let News::Change(event) = news else { return Err(ApiError::Gap) };
            match &event.change {
                Change::InteractionRecorded(event)
                    if event.item_id == self.item
                        && Box::pin(self.watch.tenant.shows(self.item)).await? =>
                {
                    let row = event.as_ref().clone();
                    return Ok(Some(Interaction::new(&self.watch.tenant, row)));
                }
                Change::ItemDeleted(item) if *item == self.item => return Ok(None),
                _ => {}
            }
        }
        Ok(None)
    }
}

/// What one user does.
struct OfUser {
    watch: Watch,
    user: UserId,
}

impl Feed for OfUser {
    type Entry = UserActivity;

    async fn next(&mut self) -> Result<Option<UserActivity>> {
        while let Some(news) = self.watch.next().await? {
            let News::Change(event) = news else { return Err(ApiError::Gap) };
            let tenant = &self.watch.tenant;
            match &event.change {
                Change::InteractionRecorded(event)
                    if event.user_id == self.user
                        && Box::pin(tenant.shows(event.item_id)).await? =>
                {
                    let (at, row) = (event.at, event.as_ref().clone());
                    return Ok(Some(UserActivity::done(at, Interaction::new(tenant, row))));
                }
                Change::ItemRated(rating)
                    if rating.user_id == self.user
                        && Box::pin(tenant.shows(rating.item_id)).await? =>
                {
                    let (at, row) = (rating.created_at, rating.as_ref().clone());
                    return Ok(Some(UserActivity::rated(at, Rating::new(tenant, row))));
                }
                _ => {}
            }
        }
        Ok(None)
    }
}
