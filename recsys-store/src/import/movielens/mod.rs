//! MovieLens data sets as GroupLens publishes them: films with genres and tags, and timed star ratings.
//!
//! The first genre of a film becomes its category; its tags are all its genres and then the tags that
//! its viewers used most. The year in the title goes into the metadata as `year`. Ratings become events
//! of kind `rating` with their time. The demographic files of the older sets are not read.

mod films;
mod layout;
mod ratings;

use std::path::Path;

use self::films::Films;
use self::layout::Layout;
use self::ratings::Ratings;
use super::digest::FileDigest;
use super::error::{Fault, ImportError};
use super::record::Record;
use super::source::{Opened, Records, size_of};

/// Finds out which data set the folder holds and opens its files.
pub(super) fn open(folder: &Path) -> Result<Opened, ImportError> {
    let layout = Layout::of(folder)?;
    let mut total_bytes = 0;
    for file in layout.files(folder) {
        total_bytes += size_of(&file)?;
    }
    let records = MovieLensRecords {
        films: Films::open(layout, folder)?,
        ratings: Ratings::open(layout, folder)?,
    };
    Ok(Opened { records: Box::new(records), total_bytes, ignored_columns: Vec::new() })
}

/// All films, then all ratings.
#[derive(Debug)]
struct MovieLensRecords {
    films: Films,
    ratings: Ratings,
}

impl Records for MovieLensRecords {
    fn next_record(&mut self) -> Result<Option<Record>, Fault> {
        if let Some(film) = self.films.next_film()? {
            return Ok(Some(Record::Item(film)));
        }
        Ok(self.ratings.next_rating()?.map(Record::Event))
    }

    fn bytes_read(&self) -> u64 {
        self.films.bytes_read() + self.ratings.bytes_read()
    }

    fn digests(&self) -> Vec<FileDigest> {
        let mut digests = self.films.digests();
        digests.push(self.ratings.digest());
        digests
    }
}
