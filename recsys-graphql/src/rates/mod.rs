//! Rate limits and quotas: who is counted under which names, and what a refusal says.
//!
//! The counting is that of a [`RateLimiter`]; each request makes one call, so that it is charged to all of
//! its limits or to none. A signed-in user is counted by class of operation, together with the tenant; others
//! by address. The extension of the schema charges every operation before it is validated, over whatever
//! transport it came; sign-ins are charged where their arguments are known.

mod config;
mod cost;
mod refusal;
mod report;

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use async_graphql::{ServerError, parser::types::OperationType};
use chrono::{DateTime, Utc};
use recsys_store::{
    Engine, TenantEngine,
    traits::{Charge, Count, LimitKey, RateLimiter},
    types::{TenantId, Tier, UserId, now},
};
use tokio::time::Instant;

pub use self::config::{ByTier, RateLimits};
pub use self::report::{LimitReport, LimitStatus};
pub(crate) use self::{
    cost::{Cost, lengths},
    refusal::Refusal,
};
use crate::{
    context::Caller,
    error::{ApiError, Result},
};

const HOUR: Duration = Duration::from_secs(3_600);
const MINUTE: Duration = Duration::from_secs(60);
const LOGIN_WINDOW: Duration = Duration::from_secs(900);
/// Costs are counted in thousandths, so that factors need not be whole.
const UNIT: u64 = 1_000;

/// Where a request came from, for the host to put into its data. Callers who are not signed in are limited
/// by it; without one they are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Limits applied to the callers of a schema.
#[derive(Debug)]
pub struct Rates {
    engine: Engine,
    limiter: Arc<dyn RateLimiter>,
    limits: RateLimits,
    began: (DateTime<Utc>, Instant),
    /// One lock for each tenant in which items are being created.
    creating: Mutex<HashMap<TenantId, Weak<tokio::sync::Mutex<()>>>>,
}

/// Who is counted.
enum Counted {
    User { tenant: TenantId, user: UserId, tier: Tier },
    Visitor { address: Option<IpAddr> },
}

/// One limit that applies to somebody.
struct Allowance {
    scope: &'static str,
    key: LimitKey,
    limit: u32,
    window: Duration,
}

impl Rates {
    /// Creates the limits of the callers of a schema over `engine`, counted by `limiter`.
    pub fn new(engine: Engine, limiter: Arc<dyn RateLimiter>, limits: RateLimits) -> Self {
        let began = (now(), Instant::now());
        Self { engine, limiter, limits, began, creating: Mutex::default() }
    }

    pub(crate) fn limits(&self) -> &RateLimits {
        &self.limits
    }

    /// Charges a request that is refused before it is understood, so that it is not free.
    ///
    /// # Errors
    ///
    /// `RATE_LIMITED`, to be answered in place of what was wrong with it.
    pub async fn charge_refused(
        &self,
        caller: Caller,
        address: Option<ClientAddress>,
        report: &LimitReport,
    ) -> std::result::Result<(), ServerError> {
        self.charge(caller, address, Cost::LEAST, Some(report)).await
    }

    /// Charges a request to all limits of its caller, or to none.
    pub(crate) async fn charge(
        &self,
        caller: Caller,
        address: Option<ClientAddress>,
        cost: Cost,
        report: Option<&LimitReport>,
    ) -> std::result::Result<(), ServerError> {
        if !self.limits.enabled {
            return Ok(());
        }
        let counted = self.counted(caller, address).await;
        let allowances = self.allowances(&counted, &[cost.class]);
        let weight = self.weighed(&counted, cost.weight);
        let charge = |allowance: &Allowance| match allowance.scope {
            QUOTA => cost.lists.saturating_mul(UNIT),
            _ => weight,
        };
        let (refused, statuses) = self.decide(&allowances, charge).await;
        if let Some(report) = report {
            report.write(statuses);
        }
        refused.map_or(Ok(()), |refusal| Err(refusal.into()))
    }

