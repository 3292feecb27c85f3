//! The news that one subscriber waits for, and whether the subscriber may still hear them.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _};
use recsys_store::{
    Engine, TenantEngine,
    traits::{Delivery, Subscription},
    types::{BusEvent, Change, Role, Subject, User},
};
use tokio::time::Instant;

use crate::{
    context::Scope,
    error::{ApiError, Result},
};

/// How long an account that was found is taken to be there, unless the engine says otherwise.
const TRUST: Duration = Duration::from_secs(10);

/// A subscriber's news.
///
/// What is done upon news runs in futures that are allocated for it: a subscriber that waits, as most
/// do, keeps no room for them.
pub(super) struct Watch {
    engine: Engine,
    pub(super) tenant: TenantEngine,
    /// Who is signed in, as last found.
    user: Option<Arc<User>>,
    news: Subscription,
    /// When tenant and account were last found.
    found: Instant,
}

/// One piece of news for a feed.
pub(super) enum News {
    Change(Arc<BusEvent>),
    /// There is a gap: some news were lost because the subscriber took them too slowly.
    Gap,
}

impl Watch {
    /// Begins to listen. Whoever is signed in also hears of the own account.
    pub(super) async fn start(scope: &Scope, subjects: &[Subject]) -> Result<Self> {
        let tenant = scope.tenant().await?.clone();
        let user = scope.user_signed_in().await?.cloned();
        let own = user.as_ref().map(|user| Subject::User(user.id));
        let subjects: Vec<Subject> = subjects.iter().copied().chain(own).collect();
        let news = tenant.subscribe(&subjects).await?;
        let engine = scope.engine().clone();
        let mut watch = Self { engine, tenant, user, news, found: Instant::now() };
        Box::pin(watch.check()).await?;
        Ok(watch)
    }

    /// Waits for news; `None` when there will be no more. Fails when tenant or account are gone.
    pub(super) async fn next(&mut self) -> Result<Option<News>> {
        match self.news.next().await {
            Some(delivery) => self.admit(delivery).await.map(Some),
            None => Ok(None),
        }
    }

    /// Waits until something `relevant` has changed, or may have; false when there will be no more
    /// news.
    pub(super) async fn changed(
        &mut self,
        relevant: impl Fn(&Change) -> bool + Send + Sync,
    ) -> Result<bool> {
        loop {
            match self.next().await? {
                Some(News::Change(event)) if !relevant(&event.change) => {}
                Some(News::Change(_) | News::Gap) => return Ok(true),
                None => return Ok(false),
            }
        }
    }

    /// Takes all news that are there: what is read from now on is not older than they are.
    pub(super) async fn drain(&mut self) -> Result<()> {
        while let Some(Some(delivery)) = self.news.next().now_or_never() {
            self.admit(delivery).await?;
        }
        Ok(())
    }

    async fn admit(&mut self, delivery: Delivery) -> Result<News> {
        let news = match delivery {
            Delivery::Event(event) => News::Change(event),
            Delivery::Missed(_) => News::Gap,
        };
        let doubtful = match (&news, &self.user) {
            (News::Change(event), Some(own)) => event.change == Change::UserChanged(own.id),
            (News::Change(_), None) => false,
            (News::Gap, _) => true,
        };
        if doubtful || self.found.elapsed() >= TRUST {
            Box::pin(self.check()).await?;
        }
        Ok(news)
    }

    /// Fails unless the tenant is active and the account exists and has not ceased to administer.
    async fn check(&mut self) -> Result<()> {
        let id = self.tenant.stores().id;
        self.tenant = self.engine.tenant(id).await.map_err(|error| {
            let error = ApiError::from(error);
            if error.is_not_found() { ApiError::SignInNeeded } else { error }
        })?;
        if let Some(user) = &mut self.user {
            let mut found = self.tenant.users(&[user.id]).await?;
            let found = found.pop().flatten().ok_or(ApiError::SignInNeeded)?;
            // What was granted to an administrator is not looked at again in any other place.
            if user.role == Role::Admin && found.role != Role::Admin {
                return Err(ApiError::AdminNeeded);
            }
            *user = found;
        }
        self.found = Instant::now();
        Ok(())
    }
}
