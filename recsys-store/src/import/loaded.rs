//! Files as a log in memory, without a store: what evaluation reads.

use std::collections::BTreeMap;

use recsys_core::data::{DataError, InteractionLog, ItemFeatures, Timestamp};
use recsys_core::ids::{IdMap, ItemIdx};

use super::digest::SourceDigest;
use super::error::{Fault, ImportError};
use super::record::{EventRow, ItemRow, Record};
use super::source::Source;

/// What a source holds.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Loaded {
    /// The events in the order of the files. Items without events have no column.
    pub log: InteractionLog,
    /// What is known of the items, by id; of several rows for one item the last counts.
    pub features: BTreeMap<String, ItemFeatures>,
    /// What was read, to the byte.
    pub digest: SourceDigest,
    /// Columns without a meaning for events.
    pub ignored_columns: Vec<String>,
}

impl Loaded {
    /// Returns what is known of each of `items`, by position: nothing of those that no row describes.
    #[must_use]
    pub fn features_of(&self, items: &IdMap<ItemIdx>) -> Vec<ItemFeatures> {
        let features = |id: &[u8]| {
            let known = std::str::from_utf8(id).ok().and_then(|id| self.features.get(id));
            known.cloned().unwrap_or_default()
        };
        items.iter().map(|(_, id)| features(id)).collect()
    }

    /// Gives every item that is described a column in the log, behind those that have one.
    ///
    /// # Errors
    /// [`DataError::TooMany`] when the log cannot hold another item.
    pub fn add_items_without_events(&mut self) -> Result<(), DataError> {
        for id in self.features.keys() {
            self.log.push_item(id)?;
        }
        Ok(())
    }

    fn push(&mut self, record: Record) -> Result<(), DataError> {
        match record {
            Record::Event(EventRow { user, item, kind, value, at }) => {
                let at = at.map(|at| Timestamp(at.timestamp_millis()));
                #[expect(clippy::cast_possible_truncation, reason = "values are at most a million")]
                self.log.push(user, item, &kind, value as f32, at)
            }
            Record::Item(row) => {
                let (id, features) = features(row);
                self.features.insert(id, features);
                Ok(())
            }
        }
    }
}

/// Reads a source of any format into memory. It blocks the thread.
///
/// ```
/// use recsys_store::import::{FileOptions, Source, read_log};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("clicks.csv");
/// std::fs::write(&file, "user,item\nada,lamp\nada,desk\n")?;
/// let loaded = read_log(&Source::csv(&file, FileOptions::default()))?;
/// assert_eq!(loaded.log.len(), 2);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// [`ImportError::BadRows`] when a row cannot be read, [`ImportError::Data`] when there are too many
/// users, items or kinds, and every variant of opening the files.
pub fn read_log(source: &Source) -> Result<Loaded, ImportError> {
    let opened = source.open()?;
    let mut records = opened.records;
    let mut loaded = Loaded { ignored_columns: opened.ignored_columns, ..Loaded::default() };
    let (mut first, mut count) = (None, 0);
    loop {
        match records.next_record() {
            Ok(None) => break,
            Ok(Some(_)) if count > 0 => {}
            Ok(Some(record)) => loaded.push(record).map_err(|error| ImportError::Data {
                path: source.path().to_owned(),
                source: error,
            })?,
            Err(Fault::Row(error)) => {
                first.get_or_insert(error);
                count += 1;
            }
            Err(Fault::File(error)) => return Err(error),
        }
    }
    if let Some(first) = first {
        return Err(ImportError::BadRows { first, count });
    }
    loaded.digest = SourceDigest::new(records.digests());
    Ok(loaded)
}

/// What a row says of an item, as a content-based model takes it: title, description and tags as text,
/// the category and the tags as categories, numbers among the metadata as numbers.
fn features(row: ItemRow) -> (String, ItemFeatures) {
    let ItemRow { id, title, description, category, tags, metadata } = row;
    let texts = [title].into_iter().chain(description).chain(tags.iter().cloned());
    let mut features = ItemFeatures::text(texts.collect::<Vec<_>>().join("\n"));
    features.categories.extend(category.clone());
    let further = tags.into_iter().filter(|tag| Some(tag) != category.as_ref());
    features.categories.extend(further);
    let numbers = metadata.iter().filter_map(|(name, value)| Some((name.clone(), value.as_f64()?)));
    features.numbers.extend(numbers);
    (id, features)
}
