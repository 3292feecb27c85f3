//! Conditions on metadata: the `where` tree.
//!
//! ```json
//! {"price": {"lt": 20}, "or": [{"year": {"gte": 2020}}, {"brand": {"in": ["Acme", "Umbra"]}}]}
//! ```
//!
//! An object is the conjunction of its keys. A key is `and` or `or` (a list of trees), `not` (a tree) or
//! the name of a metadata field; a field has comparisons (`eq ne lt lte gt gte in`), or a bare value
//! as short form of `eq`. Numbers compare as numbers, strings as strings, true and false only for
//! equality. A comparison with a field that the item does not have, or that is of another type, is
//! false; `ne` is the negation of `eq`.

use std::cmp::Ordering;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::types::InvalidField;

/// Nesting beyond this is refused.
const DEPTH_LIMIT: usize = 16;
/// More comparisons and branches than this are refused.
const SIZE_LIMIT: usize = 256;

/// A parsed condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Condition {
    root: Node,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
enum Node {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Field { name: String, test: Test },
}

#[derive(Clone, Debug, PartialEq, Serialize)]
enum Test {
    Equal(Value),
    NotEqual(Value),
    Less(Value),
    LessOrEqual(Value),
    Greater(Value),
    GreaterOrEqual(Value),
    In(Vec<Value>),
}

impl Condition {
    /// Reads a tree as described above; `field` is how errors call its root.
    ///
    /// # Errors
    /// [`InvalidField`] naming the path of the wrong part (`where.price.lt`) and what was expected.
    pub fn parse(field: &str, tree: &Value) -> Result<Self, InvalidField> {
        let mut size = 0;
        Ok(Self { root: parse_tree(field, tree, 0, &mut size)? })
    }

    /// Tells whether `metadata` meet the condition.
    #[must_use]
    pub fn matches(&self, metadata: &Map<String, Value>) -> bool {
        self.root.matches(metadata)
    }
}

impl Node {
    fn matches(&self, metadata: &Map<String, Value>) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.matches(metadata)),
            Self::Any(nodes) => nodes.iter().any(|node| node.matches(metadata)),
            Self::Not(node) => !node.matches(metadata),
            Self::Field { name, test } => test.holds(metadata.get(name)),
        }
    }
}

impl Test {
    fn holds(&self, found: Option<&Value>) -> bool {
        let ordered = |bound: &Value, wanted: fn(Ordering) -> bool| {
            found.and_then(|value| compare(value, bound)).is_some_and(wanted)
        };
        match self {
            Self::Equal(value) => found.is_some_and(|found| equal(found, value)),
            Self::NotEqual(value) => !found.is_some_and(|found| equal(found, value)),
            Self::Less(bound) => ordered(bound, Ordering::is_lt),
            Self::LessOrEqual(bound) => ordered(bound, Ordering::is_le),
            Self::Greater(bound) => ordered(bound, Ordering::is_gt),
            Self::GreaterOrEqual(bound) => ordered(bound, Ordering::is_ge),
            Self::In(values) => {
                found.is_some_and(|found| values.iter().any(|value| equal(found, value)))
            }
        }
    }
}

fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    compare(left, right).map_or_else(|| left == right, Ordering::is_eq)
}

fn parse_tree(
    path: &str,
    tree: &Value,
    depth: usize,
    size: &mut usize,
) -> Result<Node, InvalidField> {
    if depth > DEPTH_LIMIT {
        return Err(InvalidField::new(path, format!("is nested deeper than {DEPTH_LIMIT}")));
    }
    let Value::Object(entries) = tree else {
        return Err(InvalidField::new(path, format!("is {}, expected an object", name_of(tree))));
    };
    let mut nodes = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        *size += 1;
        if *size > SIZE_LIMIT {
            return Err(InvalidField::new(path, format!("has more than {SIZE_LIMIT} parts")));
        }
        let path = format!("{path}.{key}");
        match key.as_str() {
            "and" => nodes.push(Node::All(parse_list(&path, value, depth, size)?)),
            "or" => nodes.push(Node::Any(parse_list(&path, value, depth, size)?)),
            "not" => nodes.push(Node::Not(Box::new(parse_tree(&path, value, depth + 1, size)?))),
            _ => parse_field(&path, key, value, size, &mut nodes)?,
        }
    }
    Ok(Node::All(nodes))
}

fn parse_list(
    path: &str,
    value: &Value,
    depth: usize,
    size: &mut usize,
) -> Result<Vec<Node>, InvalidField> {
    let Value::Array(trees) = value else {
        return Err(InvalidField::new(path, format!("is {}, expected a list", name_of(value))));
    };
    let mut nodes = Vec::with_capacity(trees.len());
    for (index, tree) in trees.iter().enumerate() {
        nodes.push(parse_tree(&format!("{path}[{index}]"), tree, depth + 1, size)?);
    }
    Ok(nodes)
}