    /// Returns the tier of the caller and what is left of each limit.
    pub(crate) async fn status(
        &self,
        caller: Caller,
        address: Option<ClientAddress>,
    ) -> (Option<Tier>, Vec<LimitStatus>) {
        if !self.limits.enabled {
            return (None, Vec::new());
        }
        let counted = self.counted(caller, address).await;
        let classes = [OperationType::Query, OperationType::Mutation, OperationType::Subscription];
        let (_, statuses) = self.decide(&self.allowances(&counted, &classes), |_| 0).await;
        let tier = match counted {
            Counted::User { tier, .. } => Some(tier),
            Counted::Visitor { .. } => None,
        };
        (tier, statuses)
    }

    /// Charges an attempt to sign in to `account`, whether that exists or not.
    pub(crate) async fn login(&self, account: &str, address: Option<ClientAddress>) -> Result<()> {
        let mut allowances = vec![Allowance {
            scope: "login:account",
            key: LimitKey::shared(format!("login:account:{account}")),
            limit: self.limits.account_logins,
            window: LOGIN_WINDOW,
        }];
        allowances.extend(address.map(|address| Allowance {
            scope: "login:address",
            key: LimitKey::shared(format!("login:address:{}", network(address.0))),
            limit: self.limits.address_logins,
            window: LOGIN_WINDOW,
        }));
        self.once(&allowances).await
    }

    /// Charges an attempt to register.
    pub(crate) async fn registration(&self, address: Option<ClientAddress>) -> Result<()> {
        let allowance = address.map(|address| Allowance {
            scope: "register:address",
            key: LimitKey::shared(format!("register:address:{}", network(address.0))),
            limit: self.limits.address_registrations,
            window: HOUR,
        });
        self.once(allowance.as_slice()).await
    }

    /// Waits until nobody else in this process creates items of the tenant, and checks that `count` more
    /// are within its quota. The quota is kept as long as the guard is held while they are created;
    /// several processes together may pass it by what they create at the same moment.
    pub(crate) async fn room_for_items(
        &self,
        tenant: &TenantEngine,
        count: usize,
    ) -> Result<Option<tokio::sync::OwnedMutexGuard<()>>> {
        if !self.limits.enabled {
            return Ok(None);
        }
        let turn = self.turn(tenant.stores().id).lock_owned().await;
        let quota = self.limits.items.of(tenant.tenant().tier);
        let present = tenant.item_count().await?;
        if present + count > quota as usize {
            let message = format!("the tenant has {present} items and may have {quota}");
            return Err(ApiError::Limited(Refusal::of_quota(message)));
        }
        Ok(Some(turn))
    }

    fn turn(&self, tenant: TenantId) -> Arc<tokio::sync::Mutex<()>> {
        let mut creating = self.creating.lock().unwrap_or_else(PoisonError::into_inner);
        creating.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = creating.get(&tenant).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        creating.insert(tenant, Arc::downgrade(&turn));
        turn
    }

    async fn once(&self, allowances: &[Allowance]) -> Result<()> {
        if !self.limits.enabled {
            return Ok(());
        }
        match self.decide(allowances, |_| UNIT).await {
            (Some(refusal), _) => Err(ApiError::Limited(refusal)),
            (None, _) => Ok(()),
        }
    }

    /// Finds out who is to be counted. A proof of somebody whose tenant is gone counts as a visitor's.
    async fn counted(&self, caller: Caller, address: Option<ClientAddress>) -> Counted {
        if let Some(principal) = caller.principal
            && let Ok(tenant) = self.engine.tenant(principal.tenant).await
        {
            let tier = tenant.tenant().tier;
            return Counted::User { tenant: principal.tenant, user: principal.user, tier };
        }
        Counted::Visitor { address: address.map(|address| address.0) }
    }

