//! How much callers may do, as it is configured.

use std::collections::BTreeMap;

use recsys_store::types::Tier;
use serde::{Deserialize, Serialize};

/// Limits and quotas. Absent keys take the defaults; unknown keys are errors.
///
/// A request costs the sum of the weights of its fields (see [`Self::weights`]), times the factor of the
/// tenant's tier. So several lists in one request cost as much as in several requests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimits {
    /// Whether anything is limited. Default true.
    pub enabled: bool,
    /// Cost an hour of all users of a tenant. Default 50,000; enterprise 200,000.
    pub tenant: ByTier<u32>,
    /// Cost an hour of a user's queries. Default 2,000.
    pub queries: u32,
    /// Cost an hour of a user's mutations. Default 1,000.
    pub mutations: u32,
    /// Cost an hour of the subscriptions that a user begins. Default 500.
    pub subscriptions: u32,
    /// Cost a minute from one address of callers who are not signed in; for IPv6 of its first 64 bits.
    /// Default 60.
    pub address: u32,
    /// What a field costs by its name; others cost 1 at the root and nothing below it. Default
    /// `recommendations` 5, `similarItems` 3, `trainModel` 10, and 5 for the other fields that rank items:
    /// `recommendationsFor`, `batchRecommendations` (for each user), `explain`, `recommendationUpdates`.
    pub weights: BTreeMap<String, u32>,
    /// What costs are multiplied by. Default 2, 1.5 and 1.
    pub factor: ByTier<f64>,
    /// Lists of recommendations an hour for a tenant. Default 1,000, 5,000 and 20,000.
    pub recommendations: ByTier<u32>,
    /// Items of a tenant. Default 10,000, 50,000 and 1,000,000.
    pub items: ByTier<u32>,
    /// Sign-ins in a quarter of an hour for one account, whether it exists or not. Default 10.
    pub account_logins: u32,
    /// Sign-ins in a quarter of an hour from one address. Default 50.
    pub address_logins: u32,
    /// Registrations an hour from one address. Default 20.
    pub address_registrations: u32,
}

/// A figure for each tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByTier<T> {
    /// The smallest.
    pub basic: T,
    /// Larger.
    pub premium: T,
    /// The largest.
    pub enterprise: T,
}

impl<T: Copy> ByTier<T> {
    /// Returns the figure of a tier.
    pub fn of(&self, tier: Tier) -> T {
        match tier {
            Tier::Basic => self.basic,
            Tier::Premium => self.premium,
            Tier::Enterprise => self.enterprise,
        }
    }
}

impl Default for RateLimits {
    fn default() -> Self {
        let weights = [
            ("batchRecommendations", 5),
            ("explain", 5),
            ("recommendationUpdates", 5),
            ("recommendations", 5),
            ("recommendationsFor", 5),
            ("similarItems", 3),
            ("trainModel", 10),
        ];
        Self {
            enabled: true,
            tenant: ByTier { basic: 50_000, premium: 50_000, enterprise: 200_000 },
            queries: 2_000,
            mutations: 1_000,
            subscriptions: 500,
            address: 60,
            weights: weights.map(|(name, weight)| (name.to_owned(), weight)).into(),
            factor: ByTier { basic: 2.0, premium: 1.5, enterprise: 1.0 },
            recommendations: ByTier { basic: 1_000, premium: 5_000, enterprise: 20_000 },
            items: ByTier { basic: 10_000, premium: 50_000, enterprise: 1_000_000 },
            account_logins: 10,
            address_logins: 50,
            address_registrations: 20,
        }
    }
}
