//! What an operation costs, out of its document.

use std::{collections::HashMap, convert::Infallible};

use async_graphql::{
    Value, Variables,
    parser::types::{
        ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
    },
};

use super::RateLimits;

/// The field that makes a list for each user in an argument.
const BATCH: (&str, &str) = ("batchRecommendations", "userIds");
/// The fields at the root that make lists of recommendations.
const LISTS: [&str; 4] =
    [BATCH.0, "recommendationUpdates", "recommendations", "recommendationsFor"];
/// The field that is as dear below other fields as at the root.
const EVERYWHERE: &str = "similarItems";

/// What an operation costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) class: OperationType,
    /// Sum of the weights.
    pub(crate) weight: u64,
    /// Lists of recommendations.
    pub(crate) lists: u64,
}

impl Cost {
    /// The cost of a request that is not understood.
    pub(crate) const LEAST: Self = Self { class: OperationType::Query, weight: 1, lists: 0 };

    /// Returns the cost of an operation. The document has passed the gate, which bounds this walk.
    pub(crate) fn of(
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        lengths: &HashMap<String, u64>,
        limits: &RateLimits,
    ) -> Self {
        let cost = Self { class: operation.ty, weight: 0, lists: 0 };
        let mut walk = Walk { document, lengths, limits, cost };
        walk.add(&operation.selection_set.node, true);
        walk.cost.weight = walk.cost.weight.max(1);
        walk.cost
    }
}

/// Returns how long the lists among `variables` are.
pub(crate) fn lengths(variables: &Variables) -> HashMap<String, u64> {
    let length = |value: &Value| match value {
        Value::List(list) => Some(list.len() as u64),
        _ => None,
    };
    variables.iter().filter_map(|(name, value)| Some((name.to_string(), length(value)?))).collect()
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    lengths: &'a HashMap<String, u64>,
    limits: &'a RateLimits,
    cost: Cost,
}

impl Walk<'_> {
    fn add(&mut self, set: &SelectionSet, at_root: bool) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    self.add_field(&field.node, at_root);
                    self.add(&field.node.selection_set.node, false);
                }
                Selection::InlineFragment(inline) => {
                    self.add(&inline.node.selection_set.node, at_root);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name) {
                        self.add(&fragment.node.selection_set.node, at_root);
                    }
                }
            }
        }
    }

    fn add_field(&mut self, field: &Field, at_root: bool) {
        let name = field.name.node.as_str();
        if !at_root && name != EVERYWHERE {
            return;
        }
        let weight = self.limits.weights.get(name).map_or(1, |weight| u64::from(*weight));
        let times = if name == BATCH.0 { self.length(field).max(1) } else { 1 };
        self.cost.weight = self.cost.weight.saturating_add(weight.saturating_mul(times));
        if LISTS.contains(&name) {
            self.cost.lists = self.cost.lists.saturating_add(times);
        }
    }

    fn length(&self, field: &Field) -> u64 {
        let Some(argument) = field.get_argument(BATCH.1) else { return 1 };
        // What counts of a variable is its length.
        let value = argument.node.clone().into_const_with(|name| {
            let length = self.lengths.get(name.as_str()).copied().unwrap_or(1);
            Ok::<_, Infallible>(Value::List(vec![Value::Null; length as usize]))
        });
        match value {
            Ok(Value::List(list)) => list.len() as u64,
            Ok(_) => 1,
            Err(never) => match never {},
        }
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    fn cost(query: &str) -> (u64, u64) {
        let document = parse_query(query).unwrap();
        let operation = crate::gate::operation(&document, None).unwrap();
        let lengths = HashMap::from([("ids".to_owned(), 7)]);
        let cost = Cost::of(&document, operation, &lengths, &RateLimits::default());
        (cost.weight, cost.lists)
    }

    #[test]
    fn the_fields_at_the_root_add_up() {
        assert_eq!(cost("{ __typename }"), (1, 0));
        assert_eq!(cost("{ items { id title } me { id } }"), (2, 0));
        assert_eq!(cost("{ recommendations { totalCount } }"), (5, 1));
        assert_eq!(cost("mutation { trainModel { id } }"), (10, 0));
        assert_eq!(cost("subscription { recommendationUpdates { score } }"), (5, 1));
    }

    #[test]
    fn aliases_and_fragments_are_no_way_around() {
        let four = "{ a: recommendations { id } b: recommendations { id } ... { c: recommendations { id } }
            ...F } fragment F on Query { d: recommendations { id } }";
        assert_eq!(cost(four), (20, 4));
    }

    #[test]
    fn neighbours_cost_the_same_below_an_item() {
        assert_eq!(
            cost("{ item(id: 1) { similarItems { item { similarItems { score } } } } }"),
            (7, 0)
        );
    }

    #[test]
    fn a_batch_costs_as_much_as_its_users() {
        assert_eq!(cost("{ batchRecommendations(userIds: [1, 2, 3]) { id } }"), (15, 3));
        let variable = "query($ids: [UUID!]!) { batchRecommendations(userIds: $ids) { id } }";
        assert_eq!(cost(variable), (35, 7));
    }
}
