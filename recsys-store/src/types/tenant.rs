//! Tenants: the owners of everything else.

use std::fmt;

use chrono::{DateTime, Utc};
use recsys_core::algo::AlgorithmConfig;
use recsys_core::data::Aggregation;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::TenantId;
use super::validate::{InvalidField, text};

/// What a tenant has subscribed to; decides quotas and limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tier {
    /// The smallest quotas.
    #[default]
    Basic,
    /// Larger quotas.
    Premium,
    /// The largest quotas.
    Enterprise,
}

impl Tier {
    /// Returns the name used in storage and configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Premium => "premium",
            Self::Enterprise => "enterprise",
        }
    }

    /// Reads a [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Basic, Self::Premium, Self::Enterprise].into_iter().find(|tier| tier.name() == name)
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A tenant as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tenant {
    /// Identity.
    pub id: TenantId,
    /// Name for people.
    pub name: String,
    /// Unique name for programs, lower case.
    pub domain: String,
    /// Inactive tenants keep their data and are not served.
    pub is_active: bool,
    /// Subscription.
    pub tier: Tier,
    /// What the tenant decides for itself.
    pub settings: TenantSettings,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// What a tenant decides for itself. Absent keys take the defaults; unknown keys are errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TenantSettings {
    /// What the tenant's events are worth.
    pub aggregation: Aggregation,
    /// Whether strangers may register as users. Default true.
    pub registration_open: bool,
    /// When models are trained without being asked.
    pub training: TrainingPolicy,
}

/// When a tenant's model is trained without being asked: whichever comes first. Workers look for that, so it
/// needs one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainingPolicy {
    /// Which algorithm. Default `hybrid`.
    pub algorithm: String,
    /// Once there are so many events that the model has not seen; at least 1. Default: however many.
    pub after_events: Option<u64>,
    /// Once the model is so many minutes old, if there is an event that it has not seen; at least 1. Default
    /// 60.
    pub after_minutes: Option<u32>,
}

impl Default for TenantSettings {
    fn default() -> Self {
        Self {
            aggregation: Aggregation::default(),
            registration_open: true,
            training: TrainingPolicy::default(),
        }
    }
}

impl Default for TrainingPolicy {
    fn default() -> Self {
        Self { algorithm: "hybrid".to_owned(), after_events: None, after_minutes: Some(60) }
    }
}

impl TenantSettings {
    /// Checks that weights are finite, the half-life is positive, and the training policy names an algorithm
    /// and numbers above zero.
    ///
    /// # Errors
    /// [`InvalidField`] naming `aggregation` or `training`.
    pub fn check(&self) -> Result<(), InvalidField> {
        self.aggregation
            .check()
            .map_err(|error| InvalidField::new("aggregation", error.to_string()))?;
        self.training.check()
    }
}

impl TrainingPolicy {
    /// Trains nothing unless asked.
    #[must_use]
    pub fn never() -> Self {
        Self { after_events: None, after_minutes: None, ..Self::default() }
    }

    fn check(&self) -> Result<(), InvalidField> {
        if AlgorithmConfig::named(&self.algorithm).is_err() {
            let problem = format!("names no algorithm: {:?}", self.algorithm);
            return Err(InvalidField::new("training", problem));
        }
        if self.after_events == Some(0) || self.after_minutes == Some(0) {
            let problem = "has a limit of 0; leave it out for none".to_owned();
            return Err(InvalidField::new("training", problem));
        }
        Ok(())
    }
}

/// A tenant to create.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTenant {
    /// Name for people, 1 to 200 characters.
    pub name: String,
    /// Unique, 1 to 253 characters of `a-z 0-9 . -`.
    pub domain: String,
    /// Subscription.
    pub tier: Tier,
}

impl NewTenant {
    /// Checks name and domain.
    ///
    /// # Errors
    /// [`InvalidField`] naming `name` or `domain`.
    pub fn check(&self) -> Result<(), InvalidField> {
        check_name(&self.name)?;
        text("domain", &self.domain, 1..=253)?;
        let allowed =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' || c == '-';
        match self.domain.chars().find(|c| !allowed(*c)) {
            Some(c) => Err(InvalidField::new(
                "domain",
                format!("{:?} has the character {c:?}; allowed are a-z 0-9 . -", self.domain),
            )),
            None => Ok(()),
        }
    }
}

/// A change of a tenant: `None` leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TenantPatch {
    /// New name.
    pub name: Option<String>,
    /// New subscription.
    pub tier: Option<Tier>,
    /// Whether the tenant is served.
    pub is_active: Option<bool>,
    /// New settings, in place of all old ones.
    pub settings: Option<TenantSettings>,
}

impl TenantPatch {
    /// Returns a patch that replaces the settings.
    #[must_use]
    pub fn of_settings(settings: TenantSettings) -> Self {
        Self { settings: Some(settings), ..Self::default() }
    }

    /// Checks the fields that are present, with the ranges of [`NewTenant`] and [`TenantSettings`].
    ///
    /// # Errors
    /// [`InvalidField`] naming `name`, or the setting.
    pub fn check(&self) -> Result<(), InvalidField> {
        self.name.as_deref().map_or(Ok(()), check_name)?;
        self.settings.as_ref().map_or(Ok(()), TenantSettings::check)
    }

    /// Writes the present fields into `tenant`.
    pub fn apply(self, tenant: &mut Tenant) {
        let Self { name, tier, is_active, settings } = self;
        if let Some(name) = name {
            tenant.name = name;
        }
        if let Some(tier) = tier {
            tenant.tier = tier;
        }
        if let Some(is_active) = is_active {
            tenant.is_active = is_active;
        }
        if let Some(settings) = settings {
            tenant.settings = settings;
        }
    }
}

fn check_name(name: &str) -> Result<(), InvalidField> {
    text("name", name, 1..=200)
}

/// How far the data of a tenant has come: what changes whenever something changes that serving works on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revisions {
    /// The last place of the log of events.
    pub log: u64,
    /// The last revision of the catalogue.
    pub catalog: u64,
    /// The current versions of all models, ascending.
    pub models: Vec<Uuid>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(domain: &str) -> NewTenant {
        NewTenant { name: "Shop".into(), domain: domain.into(), tier: Tier::Basic }
    }

    #[test]
    fn domains_are_lower_case_names() {
        assert!(tenant("shop-1.example.com").check().is_ok());
        for wrong in ["", "Shop", "a b", "a_b", &"x".repeat(254)] {
            assert_eq!(tenant(wrong).check().unwrap_err().field(), "domain", "{wrong:?}");
        }
    }

    #[test]
    fn settings_take_defaults_and_refuse_unknown_keys() {
        let empty: TenantSettings = serde_json::from_str("{}").unwrap();
        assert_eq!(empty, TenantSettings::default());
        assert!(serde_json::from_str::<TenantSettings>(r#"{"registraton_open": false}"#).is_err());
    }

    #[test]
    fn a_training_policy_names_an_algorithm_and_counts_from_one() {
        let with = |training| TenantSettings { training, ..TenantSettings::default() };
        assert!(with(TrainingPolicy::never()).check().is_ok());
        let wrong = [
            TrainingPolicy { algorithm: "guessing".into(), ..TrainingPolicy::default() },
            TrainingPolicy { after_events: Some(0), ..TrainingPolicy::default() },
            TrainingPolicy { after_minutes: Some(0), ..TrainingPolicy::default() },
        ];
        for policy in wrong {
            assert_eq!(with(policy).check().unwrap_err().field(), "training");
        }
    }
}
