//! The size of a document with every fragment spread written out, each fragment measured once.

use std::collections::HashMap;

use async_graphql::{
    ServerError,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};

use super::too_complex;
use crate::{code::Code, limits::Limits};

/// Refuses documents that expand to more than `limits` allow.
pub(super) fn check(document: &ExecutableDocument, limits: &Limits) -> Result<(), ServerError> {
    let mut walk = Walk { document, limits, aliases: 0, nesting: 0, fragments: HashMap::new() };
    let mut total = 0_u64;
    for (_, operation) in document.operations.iter() {
        let size = walk.measure(&operation.node.selection_set.node)?;
        total = total.saturating_add(size.selections);
        refuse_past("selections", total, limits.selections)?;
        refuse_past("root fields", size.fields, limits.root_fields)?;
    }
    for name in document.fragments.keys() {
        walk.fragment(name.as_str())?;
    }
    Ok(())
}

/// What a selection set amounts to.
#[derive(Clone, Copy, Default)]
struct Size {
    /// Selections of every kind, all levels.
    selections: u64,
    /// Fields on the first level.
    fields: u64,
    /// Levels of fields.
    depth: u64,
    /// Levels of [`INTROSPECTION_LISTS`].
    introspection: u64,
}

/// Fields of the introspection types that return lists of types, directly or with one field
/// between. Nested in each other they multiply the answer, and no cost is attached to them.
const INTROSPECTION_LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];
/// Levels of them that a tool has a use for.
const INTROSPECTION_LEVELS: u64 = 2;

enum Fragment {
    Open,
    Measured(Size),
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    aliases: u64,
    /// Sets that are being measured now, fragments included: the depth of this recursion.
    nesting: usize,
    fragments: HashMap<&'a str, Fragment>,
}

impl<'a> Walk<'a> {
    fn measure(&mut self, set: &'a SelectionSet) -> Result<Size, ServerError> {
        self.nesting += 1;
        refuse_past("nested selections", self.nesting as u64, self.limits.nesting as u64)?;
        let mut total = Size::default();
        for selection in &set.items {
            let part = match &selection.node {
                Selection::Field(field) => {
                    self.aliases += u64::from(field.node.alias.is_some());
                    refuse_past("aliases", self.aliases, self.limits.aliases as u64)?;
                    let inner = self.measure(&field.node.selection_set.node)?;
                    let list = INTROSPECTION_LISTS.contains(&field.node.name.node.as_str());
                    Size {
                        selections: inner.selections,
                        fields: 1,
                        depth: inner.depth + 1,
                        introspection: inner.introspection + u64::from(list),
                    }
                }
                Selection::InlineFragment(inline) => {
                    self.measure(&inline.node.selection_set.node)?
                }
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str())?
                }
            };
            total.selections = total.selections.saturating_add(part.selections).saturating_add(1);
            total.fields = total.fields.saturating_add(part.fields);
            total.depth = total.depth.max(part.depth);
            total.introspection = total.introspection.max(part.introspection);
            refuse_past("selections", total.selections, self.limits.selections)?;
            refuse_past("levels", total.depth, self.limits.depth as u64)?;
            let levels = total.introspection;
            refuse_past("levels of introspection", levels, INTROSPECTION_LEVELS)?;
        }
        self.nesting -= 1;
        Ok(total)
    }

    /// Unknown names measure as nothing: the validator has the better message for them.
    fn fragment(&mut self, name: &str) -> Result<Size, ServerError> {
        let Some((name, definition)) = self.document.fragments.get_key_value(name) else {
            return Ok(Size::default());
        };
        match self.fragments.get(name.as_str()) {
            Some(Fragment::Measured(size)) => return Ok(*size),
            Some(Fragment::Open) => {
                return Err(Code::GraphqlValidationFailed
                    .server_error(format!("fragment {name} contains itself")));
            }
            None => {}
        }
        self.fragments.insert(name, Fragment::Open);
        let size = self.measure(&definition.node.selection_set.node)?;
        self.fragments.insert(name, Fragment::Measured(size));
        Ok(size)
    }
}

fn refuse_past(what: &str, count: u64, limit: u64) -> Result<(), ServerError> {
    if count <= limit {
        return Ok(());
    }
    Err(too_complex(format!("the query has more than {limit} {what}")))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use async_graphql::parser::parse_query;

    use super::*;

    fn verdict(query: &str) -> Result<(), String> {
        let document = parse_query(query).unwrap();
        check(&document, &Limits::default()).map_err(|error| error.message)
    }

    /// `levels` fragments, each of which spreads the next one `fan_out` times.
    fn bomb(levels: usize, fan_out: usize) -> String {
        let mut text = "{ ...F0 }".to_owned();
        for level in 0..levels {
            let spreads = format!("...F{} ", level + 1).repeat(fan_out);
            write!(text, " fragment F{level} on Query {{ {spreads} }}").unwrap();
        }
        write!(text, " fragment F{levels} on Query {{ __typename }}").unwrap();
        text
    }

    #[test]
    fn nested_fragments_are_counted_without_being_written_out() {
        assert_eq!(verdict(&bomb(3, 4)), Err("the query has more than 30 root fields".into()));
        assert_eq!(verdict(&bomb(60, 8)), Err("the query has more than 5000 selections".into()));
        assert_eq!(verdict(&bomb(4, 2)), Ok(()));
    }

    #[test]
    fn a_long_chain_of_fragments_does_not_eat_the_stack() {
        assert_eq!(
            verdict(&bomb(5_000, 1)),
            Err("the query has more than 64 nested selections".into())
        );
    }

    #[test]
    fn a_fragment_within_itself_is_refused() {
        let error = verdict("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }");
        assert!(error.unwrap_err().ends_with("contains itself"));
        assert!(verdict("{ a } fragment A on Query { ...A ...A }").is_err(), "also when unused");
    }

    #[test]
    fn depth_counts_fields_and_not_fragments() {
        let deep = |levels: usize| format!("{{{} x {}}}", "a {".repeat(levels), "}".repeat(levels));
        assert_eq!(verdict(&deep(14)), Ok(()));
        assert_eq!(verdict(&deep(15)), Err("the query has more than 15 levels".into()));
        assert_eq!(verdict(&format!("{{ ... {{ ... {} }} }}", deep(14))), Ok(()));
    }

    #[test]
    fn introspection_does_not_nest_its_lists() {
        let types = |levels: usize| {
            format!(
                "{{ __schema {{ types {{ {} name {} }} }} }}",
                "fields { type { ".repeat(levels),
                "} }".repeat(levels)
            )
        };
        assert_eq!(verdict(&types(2)), Ok(()));
        assert_eq!(
            verdict(&types(3)),
            Err("the query has more than 2 levels of introspection".into())
        );
    }

    #[test]
    fn aliases_are_counted_over_all_operations() {
        let fields = |count: usize| (0..count).map(|i| format!("a{i}: x ")).collect::<String>();
        let query = format!("{{ a {{ {} }} }}", fields(61));
        assert_eq!(verdict(&query), Err("the query has more than 60 aliases".into()));
        assert_eq!(verdict(&format!("{{ a {{ {} }} }}", fields(60))), Ok(()));
    }
}
