//! A row as an object of named values: what JSON lines and Parquet files are read as.

use std::path::Path;

use serde_json::{Map, Value};

use super::columns::{Assignment, ColumnNames, Contents, Field, holds_ratings};
use super::csv::DefaultKind;
use super::error::{Column, Problem, RowError};
use super::record::{EventRow, ItemRow};
use super::value;
use crate::types::RATING_KIND;

/// The names of an object's values.
pub(super) fn names(object: &Map<String, Value>) -> Vec<String> {
    object.keys().cloned().collect()
}

/// One object with what its keys mean.
pub(super) struct Entry<'a> {
    path: &'a Path,
    line: u64,
    names: Vec<String>,
    assignment: Assignment,
    object: Map<String, Value>,
}

impl<'a> Entry<'a> {
    pub(super) fn new(
        columns: &ColumnNames,
        contents: Contents,
        path: &'a Path,
        line: u64,
        object: Map<String, Value>,
    ) -> Self {
        let names = names(&object);
        let assignment = columns.resolve(contents, &names);
        Self { path, line, names, assignment, object }
    }

    pub(super) fn event(&self, kinds: &DefaultKind) -> Result<EventRow, RowError> {
        let ratings = self.name(Field::Value).is_some_and(holds_ratings);
        let kind = match self.scalar(Field::Kind)? {
            None => kinds.pick(ratings),
            Some(text) => self.checked(Field::Kind, value::kind(&text))?,
        };
        Ok(EventRow {
            user: self.required(Field::User, value::id)?,
            item: self.required(Field::Item, value::id)?,
            value: match self.scalar(Field::Value)? {
                None if kind != RATING_KIND => 1.0,
                _ if kind == RATING_KIND => self.required(Field::Value, value::rating)?,
                text => {
                    self.checked(Field::Value, value::event_value(&text.unwrap_or_default()))?
                }
            },
            at: match self.scalar(Field::Timestamp)? {
                None => None,
                Some(text) => self.checked(Field::Timestamp, value::time(&text))?,
            },
            kind,
        })
    }

    pub(super) fn item(mut self) -> Result<ItemRow, RowError> {
        let id = self.required(Field::Item, value::id)?;
        let title = self.required(Field::Title, value::title)?;
        let description = self.scalar(Field::Description)?.unwrap_or_default();
        let category = self.scalar(Field::Category)?.unwrap_or_default();
        Ok(ItemRow {
            id,
            title,
            description: self.checked(Field::Description, value::description(&description))?,
            category: self.checked(Field::Category, value::category(&category))?,
            tags: self.tags()?,
            metadata: self.take_metadata()?,
        })
    }

    fn tags(&self) -> Result<Vec<String>, RowError> {
        let expected = "a list of strings, or one string";
        let tags = match self.value(Field::Tags) {
            None => Ok(Vec::new()),
            Some(Value::String(text)) => value::tags(text),
            Some(Value::Array(list)) => {
                match list.iter().map(Value::as_str).collect::<Option<Vec<_>>>() {
                    Some(list) => value::unique_tags(list.into_iter()),
                    None => Err(Problem::WrongType(expected)),
                }
            }
            Some(_) => Err(Problem::WrongType(expected)),
        };
        self.checked(Field::Tags, tags)
    }

    fn take_metadata(&mut self) -> Result<Map<String, Value>, RowError> {
        let mut metadata = match self.value(Field::Metadata) {
            None => Map::new(),
            Some(Value::Object(object)) => object.clone(),
            Some(_) => {
                return self.checked(Field::Metadata, Err(Problem::WrongType("a JSON object")));
            }
        };
        for index in self.assignment.rest(self.names.len()) {
            let name = &self.names[index];
            if let Some(value) = self.object.remove(name).filter(|value| !value.is_null()) {
                metadata.entry(name.clone()).or_insert(value);
            }
        }
        self.checked(Field::Metadata, value::metadata(metadata))
    }

    fn required<T>(
        &self,
        field: Field,
        parse: impl Fn(&str) -> Result<T, Problem>,
    ) -> Result<T, RowError> {
        let text = self.scalar(field)?;
        self.checked(field, text.ok_or(Problem::Missing).and_then(|text| parse(&text)))
    }

    /// The text of a string or number; `None` when the key is absent, null or blank.
    fn scalar(&self, field: Field) -> Result<Option<String>, RowError> {
        match self.value(field) {
            None => Ok(None),
            Some(Value::String(text)) => {
                Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
            }
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => self.checked(field, Err(Problem::WrongType("a string or a number"))),
        }
    }

    /// The value of a field that is there and not null.
    fn value(&self, field: Field) -> Option<&Value> {
        self.name(field).and_then(|name| self.object.get(name)).filter(|value| !value.is_null())
    }

    fn name(&self, field: Field) -> Option<&str> {
        self.assignment.index(field).map(|index| self.names[index].as_str())
    }

    fn checked<T>(&self, field: Field, result: Result<T, Problem>) -> Result<T, RowError> {
        result.map_err(|problem| {
            let name = self.name(field).unwrap_or(field.name());
            RowError::new(self.path, self.line, Some(Column::name(name)), problem)
        })
    }
}
