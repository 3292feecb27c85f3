//! What one request may ask for.

/// Bounds on one GraphQL request; everything past them is refused before it is executed.
///
/// The defaults let the usual introspection query pass, and a page that shows every field of a
/// hundred items with ten similar ones each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Aliases in the whole document, fragments counted once.
    pub aliases: usize,
    /// Entries of one bulk mutation.
    pub batch: usize,
    /// Estimated work: one a field, times the length of the lists around it, plus a surcharge for
    /// fields that rank items.
    pub complexity: usize,
    /// Levels of fields below the operation.
    pub depth: usize,
    /// Directives on one field.
    pub directives: usize,
    /// Nested brackets of any kind in the text, strings and comments left out.
    pub nesting: usize,
    /// Bytes of the query text. Long inputs belong into variables, which this does not count.
    pub query_bytes: usize,
    /// Fields directly below one operation, fragments expanded.
    pub root_fields: u64,
    /// Selections of the document with every fragment spread written out.
    pub selections: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            aliases: 60,
            batch: 1_000,
            complexity: 50_000,
            depth: 15,
            directives: 8,
            nesting: 64,
            query_bytes: 256 * 1024,
            root_fields: 30,
            selections: 5_000,
        }
    }
}

/// Length of the longest list that an argument may ask for.
pub(crate) const MAX_PAGE: usize = 100;

/// Returns the estimated work of a list of `length` entries (clamped to 1..=100), each of which
/// costs `child`.
pub(crate) fn list_cost(length: Option<i32>, default: i32, child: usize) -> usize {
    let length = length.unwrap_or(default).clamp(1, MAX_PAGE as i32) as usize;
    length.saturating_mul(child.max(1)).saturating_add(1).min(CEILING)
}

/// Returns [`list_cost`] with the surcharge of a field that ranks items.
pub(crate) fn ranking_cost(length: Option<i32>, default: i32, child: usize) -> usize {
    list_cost(length, default, child) + RANKING_SURCHARGE
}

/// The executor adds costs up without looking: no sum of these may wrap.
const CEILING: usize = 1 << 40;

/// What one ranking costs in fields.
const RANKING_SURCHARGE: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_lengths_cost_the_longest_page_and_never_wrap() {
        assert_eq!(list_cost(Some(i32::MAX), 10, 3), 301);
        assert_eq!(list_cost(Some(-1), 10, 3), 4);
        assert_eq!(list_cost(None, 10, 3), 31);
        assert_eq!(ranking_cost(Some(100), 10, usize::MAX), CEILING + RANKING_SURCHARGE);
    }
}
