//! Documents of the GraphQL interface: read by a real parser, and answered.

use std::collections::BTreeMap;

use async_graphql_parser::parse_query;
use async_graphql_parser::types::{Field, Selection, SelectionSet};
use recsys_core::linalg::dot;
use serde_json::{Map, Value, json};

use super::{Class, Object};

pub(super) type Outcome = Result<Value, String>;

/// Answers a document of one field, `Get` or `Aggregate`, that asks for one class.
pub(super) fn answer(classes: &BTreeMap<String, Class>, document: &str) -> Outcome {
    let document = parse_query(document).map_err(|error| error.to_string())?;
    let (_, operation) = document.operations.iter().next().ok_or("no operation")?;
    let root = only_field(&operation.node.selection_set.node)?;
    let class = only_field(&root.selection_set.node)?;
    let name = class.name.node.as_str();
    let kept = classes.get(name).ok_or(format!("Cannot query field {name:?}"))?;
    let arguments = arguments(class)?;
    let tenant = arguments.get("tenant").and_then(Value::as_str).ok_or("tenant is missing")?;
    let objects = kept.tenants.get(tenant).ok_or(format!("tenant not found: {tenant:?}"))?;
    let (found, wanted) = match root.name.node.as_str() {
        "Get" => (nearest(kept.is_cosine, objects, &arguments)?, "{_additional{id distance}}"),
        "Aggregate" => (json!([{ "meta": { "count": objects.len() } }]), "{meta{count}}"),
        other => return Err(format!("Cannot query field {other:?}")),
    };
    if shape(&class.selection_set.node)? != wanted {
        return Err("fields".to_owned());
    }
    Ok(json!({ root.name.node.as_str(): { name: found } }))
}

fn only_field(selections: &SelectionSet) -> Result<&Field, String> {
    match &selections.items[..] {
        [only] => match &only.node {
            Selection::Field(field) => Ok(&field.node),
            _ => Err("a fragment".to_owned()),
        },
        _ => Err("one field is expected".to_owned()),
    }
}

/// Writes selections without blanks that say nothing.
fn shape(selections: &SelectionSet) -> Result<String, String> {
    let mut fields = Vec::new();
    for selection in &selections.items {
        let Selection::Field(field) = &selection.node else { return Err("fragment".to_owned()) };
        let inner = match field.node.selection_set.node.items.is_empty() {
            true => String::new(),
            false => shape(&field.node.selection_set.node)?,
        };
        fields.push(format!("{}{inner}", field.node.name.node));
    }
    Ok(format!("{{{}}}", fields.join(" ")))
}

fn arguments(field: &Field) -> Result<Map<String, Value>, String> {
    let argument = |(name, value): &(
        async_graphql_parser::Positioned<async_graphql_value::Name>,
        async_graphql_parser::Positioned<async_graphql_value::Value>,
    )| {
        let value = value.node.clone().into_const().ok_or("a variable")?;
        let value = value.into_json().map_err(|error| error.to_string())?;
        Ok((name.node.to_string(), value))
    };
    field.arguments.iter().map(argument).collect()
}

fn nearest(
    is_cosine: bool,
    objects: &BTreeMap<String, Object>,
    arguments: &Map<String, Value>,
) -> Outcome {
    let known = ["tenant", "limit", "nearVector", "where"];
    if let Some(other) = arguments.keys().find(|name| !known.contains(&&***name)) {
        return Err(format!("Unknown argument {other:?}"));
    }
    let limit = arguments.get("limit").and_then(Value::as_u64).ok_or("limit")?;
    let vector = &arguments.get("nearVector").ok_or("nearVector")?["vector"];
    let vector: Vec<f32> =
        serde_json::from_value(vector.clone()).map_err(|error| error.to_string())?;
    let mut found = Vec::new();
    for (id, object) in objects {
        if object.vector.len() != vector.len() {
            return Err("vector lengths don't match".to_owned());
        }
        if let Some(filter) = arguments.get("where")
            && !passes(object, filter)?
        {
            continue;
        }
        let product = dot(&vector, &object.vector);
        let squares = dot(&vector, &vector) * dot(&object.vector, &object.vector);
        let distance = if is_cosine { 1.0 - product / squares.sqrt() } else { -product };
        found.push((distance, id));
    }
    found.sort_by(|left, right| left.0.total_cmp(&right.0));
    found.truncate(usize::try_from(limit).unwrap());
    let hit = |(distance, id): &(f32, &String)| json!({ "_additional": { "id": id, "distance": distance } });
    Ok(found.iter().map(hit).collect())
}

/// Tells whether an object passes a filter; an error for one that the server would not understand.
fn passes(object: &Object, filter: &Value) -> Result<bool, String> {
    let wrong = || format!("filter {filter}");
    let operator = filter["operator"].as_str().ok_or_else(wrong)?;
    if operator == "And" {
        let mut every = true;
        for operand in filter["operands"].as_array().ok_or_else(wrong)? {
            every &= passes(object, operand)?;
        }
        return Ok(every);
    }
    let path = filter["path"][0].as_str().ok_or_else(wrong)?;
    let own_id = Value::String(object.id.clone());
    let own = if path == "id" { Some(&own_id) } else { object.properties.get(path) };
    let own = match own {
        Some(Value::Array(values)) => &values[..],
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    match operator {
        "Equal" => Ok(own.contains(filter.get("valueBoolean").ok_or_else(wrong)?)),
        "ContainsAny" | "ContainsNone" => {
            let wanted = filter["valueText"].as_array().ok_or_else(wrong)?;
            let any = own.iter().any(|value| wanted.contains(value));
            Ok(any == (operator == "ContainsAny"))
        }
        _ => Err(wrong()),
    }
}
