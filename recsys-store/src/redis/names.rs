//! How things are called in Redis.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::types::TenantId;

/// Names longer than this are replaced by their digest.
const LONGEST: usize = 200;

/// Makes names that begin alike, so that several applications can share a Redis.
#[derive(Clone, Debug)]
pub(super) struct Names {
    prefix: String,
}

/// What a name is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Cache,
    Limit,
    News,
}

impl Names {
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    /// Returns the name of something; what has the same tenant lives in the same slot.
    pub(super) fn of(&self, tenant: Option<TenantId>, purpose: Purpose, name: &str) -> String {
        let Self { prefix } = self;
        let purpose = match purpose {
            Purpose::Cache => "cache",
            Purpose::Limit => "limit",
            Purpose::News => "news",
        };
        let tag = tenant.map_or_else(|| "shared".to_owned(), |tenant| tenant.to_string());
        let full = format!("{prefix}:{{{tag}}}:{purpose}:{name}");
        if full.len() <= LONGEST {
            return full;
        }
        let mut short = format!("{prefix}:{{{tag}}}:{purpose}#");
        for byte in Sha256::digest(name) {
            write!(short, "{byte:02x}").expect("writing to a string cannot fail");
        }
        short
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_whose_and_what_for() {
        let (names, tenant) = (Names::new("recsys"), TenantId::generate());
        let found = names.of(Some(tenant), Purpose::Cache, "list:1");
        assert_eq!(found, format!("recsys:{{{tenant}}}:cache:list:1"));
        let found = names.of(None, Purpose::Limit, "address:192.0.2.7");
        assert_eq!(found, "recsys:{shared}:limit:address:192.0.2.7");
    }

    #[test]
    fn long_names_are_shortened_without_meeting() {
        let (names, tenant) = (Names::new("recsys"), TenantId::generate());
        let name = |last: &str| {
            names.of(Some(tenant), Purpose::Limit, &format!("{}{last}", "a".repeat(300)))
        };
        assert!(name("b").len() <= LONGEST);
        assert_ne!(name("b"), name("c"));
        assert!(name("b").starts_with(&format!("recsys:{{{tenant}}}:limit#")));
    }
}
