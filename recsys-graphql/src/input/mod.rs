//! The input types of the schema, each beside the conversion into what the engine takes.

mod account;
mod feedback;
mod item;
mod recommend;

pub(crate) use self::{
    account::{LoginInput, RegisterInput},
    feedback::{InteractionInput, RatingInput},
    item::{ItemInput, ItemPatch},
    recommend::RecommendationOptions,
};

use crate::{
    error::{ApiError, Result},
    limits::MAX_PAGE,
};

/// Returns the length of a list that `field` asks for, `default` when it is absent or null.
pub(crate) fn page(field: &str, asked: Option<i32>, default: u32) -> Result<u32> {
    let Some(asked) = asked else { return Ok(default) };
    let allowed = |length: &u32| (1..=MAX_PAGE as u32).contains(length);
    u32::try_from(asked)
        .ok()
        .filter(allowed)
        .ok_or_else(|| ApiError::input(field, format_args!("is {asked}, expected 1 to {MAX_PAGE}")))
}

/// Returns how many entries `offset` skips.
pub(crate) fn offset(asked: Option<i32>) -> Result<u32> {
    let asked = asked.unwrap_or(0);
    u32::try_from(asked)
        .map_err(|_| ApiError::input("offset", format_args!("is {asked}, expected 0 or more")))
}

/// Refuses bulk inputs with more entries than allowed.
pub(crate) fn batch<T>(inputs: &[T], limit: usize) -> Result<()> {
    if inputs.len() <= limit {
        return Ok(());
    }
    let problem = format_args!("has {} entries, expected at most {limit}", inputs.len());
    Err(ApiError::input("inputs", problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_lengths_are_one_to_a_hundred() {
        assert_eq!(page("limit", None, 20).unwrap(), 20);
        assert_eq!(page("limit", Some(1), 20).unwrap(), 1);
        assert_eq!(page("limit", Some(100), 20).unwrap(), 100);
        for wrong in [0, -1, 101, i32::MIN] {
            let error = async_graphql::Error::from(page("topK", Some(wrong), 20).unwrap_err());
            assert_eq!(error.message, format!("topK: is {wrong}, expected 1 to 100"));
        }
    }
}