fn parse_field(
    path: &str,
    name: &str,
    value: &Value,
    size: &mut usize,
    nodes: &mut Vec<Node>,
) -> Result<(), InvalidField> {
    let Value::Object(tests) = value else {
        let test = Test::Equal(scalar(path, value)?);
        nodes.push(Node::Field { name: name.to_owned(), test });
        return Ok(());
    };
    if tests.is_empty() {
        return Err(InvalidField::new(path, "has no comparison"));
    }
    *size += tests.len();
    for (operator, operand) in tests {
        let path = format!("{path}.{operator}");
        let test = match operator.as_str() {
            "eq" => Test::Equal(scalar(&path, operand)?),
            "ne" => Test::NotEqual(scalar(&path, operand)?),
            "lt" => Test::Less(ordered(&path, operand)?),
            "lte" => Test::LessOrEqual(ordered(&path, operand)?),
            "gt" => Test::Greater(ordered(&path, operand)?),
            "gte" => Test::GreaterOrEqual(ordered(&path, operand)?),
            "in" => Test::In(scalars(&path, operand, size)?),
            _ => {
                let problem = "is no comparison; known are eq, ne, lt, lte, gt, gte, in";
                return Err(InvalidField::new(path, problem));
            }
        };
        nodes.push(Node::Field { name: name.to_owned(), test });
    }
    Ok(())
}

fn scalars(path: &str, value: &Value, size: &mut usize) -> Result<Vec<Value>, InvalidField> {
    let Value::Array(values) = value else {
        return Err(InvalidField::new(path, format!("is {}, expected a list", name_of(value))));
    };
    *size += values.len();
    if *size > SIZE_LIMIT {
        return Err(InvalidField::new(path, format!("has more than {SIZE_LIMIT} parts")));
    }
    let numbered = values.iter().enumerate();
    numbered.map(|(index, value)| scalar(&format!("{path}[{index}]"), value)).collect()
}

fn scalar(path: &str, value: &Value) -> Result<Value, InvalidField> {
    match value {
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            let found = name_of(value);
            Err(InvalidField::new(
                path,
                format!("is {found}, expected a number, string or boolean"),
            ))
        }
    }
}

fn ordered(path: &str, value: &Value) -> Result<Value, InvalidField> {
    match value {
        Value::Number(_) | Value::String(_) => Ok(value.clone()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            let found = name_of(value);
            Err(InvalidField::new(path, format!("is {found}, expected a number or a string")))
        }
    }
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn matches(tree: &Value, metadata: &Value) -> bool {
        let metadata = metadata.as_object().expect("metadata are an object");
        Condition::parse("where", tree).expect("the tree is well formed").matches(metadata)
    }

    #[test]
    fn comparisons_work_on_numbers_and_strings() {
        let lamp = json!({"price": 19.5, "brand": "Acme", "wireless": true});
        for holds in [
            json!({}),
            json!({"price": {"lt": 20}}),
            json!({"price": {"gte": 19.5, "lte": 19.5}}),
            json!({"price": {"gt": 19}, "brand": "Acme"}),
            json!({"brand": {"in": ["Umbra", "Acme"]}}),
            json!({"brand": {"lt": "B"}}),
            json!({"wireless": true}),
            json!({"brand": {"ne": "Umbra"}}),
            json!({"absent": {"ne": 1}}),
            json!({"price": {"eq": 19.50}}),
        ] {
            assert!(matches(&holds, &lamp), "{holds}");
        }
        for fails in [
            json!({"price": {"gt": 20}}),
            json!({"price": {"lt": "20"}}),
            json!({"absent": {"lt": 1}}),
            json!({"absent": {"eq": 1}}),
            json!({"brand": "Acme", "wireless": false}),
            json!({"price": {"in": []}}),
        ] {
            assert!(!matches(&fails, &lamp), "{fails}");
        }
    }

    #[test]
    fn branches_combine() {
        let film = json!({"year": 1999, "genre": "noir"});
        assert!(matches(&json!({"or": [{"year": 2000}, {"genre": "noir"}]}), &film));
        assert!(!matches(&json!({"and": [{"year": 2000}, {"genre": "noir"}]}), &film));
        assert!(matches(&json!({"not": {"year": {"gt": 2000}}}), &film));
        assert!(!matches(&json!({"or": []}), &film), "nothing is not any of nothing");
    }

    #[test]
    fn errors_name_the_path() {
        for (tree, path) in [
            (json!([]), "where"),
            (json!({"price": {"below": 3}}), "where.price.below"),
            (json!({"price": {}}), "where.price"),
            (json!({"or": [{"a": 1}, {"price": {"lt": null}}]}), "where.or[1].price.lt"),
            (json!({"not": 3}), "where.not"),
            (json!({"and": {"a": 1}}), "where.and"),
            (json!({"a": {"in": [1, []]}}), "where.a.in[1]"),
        ] {
            let error = Condition::parse("where", &tree).expect_err("the tree is wrong");
            assert_eq!(error.field(), path, "{error}");
        }
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let mut deep = json!({"a": 1});
        for _ in 0..40 {
            deep = json!({"not": deep});
        }
        assert!(Condition::parse("where", &deep).is_err());
        let wide = json!({"or": vec![json!({"a": 1}); 300]});
        assert!(Condition::parse("where", &wide).is_err());
    }
}
