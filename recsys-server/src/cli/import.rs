//! Options of `import`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use recsys_store::import::{BadRows, ColumnNames, Contents, Digest, Field, FileOptions};

use super::TenantArgs;

/// Read a catalogue or what users did from files
///
/// Importing the same file again changes nothing: rows that are there already are recognised. With
/// broken rows nothing is imported unless --skip-bad is given. When there is no tenant yet, one is
/// created.
#[derive(Debug, Subcommand)]
pub(crate) enum ImportCommand {
    /// A CSV file whose first line names the columns
    #[command(after_help = FILE_HELP)]
    Csv(ImportFileArgs),
    /// What `recsys export` wrote: tenants with all that belongs to them
    #[command(after_help = "\
A tenant comes back as it was: ids, times, passwords, events and models, so that every answer stays the same. A tenant
that is there already is left alone, and nothing is imported then. People have to sign in again.

Examples:
  recsys import export ./backup
  recsys import export ./backup --tenant shop.example.com
  recsys import export ./moving --database postgres://recsys:secret@db.example.com/recsys")]
    Export(ImportExportArgs),
    /// A file with one JSON object on each line
    #[command(after_help = FILE_HELP)]
    Jsonl(ImportFileArgs),
    /// A file in the LightGCN text format: user item item … on each line
    #[command(after_help = "\
Each number behind the first of a line is an event of kind view. A folder with train.txt and test.txt is
read as both; either may be compressed (.gz).

Example:
  recsys import lightgcn ./gowalla/train.txt")]
    #[command(name = "lightgcn")]
    LightGcn(ImportPathArgs),
    /// A Parquet file
    #[command(after_help = FILE_HELP)]
    Parquet(ImportFileArgs),
    /// A MovieLens data set, unpacked
    #[command(after_help = "\
Reads ml-latest(-small), ml-20m, ml-25m, ml-32m, ml-10m, ml-1m and ml-100k: films with genres, year and
the tags of their viewers, and the ratings with their time.

Example:
  recsys import movielens ./ml-latest-small")]
    #[command(name = "movielens")]
    MovieLens(ImportMovieLensArgs),
}

const FILE_HELP: &str = "\
Interactions have the columns (or keys)
  user, item            required; user_id, userId, movieId, product_id and the like are recognised
  kind                  view, click, cart, purchase, ...; view if there is no such column
                        (rating if the values are in a column named rating, stars or score)
  value                 a number, 1 without it
  timestamp             seconds or milliseconds since 1970, or 2024-05-31T10:00:00Z
Items have
  id, title             required
  description, category, tags (a|b|c), metadata (a JSON object)
  anything else         goes into the metadata, such as price or year

Examples:
  recsys import csv items.csv
  recsys import csv clicks.csv --kind click --user-column visitor --item-column page
  recsys import jsonl events.jsonl --skip-bad
  recsys import parquet events.parquet --value-column amount";

/// Files in a format that needs no options
#[derive(Debug, Args)]
pub(crate) struct ImportPathArgs {
    /// The file, or a folder with train.txt and test.txt
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) tenant: TenantArgs,
}

/// A MovieLens data set, unpacked
#[derive(Debug, Args)]
pub(crate) struct ImportMovieLensArgs {
    /// Folder with ratings.csv and movies.csv, or with the files of an older data set
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) tenant: TenantArgs,
}

/// What `recsys export` wrote: tenants with all that belongs to them
#[derive(Debug, Args)]
pub(crate) struct ImportExportArgs {
    /// The folder that was written
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Domain of the tenant; all that are in the export without it
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) tenant: Option<String>,
}

/// A file of rows
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("contents").args(["items", "interactions"]))]
pub(crate) struct ImportFileArgs {
    /// The file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The rows are items, whatever the columns look like
    #[arg(long)]
    items: bool,
    /// The rows are interactions, whatever the columns look like
    #[arg(long)]
    interactions: bool,
    /// Kind of the events that do not name theirs
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
    /// Character between fields: a comma, a semicolon, a bar or tab
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    #[command(flatten)]
    pub(crate) tenant: TenantArgs,
    // Last, because its heading goes on to the end.
    #[command(flatten)]
    columns: ColumnArgs,
}

/// Which rows and which bytes are good enough.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct InputArgs {
    /// Import only if what is read has this SHA-256 digest, as an earlier import reported it
    #[arg(long, value_name = "sha256:…")]
    pub(crate) expect_digest: Option<Digest>,
    /// Import the rest when some rows are broken, and list those
    #[arg(long)]
    skip_bad: bool,
}

/// Columns with names of their own.
#[derive(Debug, Args)]
#[command(next_help_heading = "Columns with other names")]
struct ColumnArgs {
    /// Column with the user
    #[arg(long, value_name = "NAME")]
    user_column: Option<String>,
    /// Column with the item: in a file of items its id
    #[arg(long, value_name = "NAME")]
    item_column: Option<String>,
    /// Column with the kind of event
    #[arg(long, value_name = "NAME")]
    kind_column: Option<String>,
    /// Column with the number that goes with the event
    #[arg(long, value_name = "NAME")]
    value_column: Option<String>,
    /// Column with the time
    #[arg(long, value_name = "NAME")]
    timestamp_column: Option<String>,
    /// Column with the title
    #[arg(long, value_name = "NAME")]
    title_column: Option<String>,
    /// Column with the description
    #[arg(long, value_name = "NAME")]
    description_column: Option<String>,
    /// Column with the category
    #[arg(long, value_name = "NAME")]
    category_column: Option<String>,
    /// Column with the tags
    #[arg(long, value_name = "NAME")]
    tags_column: Option<String>,
}

impl ImportFileArgs {
    /// The options as the importer takes them.
    pub(crate) fn options(&self) -> FileOptions {
        let mut options = FileOptions::default();
        options.columns = self.columns.names();
        options.contents = match (self.items, self.interactions) {
            (true, _) => Some(Contents::Items),
            (false, true) => Some(Contents::Interactions),
            (false, false) => None,
        };
        options.delimiter = self.delimiter;
        options.kind.clone_from(&self.kind);
        options
    }
}

impl InputArgs {
    pub(crate) fn bad_rows(self) -> BadRows {
        if self.skip_bad { BadRows::Skip } else { BadRows::Refuse }
    }
}

impl ColumnArgs {
    fn names(&self) -> ColumnNames {
        let chosen = [
            (Field::User, &self.user_column),
            (Field::Item, &self.item_column),
            (Field::Kind, &self.kind_column),
            (Field::Value, &self.value_column),
            (Field::Timestamp, &self.timestamp_column),
            (Field::Title, &self.title_column),
            (Field::Description, &self.description_column),
            (Field::Category, &self.category_column),
            (Field::Tags, &self.tags_column),
        ];
        chosen.into_iter().fold(ColumnNames::default(), |names, (field, chosen)| match chosen {
            Some(name) => names.with(field, name),
            None => names,
        })
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match (text, text.as_bytes()) {
        ("tab" | "\\t", _) => Ok(b'\t'),
        (_, [byte]) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err("expected one ASCII character, or tab".to_owned()),
    }
}
