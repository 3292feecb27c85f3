//! Catalogue items.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::ItemId;
use super::validate::{InvalidField, optional_text, text};

/// A catalogue item as stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Identity.
    pub id: ItemId,
    /// Name for people.
    pub title: String,
    /// Free text.
    pub description: Option<String>,
    /// At most one category.
    pub category: Option<String>,
    /// Labels, in the order given.
    pub tags: Vec<String>,
    /// Further properties; numbers and strings in it can be filtered on.
    pub metadata: Map<String, Value>,
    /// The id under which an import knows the item.
    pub external_id: Option<String>,
    /// Inactive items are kept and never recommended.
    pub is_active: bool,
    /// Number of users who rated it.
    pub rating_count: u64,
    /// Sum of their ratings.
    pub rating_sum: f64,
    /// Number of recorded events of any kind, ratings included.
    pub interaction_count: u64,
    /// Position in the tenant's feed of catalogue changes; grows with every change of this row,
    /// its counters included.
    pub revision: u64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When its description (not its counters) last changed.
    pub updated_at: DateTime<Utc>,
}

impl Item {
    /// Returns the place of the item in a list that is sorted by age.
    #[must_use]
    pub fn position(&self) -> ItemPosition {
        ItemPosition { created_at: self.created_at, id: self.id }
    }

    /// Returns the mean rating, `None` until somebody rated.
    #[must_use]
    pub fn average_rating(&self) -> Option<f64> {
        // Counts stay far below 2^53, where the conversion is exact.
        (self.rating_count > 0).then(|| self.rating_sum / self.rating_count as f64)
    }
}

/// An item to create.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewItem {
    /// 1 to 500 characters.
    pub title: String,
    /// At most 20,000 characters.
    pub description: Option<String>,
    /// 1 to 200 characters.
    pub category: Option<String>,
    /// At most 100 of 1 to 100 characters each.
    pub tags: Vec<String>,
    /// At most 64 KiB as JSON.
    pub metadata: Map<String, Value>,
    /// 1 to 255 characters; decides [`ItemId`] and must be unique within the tenant.
    pub external_id: Option<String>,
}

impl NewItem {
    /// Checks the fields.
    ///
    /// # Errors
    /// [`InvalidField`] naming the first field outside its range.
    pub fn check(&self) -> Result<(), InvalidField> {
        check_title(&self.title)?;
        check_description(self.description.as_deref())?;
        check_category(self.category.as_deref())?;
        check_tags(&self.tags)?;
        check_metadata(&self.metadata)?;
        optional_text("external_id", self.external_id.as_deref(), 1..=255)
    }
}

/// A change of an item: `None` leaves a field as it is, `Some(None)` clears it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ItemPatch {
    /// New title.
    pub title: Option<String>,
    /// New description.
    pub description: Option<Option<String>>,
    /// New category.
    pub category: Option<Option<String>>,
    /// New tags, in place of all old ones.
    pub tags: Option<Vec<String>>,
    /// New metadata, in place of all old ones.
    pub metadata: Option<Map<String, Value>>,
    /// Whether the item may be recommended.
    pub is_active: Option<bool>,
}

impl ItemPatch {
    /// Checks the fields that are present, with the ranges of [`NewItem`].
    ///
    /// # Errors
    /// [`InvalidField`] naming the first field outside its range.
    pub fn check(&self) -> Result<(), InvalidField> {
        self.title.as_deref().map_or(Ok(()), check_title)?;
        check_description(self.description.as_ref().and_then(Option::as_deref))?;
        check_category(self.category.as_ref().and_then(Option::as_deref))?;
        self.tags.as_deref().map_or(Ok(()), check_tags)?;
        self.metadata.as_ref().map_or(Ok(()), check_metadata)
    }

