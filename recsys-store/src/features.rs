//! What algorithms that go by content are told of an item: the same for rows of the storage and for rows
//! of a file.

use recsys_core::data::ItemFeatures;
use serde_json::{Map, Value};

use crate::types::Item;

/// Title, description and tags are text, the category and the tags are categories, and numbers at the top
/// of the metadata are numbers.
pub(crate) fn describe(
    title: &str,
    description: Option<&str>,
    category: Option<&str>,
    tags: &[String],
    metadata: &Map<String, Value>,
) -> ItemFeatures {
    let texts = [title].into_iter().chain(description).chain(tags.iter().map(String::as_str));
    let mut features = ItemFeatures::text(texts.collect::<Vec<_>>().join("\n"));
    features.categories.extend(category.map(str::to_owned));
    let further = tags.iter().filter(|tag| Some(tag.as_str()) != category);
    features.categories.extend(further.cloned());
    let numbers = metadata.iter().filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)));
    features.numbers.extend(numbers);
    features
}

/// What is known of a stored item.
pub(crate) fn of_item(item: &Item) -> ItemFeatures {
    let Item { title, description, category, tags, metadata, .. } = item;
    describe(title, description.as_deref(), category.as_deref(), tags, metadata)
}
