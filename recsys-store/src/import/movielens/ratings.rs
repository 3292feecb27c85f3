//! Star ratings.

use std::path::Path;

use super::layout::{Layout, positions};
use crate::import::digest::FileDigest;
use crate::import::error::{Fault, ImportError, Problem};
use crate::import::record::EventRow;
use crate::import::table::{Row, Table};
use crate::import::value;
use crate::types::RATING_KIND;

#[derive(Debug)]
pub(super) struct Ratings {
    table: Table,
    /// Where user, film, stars and time are.
    columns: [usize; 4],
}

impl Ratings {
    pub(super) fn open(layout: Layout, folder: &Path) -> Result<Self, ImportError> {
        let table = layout.ratings(folder)?;
        let columns = positions(&table, ["userId", "movieId", "rating", "timestamp"])?;
        Ok(Self { table, columns })
    }

    pub(super) fn next_rating(&mut self) -> Result<Option<EventRow>, Fault> {
        let Some(row) = self.table.next_row()? else { return Ok(None) };
        let [user, film, rating, timestamp] = self.columns;
        Ok(Some(EventRow {
            user: self.parse(&row, user, value::id)?,
            item: self.parse(&row, film, value::id)?,
            kind: RATING_KIND.to_owned(),
            value: self.parse(&row, rating, stars)?,
            at: self.parse(&row, timestamp, value::time)?,
        }))
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.table.bytes_read()
    }

    pub(super) fn digest(&self) -> FileDigest {
        self.table.digest()
    }

    fn parse<T>(
        &self,
        row: &Row,
        column: usize,
        parse: impl Fn(&str) -> Result<T, Problem>,
    ) -> Result<T, Fault> {
        let parsed = parse(&row.fields[column]);
        Ok(parsed.map_err(|problem| self.table.error(row.line, column, problem))?)
    }
}

fn stars(text: &str) -> Result<f64, Problem> {
    value::in_range(value::number(text)?, 0.5..=5.0, text, "0.5", "5")
}
