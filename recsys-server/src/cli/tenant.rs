//! Options of `tenant`.

use std::num::{NonZeroU32, NonZeroU64};
use std::path::PathBuf;
use std::str::FromStr;

use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use recsys_store::types::Tier;

/// Create, change and list tenants, the separate worlds in one database
#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Create a tenant
    Create(TenantCreateArgs),
    /// List all tenants
    #[command(after_help = "\
Examples:
  recsys tenant list
  recsys tenant list --json")]
    List,
    /// Show a tenant with all its settings
    #[command(after_help = "\
Examples:
  recsys tenant show shop.example.com
  recsys tenant show shop.example.com --json")]
    Show(TenantNameArgs),
    /// Change a tenant and its settings
    Update(Box<TenantUpdateArgs>),
}

/// Which tenant.
#[derive(Debug, Args)]
pub(crate) struct TenantNameArgs {
    /// Domain of the tenant
    #[arg(value_name = "DOMAIN")]
    pub(crate) domain: String,
}

/// Change a tenant and its settings
///
/// What is not named stays as it is. Servers and workers follow at once where they share a database, within a
/// second where the data lies in a folder.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("changes").required(true).multiple(true),
    after_help = "\
Examples:
  recsys tenant update shop.example.com --tier premium
  recsys tenant update shop.example.com --registration closed --training \"500 events or 30 minutes\"
  recsys tenant update shop.example.com --weight purchase=6 --weight wishlist=2 --half-life 90
  recsys tenant update shop.example.com --status inactive

All settings at once, as JSON (what is left out takes its default):
  recsys tenant show shop.example.com --json | jq .settings > settings.json
  recsys tenant update shop.example.com --settings settings.json"
)]
pub(crate) struct TenantUpdateArgs {
    #[command(flatten)]
    pub(crate) tenant: TenantNameArgs,
    /// Name to show
    #[arg(long, value_name = "NAME", group = "changes")]
    pub(crate) name: Option<String>,
    /// Subscription, which decides quotas and limits
    #[arg(long, value_name = "TIER", group = "changes")]
    pub(crate) tier: Option<TierArg>,
    /// Whether the tenant is served; an inactive one keeps its data
    #[arg(long, value_name = "STATUS", group = "changes")]
    pub(crate) status: Option<StatusArg>,
    /// Whether strangers may register as users
    #[arg(long, value_name = "STATE", group = "changes")]
    pub(crate) registration: Option<RegistrationArg>,
    /// When a model is trained without being asked: off, hourly, daily, \"N events\", \"N minutes\", or
    /// \"N events or N minutes\"
    #[arg(long, value_name = "WHEN", group = "changes")]
    pub(crate) training: Option<Schedule>,
    /// Which algorithm is trained then
    #[arg(long, value_name = "NAME", group = "changes")]
    pub(crate) training_algorithm: Option<String>,
    /// Days after which an event counts half, or none
    #[arg(long, value_name = "DAYS", group = "changes", value_parser = half_life)]
    pub(crate) half_life: Option<HalfLife>,
    /// What an event of a kind counts, such as purchase=5; may be given several times
    #[arg(long = "weight", value_name = "KIND=NUMBER", group = "changes", value_parser = weight)]
    pub(crate) weights: Vec<(String, f32)>,
    /// File (JSON) with the settings in place of all there are; the other options change those
    #[arg(long, value_name = "FILE", group = "changes")]
    pub(crate) settings: Option<PathBuf>,
}

/// A subscription.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum TierArg {
    Basic,
    Premium,
    Enterprise,
}

impl From<TierArg> for Tier {
    fn from(tier: TierArg) -> Self {
        match tier {
            TierArg::Basic => Self::Basic,
            TierArg::Premium => Self::Premium,
            TierArg::Enterprise => Self::Enterprise,
        }
    }
}

/// Whether a tenant is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusArg {
    Active,
    Inactive,
}

/// Whether strangers may register.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RegistrationArg {
    Open,
    Closed,
}

/// Time after which an event counts half, in days; none if events do not age.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HalfLife(pub(crate) Option<f64>);

/// When a model is trained without being asked: whichever comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) after_events: Option<u64>,
    pub(crate) after_minutes: Option<u32>,
}

impl FromStr for Schedule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "off" => return Ok(Self::default()),
            "hourly" => return Ok(Self { after_minutes: Some(60), ..Self::default() }),
            "daily" => return Ok(Self { after_minutes: Some(24 * 60), ..Self::default() }),
            _ => {}
        }
        let wrong = || {
            "expected off, hourly, daily, or numbers above 0 such as \"500 events or 30 minutes\""
                .to_owned()
        };
        let mut schedule = Self::default();
        for limit in text.split(" or ") {
            let (number, unit) = limit.trim().split_once(' ').ok_or_else(wrong)?;
            match unit.trim() {
                "event" | "events" if schedule.after_events.is_none() => {
                    let number = number.parse::<NonZeroU64>().map_err(|_| wrong())?;
                    schedule.after_events = Some(number.get());
                }
                "minute" | "minutes" if schedule.after_minutes.is_none() => {
                    let number = number.parse::<NonZeroU32>().map_err(|_| wrong())?;
                    schedule.after_minutes = Some(number.get());
                }
                _ => return Err(wrong()),
            }
        }
        Ok(schedule)
    }
}

fn half_life(text: &str) -> Result<HalfLife, String> {
    if text == "none" {
        return Ok(HalfLife(None));
    }
    match text.parse() {
        Ok(days) if days > 0.0 => Ok(HalfLife(Some(days))),
        _ => Err("expected a number of days above 0, or none".to_owned()),
    }
}

fn weight(text: &str) -> Result<(String, f32), String> {
    let wrong = || "expected a kind of event and a number, such as purchase=5".to_owned();
    let (kind, number) = text.split_once('=').ok_or_else(wrong)?;
    let number: f32 = number.trim().parse().map_err(|_| wrong())?;
    let kind = kind.trim();
    if kind.is_empty() || !number.is_finite() {
        return Err(wrong());
    }
    Ok((kind.to_owned(), number))
}

/// Create a tenant
///
/// A tenant has its own users, items, events and models; nothing is shared between tenants. The first
/// account registered in it becomes its administrator.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  recsys tenant create --domain shop.example.com --name \"The Shop\"")]
pub(crate) struct TenantCreateArgs {
    /// Name the tenant is addressed by: a-z, 0-9, dots and dashes, such as shop.example.com
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) domain: String,
    /// Name to show
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_has_names_and_limits() {
        let of = |after_events, after_minutes| Ok(Schedule { after_events, after_minutes });
        assert_eq!("off".parse(), of(None, None));
        assert_eq!("daily".parse(), of(None, Some(1_440)));
        assert_eq!("1 event".parse(), of(Some(1), None));
        assert_eq!("30 minutes or 500 events".parse(), of(Some(500), Some(30)));
        for wrong in ["", "0 events", "5", "5 days", "-1 minutes", "1 event or 2 events", "on"] {
            assert!(wrong.parse::<Schedule>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn weights_and_half_lives_are_numbers() {
        assert_eq!(weight("dislike=-3"), Ok(("dislike".to_owned(), -3.0)));
        assert_eq!(half_life("none"), Ok(HalfLife(None)));
        assert!(weight("=1").is_err() && weight("a=b").is_err() && weight("a=inf").is_err());
        assert!(half_life("0").is_err() && half_life("NaN").is_err());
    }
}
