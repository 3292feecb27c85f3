//! Films with their genres, their year and the tags of their viewers.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::layout::{HUNDRED_GENRES, Layout, positions};
use crate::import::digest::FileDigest;
use crate::import::error::{Fault, ImportError, Problem};
use crate::import::record::ItemRow;
use crate::import::table::{Row, Table};
use crate::import::value;

/// Viewers' tags kept for a film, beside its genres.
const VIEWER_TAGS: usize = 10;
/// How the CSV sets write that a film has no genre.
const NO_GENRE: &str = "(no genres listed)";
/// How `ml-100k` does.
const UNKNOWN_GENRE: &str = "unknown";

#[derive(Debug)]
pub(super) struct Films {
    layout: Layout,
    table: Table,
    id: usize,
    title: usize,
    /// The column with all genres, or the first of the columns with one each.
    genres: usize,
    /// The tags that are still to be read, which happens before the first film.
    tags: Option<Table>,
    tag_bytes: u64,
    /// The digest of the tags' file, once it was read.
    tag_digest: Option<FileDigest>,
    /// For each film how often each tag was given to it.
    uses: HashMap<String, HashMap<String, u32>>,
}

impl Films {
    pub(super) fn open(layout: Layout, folder: &Path) -> Result<Self, ImportError> {
        let table = layout.films(folder)?;
        let genres = if layout == Layout::Hundred { HUNDRED_GENRES[0] } else { "genres" };
        let [id, title, genres] = positions(&table, ["movieId", "title", genres])?;
        let tags = layout.tags(folder)?;
        Ok(Self {
            layout,
            table,
            id,
            title,
            genres,
            tags,
            tag_bytes: 0,
            tag_digest: None,
            uses: HashMap::new(),
        })
    }

    pub(super) fn next_film(&mut self) -> Result<Option<ItemRow>, Fault> {
        self.read_tags()?;
        let Some(row) = self.table.next_row()? else { return Ok(None) };
        let id = self.parse(&row, self.id, value::id)?;
        let title = self.parse(&row, self.title, value::title)?;
        let genres = self.genres(&row)?;
        let mut metadata = Map::new();
        if let Some(year) = year_of(&title) {
            metadata.insert("year".to_owned(), Value::from(year));
        }
        let category = genres.first().cloned();
        let mut tags = genres;
        tags.extend(self.viewer_tags(&id, &tags));
        Ok(Some(ItemRow { id, title, description: None, category, tags, metadata }))
    }

    pub(super) fn bytes_read(&self) -> u64 {
        self.table.bytes_read() + self.tag_bytes
    }

    pub(super) fn digests(&self) -> Vec<FileDigest> {
        [self.table.digest()].into_iter().chain(self.tag_digest.clone()).collect()
    }

    /// Counts the viewers' tags; a row that is refused leaves the rest to the next call.
    fn read_tags(&mut self) -> Result<(), Fault> {
        let Some(tags) = &mut self.tags else { return Ok(()) };
        let [film, tag] = positions(tags, ["movieId", "tag"])?;
        while let Some(row) = tags.next_row()? {
            self.tag_bytes = tags.bytes_read();
            let film = value::id(&row.fields[film])
                .map_err(|problem| tags.error(row.line, film, problem))?;
            if let Some(tag) = value::spoken_tag(&row.fields[tag]) {
                *self.uses.entry(film).or_default().entry(tag).or_default() += 1;
            }
        }
        self.tag_bytes = tags.bytes_read();
        self.tag_digest = Some(tags.digest());
        self.tags = None;
        Ok(())
    }

    fn genres(&self, row: &Row) -> Result<Vec<String>, Fault> {
        if self.layout == Layout::Hundred {
            let flags = &row.fields[self.genres..];
            let named = HUNDRED_GENRES.iter().zip(flags).filter(|(_, flag)| flag.trim() == "1");
            let named = named.map(|(&genre, _)| genre).filter(|&genre| genre != UNKNOWN_GENRE);
            return Ok(named.map(str::to_owned).collect());
        }
        let listed =
            |text: &str| value::unique_tags(text.split('|').filter(|&genre| genre != NO_GENRE));
        self.parse(row, self.genres, listed)
    }

    /// The tags given most often, without those that name a genre of the film again.
    fn viewer_tags(&self, film: &str, genres: &[String]) -> Vec<String> {
        let Some(uses) = self.uses.get(film) else { return Vec::new() };
        let mut tags: Vec<(&String, u32)> = uses
            .iter()
            .filter(|(tag, _)| !genres.iter().any(|genre| genre.to_lowercase() == **tag))
            .map(|(tag, &count)| (tag, count))
            .collect();
        tags.sort_by(|(left, left_uses), (right, right_uses)| {
            right_uses.cmp(left_uses).then_with(|| left.cmp(right))
        });
        tags.into_iter().take(VIEWER_TAGS).map(|(tag, _)| tag.clone()).collect()
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

/// The year in brackets at the end of a title; the first of two, as in `(1975-1979)`.
fn year_of(title: &str) -> Option<u16> {
    let (_, bracket) = title.rsplit_once('(')?;
    let (year, rest) = bracket.split_at_checked(4)?;
    let year = year.parse::<u16>().ok().filter(|year| (1870..2100).contains(year))?;
    matches!(rest.chars().next(), Some(')' | '-' | '–')).then_some(year)
}

#[cfg(test)]
mod tests {
    use super::year_of;

    #[test]
    fn the_year_is_the_last_bracket_of_the_title() {
        assert_eq!(year_of("Toy Story (1995)"), Some(1995));
        assert_eq!(
            year_of("City of Lost Children, The (Cité des enfants perdus, La) (1995) "),
            Some(1995)
        );
        assert_eq!(year_of("Fawlty Towers (1975-1979)"), Some(1975));
        assert_eq!(year_of("Big Bang Theory, The (2007-)"), Some(2007));
        for title in ["Stranger Things", "Ocean's (12)", "Nikita (1234)", "Ends with ("] {
            assert_eq!(year_of(title), None, "{title}");
        }
    }
}
