//! New items and changes of items.

use async_graphql::{InputObject, MaybeUndefined};
use recsys_store::types;
use serde_json::{Map, Value};

use crate::error::{ApiError, Result};

/// An item to create.
#[derive(InputObject)]
pub(crate) struct ItemInput {
    /// 1 to 500 characters.
    title: String,
    description: Option<String>,
    category: Option<String>,
    /// An array of strings.
    tags: Option<Value>,
    /// An object; the numbers and strings in it can be filtered on.
    metadata: Option<Value>,
    /// Your own id for it, unique within the tenant.
    external_id: Option<String>,
}

impl ItemInput {
    /// Converts the item at `path` of the arguments.
    pub(crate) fn parse(self, path: &str) -> Result<types::NewItem> {
        Ok(types::NewItem {
            title: self.title,
            description: self.description,
            category: self.category,
            tags: tags(path, self.tags)?,
            metadata: metadata(path, self.metadata)?,
            external_id: self.external_id,
        })
    }
}

/// A change of an item: absent fields stay, null clears (title and isActive stay).
#[derive(InputObject)]
pub(crate) struct ItemPatch {
    title: Option<String>,
    description: MaybeUndefined<String>,
    category: MaybeUndefined<String>,
    /// An array of strings, in place of all old ones.
    tags: MaybeUndefined<Value>,
    /// An object, in place of the old one.
    metadata: MaybeUndefined<Value>,
    /// Inactive items are kept and never recommended.
    is_active: Option<bool>,
}

impl ItemPatch {
    /// Converts the patch at `path` of the arguments.
    pub(crate) fn parse(self, path: &str) -> Result<types::ItemPatch> {
        Ok(types::ItemPatch {
            title: self.title,
            description: present(self.description),
            category: present(self.category),
            tags: present(self.tags).map(|value| tags(path, value)).transpose()?,
            metadata: present(self.metadata).map(|value| metadata(path, value)).transpose()?,
            is_active: self.is_active,
        })
    }
}

fn present<T>(value: MaybeUndefined<T>) -> Option<Option<T>> {
    match value {
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

fn tags(path: &str, value: Option<Value>) -> Result<Vec<String>> {
    let wrong = || ApiError::input(format!("{path}.tags"), "must be an array of strings");
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(tags)) => {
            let texts = tags.into_iter().map(|tag| match tag {
                Value::String(text) => Ok(text),
                _ => Err(wrong()),
            });
            texts.collect()
        }
        Some(_) => Err(wrong()),
    }
}

fn metadata(path: &str, value: Option<Value>) -> Result<Map<String, Value>> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(metadata)) => Ok(metadata),
        Some(_) => Err(ApiError::input(format!("{path}.metadata"), "must be an object")),
    }
}
