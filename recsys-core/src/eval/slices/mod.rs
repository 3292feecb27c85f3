//! Figures of parts: users and items by how much is known of them, from nothing to plenty.
//!
//! - *Cold users* are held out of training whole. Of each, the first `k` items in a random order are
//!   revealed, for several `k`; measured are always the same items, those behind the largest `k`, and
//!   the items before them are never listed. So figures of different `k` differ by what is known alone.
//! - *Cold items* lose all their events in training. Users' events on them are what is measured, once
//!   ranked among cold items and once in the whole catalogue. A model that gives all of them one score
//!   has not ranked them: the share of users *served* says how often that is not so, and users who are
//!   not served count as 0.
//! - *Degrees*: warm users by the number of their training items, and warm items by the number of their
//!   users, in ten groups of about the same size.

mod cold;
mod degree;

use serde::{Deserialize, Serialize};

pub(super) use cold::{ColdTask, cold_items, cold_users};
pub(super) use degree::DegreeTally;
pub use degree::SliceFigure;

use crate::param::{ParamError, require};

/// Which parts are looked at besides the whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct SliceConfig {
    /// Groups of users and of items by degree. Default 10; 0 (none) to 100.
    pub degree_groups: u32,
    /// How many items of cold users are revealed, one figure for each. Default none; a usual choice is
    /// 0, 1, 3, 5, 10.
    pub cold_user_reveals: Vec<u32>,
    /// Share of the users that are cold. Default 0.1; above 0, below 1.
    pub cold_user_share: f64,
    /// Share of the items that are cold. Default none; usual are 0.1 to 0.2.
    pub cold_item_share: Option<f64>,
    /// Start of the random stream. Default 42.
    pub seed: u64,
}

impl Default for SliceConfig {
    fn default() -> Self {
        Self {
            degree_groups: 10,
            cold_user_reveals: Vec::new(),
            cold_user_share: 0.1,
            cold_item_share: None,
            seed: 42,
        }
    }
}

impl SliceConfig {
    pub(super) fn check(&self) -> Result<(), ParamError> {
        let share = |share: f64, name| {
            require(share > 0.0 && share < 1.0, name, share, "a share above 0 and below 1")
        };
        let groups = self.degree_groups;
        require(groups <= 100, "slices.degree_groups", groups, "0 to 100")?;
        let most = self.cold_user_reveals.iter().max().copied().unwrap_or(0);
        require(most <= 1000, "slices.cold_user_reveals", most, "0 to 1000 items")?;
        share(self.cold_user_share, "slices.cold_user_share")?;
        self.cold_item_share.map_or(Ok(()), |held| share(held, "slices.cold_item_share"))
    }
}

#[cfg(test)]
mod tests;