    /// Writes the present fields into `item`.
    pub fn apply(self, item: &mut Item) {
        let Self { title, description, category, tags, metadata, is_active } = self;
        if let Some(title) = title {
            item.title = title;
        }
        if let Some(description) = description {
            item.description = description;
        }
        if let Some(category) = category {
            item.category = category;
        }
        if let Some(tags) = tags {
            item.tags = tags;
        }
        if let Some(metadata) = metadata {
            item.metadata = metadata;
        }
        if let Some(is_active) = is_active {
            item.is_active = is_active;
        }
    }
}

/// Where an item stands in a list that is sorted by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemPosition {
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// Which item.
    pub id: ItemId,
}

/// Which items to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemQuery {
    /// Only this category.
    pub category: Option<String>,
    /// Only items that have every word of this text in title or description, the last at least in its
    /// beginning. Case and accents do not count, and a text without a word leaves nothing out; at most 200
    /// characters. Of an item, the first 200 different words count.
    pub search: Option<String>,
    /// Only items that come after this place in the list, whether or not an item stands there.
    pub after: Option<ItemPosition>,
    /// At most so many.
    pub limit: u32,
    /// After so many matching ones.
    pub offset: u32,
}

impl ItemQuery {
    /// Checks the length of the search text.
    ///
    /// # Errors
    /// [`InvalidField`] naming `search`.
    pub fn check(&self) -> Result<(), InvalidField> {
        optional_text("search", self.search.as_deref(), 0..=200)
    }
}

/// One entry of the feed of catalogue changes.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemChange {
    /// Position in the feed.
    pub revision: u64,
    /// Which item.
    pub item: ItemId,
    /// What became of it.
    pub state: ItemState,
}

/// The newest state of a changed item.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemState {
    /// It is gone.
    Deleted,
    /// It is as given.
    Present(Box<Item>),
}

/// One entry of the feed of descriptions: as [`ItemChange`], but what only counts does not change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DescriptionChange {
    /// The revision that last changed the description, or whether the item is active or there at all.
    pub revision: u64,
    /// Which item.
    pub item: ItemId,
    /// What became of it.
    pub kind: DescriptionChangeKind,
}

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DescriptionChangeKind {
    /// It is new, and as it was made.
    Created,
    /// It has changed since it was made.
    Changed,
    /// It is gone.
    Deleted,
}

impl DescriptionChangeKind {
    /// Reads the name that statements give.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        match name {
            "created" => Some(Self::Created),
            "changed" => Some(Self::Changed),
            "deleted" => Some(Self::Deleted),
            _ => None,
        }
    }
}

fn check_title(title: &str) -> Result<(), InvalidField> {
    text("title", title, 1..=500)
}

fn check_description(description: Option<&str>) -> Result<(), InvalidField> {
    optional_text("description", description, 0..=20_000)
}

fn check_category(category: Option<&str>) -> Result<(), InvalidField> {
    optional_text("category", category, 1..=200)
}

pub(super) fn check_tags(tags: &[String]) -> Result<(), InvalidField> {
    if tags.len() > 100 {
        return Err(InvalidField::new("tags", format!("has {} tags, at most 100", tags.len())));
    }
    for (index, tag) in tags.iter().enumerate() {
        text(&format!("tags[{index}]"), tag, 1..=100)?;
    }
    Ok(())
}

fn check_metadata(metadata: &Map<String, Value>) -> Result<(), InvalidField> {
    const LIMIT: usize = 64 * 1024;
    let size = serde_json::to_string(metadata).map_or(usize::MAX, |json| json.len());
    if size > LIMIT {
        return Err(InvalidField::new("metadata", format!("has {size} bytes, at most {LIMIT}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_outside_its_range_is_named() {
        let ok = NewItem { title: "Lamp".into(), ..NewItem::default() };
        assert!(ok.check().is_ok());
        assert_eq!(NewItem::default().check().unwrap_err().field(), "title");
        let tagged = NewItem { tags: vec!["a".into(), String::new()], ..ok };
        assert_eq!(tagged.check().unwrap_err().field(), "tags[1]");
    }
}
