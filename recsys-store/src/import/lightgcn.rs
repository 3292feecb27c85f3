//! The text format of the LightGCN line of papers: one user a line, `user item item …`, all numbers.
//!
//! The data sets Gowalla, Yelp2018 and Amazon-Book are spread in it, in two files: a training and a
//! test part. Each number behind the first is one event; repeated ones on a line count once.

use std::collections::{HashSet, VecDeque};
use std::path::{Path, PathBuf};

use super::csv::DefaultKind;
use super::digest::FileDigest;
use super::error::{Column, Fault, ImportError, Problem, RowError};
use super::lines::{Line, Lines};
use super::record::{EventRow, Record};
use super::source::{FileOptions, Opened, Records, size_of};

pub(super) fn open(path: &Path, options: &FileOptions) -> Result<Opened, ImportError> {
    let files = files(path)?;
    let mut total_bytes = 0;
    for file in &files {
        total_bytes += size_of(file)?;
    }
    let files = files.iter().map(|file| Lines::open(file)).collect::<Result<_, _>>()?;
    let kind = DefaultKind::new(path, options)?.pick(false);
    let records = LightGcnRecords { files, current: 0, row: VecDeque::new(), kind };
    Ok(Opened { records: Box::new(records), total_bytes, ignored_columns: Vec::new() })
}

/// The file itself, or the training and the test part in a folder.
fn files(path: &Path) -> Result<Vec<PathBuf>, ImportError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let part = |name: &str| {
        let names = [format!("{name}.txt"), format!("{name}.txt.gz")];
        names.into_iter().map(|name| path.join(name)).find(|file| file.is_file())
    };
    let train = part("train").ok_or_else(|| ImportError::Layout {
        path: path.to_owned(),
        format: "LightGCN",
        expected: "train.txt, and test.txt if there is a test part",
    })?;
    Ok([train].into_iter().chain(part("test")).collect())
}

#[derive(Debug)]
struct LightGcnRecords {
    files: Vec<Lines>,
    /// Which of the files is being read.
    current: usize,
    /// What is left of the current line.
    row: VecDeque<EventRow>,
    kind: String,
}

impl Records for LightGcnRecords {
    fn next_record(&mut self) -> Result<Option<Record>, Fault> {
        loop {
            if let Some(event) = self.row.pop_front() {
                return Ok(Some(Record::Event(event)));
            }
            let Some(lines) = self.files.get_mut(self.current) else { return Ok(None) };
            match lines.next()? {
                None => self.current += 1,
                Some(line) => self.row = events(lines.path(), &line, &self.kind)?,
            }
        }
    }

    fn bytes_read(&self) -> u64 {
        self.files.iter().map(Lines::bytes_read).sum()
    }

    fn digests(&self) -> Vec<FileDigest> {
        self.files.iter().map(Lines::digest).collect()
    }
}

/// The events of one line; none on a blank line or behind a user without items.
fn events(path: &Path, line: &Line, kind: &str) -> Result<VecDeque<EventRow>, RowError> {
    let error = |column: usize, problem| {
        RowError::new(path, line.number, Some(Column::Position(column)), problem)
    };
    let text = std::str::from_utf8(&line.bytes).map_err(|_| error(1, Problem::NotUtf8))?;
    let mut numbers = Vec::new();
    for (column, field) in (1..).zip(text.split_ascii_whitespace()) {
        // Through the number, so that 7 and 007 are one user.
        let number = field.parse::<u64>();
        numbers.push(number.map_err(|_| error(column, Problem::NotANumber(field.to_owned())))?);
    }
    let Some((user, items)) = numbers.split_first() else { return Ok(VecDeque::new()) };
    let user = user.to_string();
    let mut listed = HashSet::with_capacity(items.len());
    let event = |item: &u64| EventRow {
        user: user.clone(),
        item: item.to_string(),
        kind: kind.to_owned(),
        value: 1.0,
        at: None,
    };
    Ok(items.iter().filter(|&&item| listed.insert(item)).map(event).collect())
}