    fn allowances(&self, counted: &Counted, classes: &[OperationType]) -> Vec<Allowance> {
        let limits = &self.limits;
        match counted {
            Counted::Visitor { address: None } => Vec::new(),
            Counted::Visitor { address: Some(address) } => vec![Allowance {
                scope: "address",
                key: LimitKey::shared(format!("address:{}", network(*address))),
                limit: limits.address,
                window: MINUTE,
            }],
            Counted::User { tenant, user, tier } => {
                let of_tenant = |scope: &'static str, limit| Allowance {
                    scope,
                    key: LimitKey::of_tenant(*tenant, scope),
                    limit,
                    window: HOUR,
                };
                let of_user = |class: &OperationType| {
                    let (scope, limit) = match class {
                        OperationType::Query => ("user:query", limits.queries),
                        OperationType::Mutation => ("user:mutation", limits.mutations),
                        OperationType::Subscription => ("user:subscription", limits.subscriptions),
                    };
                    let key = LimitKey::of_tenant(*tenant, format!("{scope}:{user}"));
                    Allowance { scope, key, limit, window: HOUR }
                };
                let mut allowances = vec![of_tenant("tenant", limits.tenant.of(*tier))];
                allowances.extend(classes.iter().map(of_user));
                allowances.push(of_tenant(QUOTA, limits.recommendations.of(*tier)));
                allowances
            }
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a weight times a small factor; casts of floats stop at the ends"
    )]
    fn weighed(&self, counted: &Counted, weight: u64) -> u64 {
        match counted {
            Counted::User { tier, .. } => {
                (weight as f64 * self.limits.factor.of(*tier) * UNIT as f64).ceil() as u64
            }
            Counted::Visitor { .. } => weight.saturating_mul(UNIT),
        }
    }

    /// Makes one call of the limiter. While it fails nothing is limited.
    async fn decide(
        &self,
        allowances: &[Allowance],
        cost: impl Fn(&Allowance) -> u64,
    ) -> (Option<Refusal>, Vec<LimitStatus>) {
        if allowances.is_empty() {
            return (None, Vec::new());
        }
        let charge = |allowance: &Allowance| Charge {
            key: allowance.key.clone(),
            cost: cost(allowance),
            limit: u64::from(allowance.limit) * UNIT,
            window: allowance.window,
        };
        let charges: Vec<Charge> = allowances.iter().map(charge).collect();
        let decision = match self.limiter.charge(&charges, self.now()).await {
            Ok(decision) => decision,
            Err(error) => {
                tracing::warn!(%error, "requests cannot be counted and are not limited");
                return (None, Vec::new());
            }
        };
        for (allowance, charge) in allowances.iter().zip(&charges).filter(|(_, it)| it.cost > 0) {
            let verdict = if decision.allowed { "allowed" } else { "refused" };
            let labels = [("scope", allowance.scope), ("decision", verdict)];
            metrics::counter!("rate_limit_decisions_total", &labels).increment(charge.cost.min(1));
        }
        let status = |(allowance, count): (&Allowance, &Count)| LimitStatus {
            scope: allowance.scope,
            limit: u64::from(allowance.limit),
            remaining: count.remaining / UNIT,
            used: count.used.div_ceil(UNIT),
            window: allowance.window,
            resets_after: count.resets_after,
        };
        let statuses = allowances.iter().zip(&decision.counts).map(status).collect();
        let longest = decision.counts.iter().enumerate().max_by_key(|(_, count)| count.retry_after);
        let refused = longest.filter(|_| !decision.allowed);
        let refusal = refused.map(|(at, count)| {
            Refusal::of(&allowances[at], count.retry_after, charges[at].cost > charges[at].limit)
        });
        (refusal, statuses)
    }

    /// Returns the time on a clock that does not jump.
    fn now(&self) -> DateTime<Utc> {
        let (begin, started) = self.began;
        begin + started.elapsed()
    }
}

/// Name of the quota that is counted in lists and not in costs.
const QUOTA: &str = "quota:recommendations";

/// Returns the name under which an address is counted: whoever has an IPv6 address has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_in_one_ipv6_network_are_one() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
