//! Data in the text format of the LightGCN line of papers: one user a line, `user item item …`, all
//! numbers, training and test part in two files.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, ensure};
use flate2::read::GzDecoder;
use recsys_core::data::Interactions;
use recsys_core::eval::HeldOut;
use recsys_core::ids::{IdMap, ItemIdx, UserIdx};

/// A training matrix and what each user did besides.
#[derive(Debug)]
pub(crate) struct Dataset {
    pub(crate) train: Interactions,
    pub(crate) held_out: Vec<HeldOut>,
}

impl Dataset {
    /// Reads `train.txt` and `test.txt`, or the same with the ending `.gz`, from a folder.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let train = read(&folder.join("train.txt"))?;
        let test = read(&folder.join("test.txt"))?;
        let rows = train.len().max(test.len());
        let items = train.iter().chain(&test).flatten().max().map_or(0, |&last| last + 1);
        let held_out = test.into_iter().enumerate().filter(|(_, row)| !row.is_empty());
        let held_out = held_out
            .map(|(user, row)| Ok((UserIdx::new(u32::try_from(user)?), as_items(&row))))
            .collect::<anyhow::Result<_>>()?;
        Ok(Self { train: interactions(&train, rows, items)?, held_out })
    }
}

pub(crate) fn as_items(row: &[u32]) -> Vec<ItemIdx> {
    row.iter().copied().map(ItemIdx::new).collect()
}

/// A matrix of ones. Row and column ids are the numbers of the file.
pub(crate) fn interactions(
    rows: &[Vec<u32>],
    n_users: usize,
    n_items: u32,
) -> anyhow::Result<Interactions> {
    let mut users = IdMap::<UserIdx>::new();
    for user in 0..n_users {
        users.intern(user.to_string());
    }
    let mut items = IdMap::<ItemIdx>::new();
    for item in 0..n_items {
        items.intern(item.to_string());
    }
    let mut indptr = vec![0];
    let mut indices = Vec::new();
    for user in 0..n_users {
        indices.extend(rows.get(user).into_iter().flatten());
        indptr.push(indices.len());
    }
    let values = vec![1.0; indices.len()];
    Ok(Interactions::from_csr(users, items, indptr, indices, values)?)
}

/// Rows by user number, each sorted and without repetitions.
fn read(path: &Path) -> anyhow::Result<Vec<Vec<u32>>> {
    let mut rows: Vec<Vec<u32>> = Vec::new();
    for (number, line) in open(path)?.lines().enumerate() {
        let place = || format!("{}, line {}", path.display(), number + 1);
        let line = line.with_context(place)?;
        let mut numbers = line.split_ascii_whitespace().map(str::parse::<u32>);
        let Some(user) = numbers.next() else { continue };
        let user = user.with_context(place)? as usize;
        ensure!(user < 100_000_000, "{}: user {user} is out of range", place());
        let mut row = numbers.collect::<Result<Vec<_>, _>>().with_context(place)?;
        row.sort_unstable();
        row.dedup();
        if rows.len() <= user {
            rows.resize_with(user + 1, Vec::new);
        }
        rows[user] = row;
    }
    Ok(rows)
}

fn open(plain: &Path) -> anyhow::Result<BufReader<Box<dyn Read>>> {
    let zipped = plain.with_extension("txt.gz");
    let reader: Box<dyn Read> = if plain.exists() {
        Box::new(File::open(plain)?)
    } else {
        let file = File::open(&zipped)
            .with_context(|| format!("neither {} nor {}", plain.display(), zipped.display()))?;
        Box::new(GzDecoder::new(file))
    };
    Ok(BufReader::new(reader))
}
