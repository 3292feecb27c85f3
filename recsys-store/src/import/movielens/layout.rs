//! The three shapes in which MovieLens has been published.

use std::path::{Path, PathBuf};

use crate::import::error::ImportError;
use crate::import::table::{Separator, Table};

/// Which files there are, and how their fields are separated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// `ml-latest`, `ml-latest-small`, `ml-20m`, `ml-25m`, `ml-32m`: CSV with headers.
    Csv,
    /// `ml-1m`, `ml-10m`: fields between `::`.
    DoubleColon,
    /// `ml-100k`: ratings between tabs, films between bars with one column for each genre.
    Hundred,
}

const LAYOUTS: [Layout; 3] = [Layout::Csv, Layout::DoubleColon, Layout::Hundred];

/// Columns of the genres in `u.item`, in their order.
pub(super) const HUNDRED_GENRES: [&str; 19] = [
    "unknown",
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
];

impl Layout {
    pub(super) fn of(folder: &Path) -> Result<Self, ImportError> {
        if let Err(source) = std::fs::read_dir(folder) {
            return Err(ImportError::read(folder, source));
        }
        let there = |layout: &Self| {
            let (films, ratings, _) = layout.names();
            folder.join(films).is_file() && folder.join(ratings).is_file()
        };
        LAYOUTS.into_iter().find(there).ok_or_else(|| ImportError::Layout {
            path: folder.to_owned(),
            format: "MovieLens",
            expected: "movies.csv and ratings.csv, or movies.dat and ratings.dat, or u.item and u.data",
        })
    }

    /// The files to be read, those that are there.
    pub(super) fn files(self, folder: &Path) -> Vec<PathBuf> {
        let (films, ratings, tags) = self.names();
        let mut files = vec![folder.join(films), folder.join(ratings)];
        files.extend(tags.map(|tags| folder.join(tags)).filter(|tags| tags.is_file()));
        files
    }

    pub(super) fn films(self, folder: &Path) -> Result<Table, ImportError> {
        let path = folder.join(self.names().0);
        match self {
            Self::Csv => Table::with_header(&path, Some(b',')),
            Self::DoubleColon => {
                let columns = ["movieId", "title", "genres"];
                Table::without_header(&path, Separator::Plain("::"), &columns)
            }
            Self::Hundred => {
                let mut columns = vec!["movieId", "title", "release date", "video date", "url"];
                columns.extend(HUNDRED_GENRES);
                Table::without_header(&path, Separator::Plain("|"), &columns)
            }
        }
    }

    pub(super) fn ratings(self, folder: &Path) -> Result<Table, ImportError> {
        let path = folder.join(self.names().1);
        let columns = ["userId", "movieId", "rating", "timestamp"];
        match self {
            Self::Csv => Table::with_header(&path, Some(b',')),
            Self::DoubleColon => Table::without_header(&path, Separator::Plain("::"), &columns),
            Self::Hundred => Table::without_header(&path, Separator::Plain("\t"), &columns),
        }
    }

    /// The viewers' tags, where the data set has them.
    pub(super) fn tags(self, folder: &Path) -> Result<Option<Table>, ImportError> {
        let Some(path) = self.names().2.map(|name| folder.join(name)).filter(|path| path.is_file())
        else {
            return Ok(None);
        };
        let columns = ["userId", "movieId", "tag", "timestamp"];
        match self {
            Self::Csv => Table::with_header(&path, Some(b',')).map(Some),
            Self::DoubleColon | Self::Hundred => {
                Table::without_header(&path, Separator::Plain("::"), &columns).map(Some)
            }
        }
    }

    /// Names of the films, the ratings and the tags.
    fn names(self) -> (&'static str, &'static str, Option<&'static str>) {
        match self {
            Self::Csv => ("movies.csv", "ratings.csv", Some("tags.csv")),
            Self::DoubleColon => ("movies.dat", "ratings.dat", Some("tags.dat")),
            Self::Hundred => ("u.item", "u.data", None),
        }
    }
}

/// Positions of named columns; an error names the first that is not there.
pub(super) fn positions<const N: usize>(
    table: &Table,
    names: [&str; N],
) -> Result<[usize; N], ImportError> {
    let mut positions = [0; N];
    for (position, name) in positions.iter_mut().zip(names) {
        let found = table.columns().iter().position(|column| column == name);
        *position = found.ok_or_else(|| ImportError::Header {
            path: table.path().to_owned(),
            problem: format!("there is no column \"{name}\"; found {}", table.columns().join(", ")),
        })?;
    }
    Ok(positions)
}
