//! Which column, or JSON key, means what.

use std::collections::BTreeMap;

/// What a column of an import can hold.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The one group an item belongs to.
    Category,
    /// Text about an item.
    Description,
    /// The item: its own id in a file of items, the item of an event in a file of interactions.
    Item,
    /// Kind of event.
    Kind,
    /// A JSON object with anything else about an item.
    Metadata,
    /// Labels of an item.
    Tags,
    /// When an event happened.
    Timestamp,
    /// What an item is called.
    Title,
    /// The user of an event.
    User,
    /// Number that goes with an event.
    Value,
}

/// What the rows of a file are.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Events of users.
    Interactions,
    /// The catalogue.
    Items,
}

/// Column names that differ from the ones that are recognised by themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnNames {
    chosen: BTreeMap<Field, String>,
}

impl ColumnNames {
    /// Says that `field` is in the column with exactly this name.
    #[must_use]
    pub fn with(mut self, field: Field, name: impl Into<String>) -> Self {
        self.chosen.insert(field, name.into());
        self
    }

    /// The chosen names with their fields.
    pub(super) fn chosen(&self) -> impl Iterator<Item = (Field, &str)> {
        self.chosen.iter().map(|(&field, name)| (field, name.as_str()))
    }

    /// Finds out what each of `names` holds in a file of `contents`. When two names mean the same
    /// field, the usual one wins and the other is left over.
    pub(super) fn resolve(&self, contents: Contents, names: &[String]) -> Assignment {
        let mut assignment = Assignment { fields: BTreeMap::new() };
        for &(field, aliases) in known(contents) {
            let index = match self.chosen.get(&field) {
                Some(chosen) => names.iter().position(|name| name == chosen),
                None => aliases
                    .iter()
                    .find_map(|alias| names.iter().position(|name| folded(name) == *alias)),
            };
            if let Some(index) = index
                && !assignment.fields.values().any(|&taken| taken == index)
            {
                assignment.fields.insert(field, index);
            }
        }
        assignment
    }

    /// Tells items from interactions by the names; `None` when it is neither.
    pub(super) fn recognise(&self, names: &[String]) -> Option<Contents> {
        [Contents::Interactions, Contents::Items].into_iter().find(|&contents| {
            let assignment = self.resolve(contents, names);
            contents.required().iter().all(|&field| assignment.index(field).is_some())
        })
    }
}

/// Which of a list of names holds which field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    fields: BTreeMap<Field, usize>,
}

impl Assignment {
    pub(super) fn index(&self, field: Field) -> Option<usize> {
        self.fields.get(&field).copied()
    }

    /// Positions below `count` that hold no field.
    pub(super) fn rest(&self, count: usize) -> Vec<usize> {
        (0..count).filter(|index| !self.fields.values().any(|taken| taken == index)).collect()
    }
}

impl Contents {
    /// Fields without which a row of this kind makes no sense.
    pub(super) fn required(self) -> &'static [Field] {
        match self {
            Self::Interactions => &[Field::User, Field::Item],
            Self::Items => &[Field::Item, Field::Title],
        }
    }
}

impl Field {
    /// Name of the field in messages, options and documentation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Category => "category",
            Self::Description => "description",
            Self::Item => "item",
            Self::Kind => "kind",
            Self::Metadata => "metadata",
            Self::Tags => "tags",
            Self::Timestamp => "timestamp",
            Self::Title => "title",
            Self::User => "user",
            Self::Value => "value",
        }
    }
}

/// Whether numbers in a column of this name are ratings, so that the events are of kind `rating`.
pub(super) fn holds_ratings(name: &str) -> bool {
    matches!(folded(name).as_str(), "rating" | "stars" | "score")
}

/// Case, spaces, dashes and underscores do not matter: `User ID`, `user_id` and `userId` are one name.
fn folded(name: &str) -> String {
    name.chars()
        .filter(|character| !matches!(character, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

type Aliases = (Field, &'static [&'static str]);

/// The fields of a file of `contents`, each with the names it goes by, the usual one first.
fn known(contents: Contents) -> &'static [Aliases] {
    match contents {
        Contents::Interactions => INTERACTION_FIELDS,
        Contents::Items => ITEM_FIELDS,
    }
}

const INTERACTION_FIELDS: &[Aliases] = &[
    (
        Field::User,
        &["user", "userid", "customer", "customerid", "visitor", "visitorid", "member", "memberid"],
    ),
    (
        Field::Item,
        &[
            "item",
            "itemid",
            "movie",
            "movieid",
            "product",
            "productid",
            "article",
            "articleid",
            "book",
            "bookid",
            "track",
            "trackid",
            "sku",
            "isbn",
        ],
    ),
    (
        Field::Kind,
        &[
            "kind",
            "event",
            "eventtype",
            "type",
            "interaction",
            "interactiontype",
            "action",
            "feedbacktype",
        ],
    ),
    (
        Field::Value,
        &["value", "rating", "stars", "score", "weight", "interactionvalue", "quantity", "count"],
    ),
    (
        Field::Timestamp,
        &["timestamp", "ts", "time", "at", "date", "datetime", "createdat", "eventtime"],
    ),
];

const ITEM_FIELDS: &[Aliases] = &[
    (
        Field::Item,
        &[
            "id",
            "item",
            "itemid",
            "movieid",
            "product",
            "productid",
            "article",
            "articleid",
            "book",
            "bookid",
            "track",
            "trackid",
            "sku",
            "isbn",
            "externalid",
        ],
    ),
    (Field::Title, &["title", "name", "itemname", "productname"]),
    (Field::Description, &["description", "desc", "summary", "overview", "text"]),
    (Field::Category, &["category", "genre", "department"]),
    (Field::Tags, &["tags", "genres", "keywords", "labels", "categories"]),
    (Field::Metadata, &["metadata", "meta", "attributes"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn spelling_does_not_matter() {
        for header in [["user_id", "item_id"], ["userId", "movieId"], ["User ID", "Product-Id"]] {
            let header = names(&header);
            assert_eq!(
                ColumnNames::default().recognise(&header),
                Some(Contents::Interactions),
                "{header:?}"
            );
        }
    }

    #[test]
    fn a_catalogue_is_told_from_events() {
        let recognise = |header: &[&str]| ColumnNames::default().recognise(&names(header));
        assert_eq!(recognise(&["movieId", "title", "genres"]), Some(Contents::Items));
        assert_eq!(recognise(&["user", "item", "title"]), Some(Contents::Interactions));
        assert_eq!(recognise(&["colour", "shape"]), None);
    }

    #[test]
    fn a_chosen_name_replaces_the_known_ones() {
        let columns = ColumnNames::default().with(Field::User, "buyer");
        assert_eq!(columns.recognise(&names(&["user", "item"])), None);
        assert_eq!(columns.recognise(&names(&["buyer", "item"])), Some(Contents::Interactions));
    }

    #[test]
    fn of_two_names_for_a_field_the_usual_one_wins() {
        let header = names(&["user", "item", "weight", "rating", "device"]);
        let assignment = ColumnNames::default().resolve(Contents::Interactions, &header);
        assert_eq!(assignment.index(Field::Value), Some(3));
        assert_eq!(assignment.rest(header.len()), [2, 4]);
    }
}
