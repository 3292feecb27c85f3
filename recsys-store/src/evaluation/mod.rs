//! Evaluation protocols as files, and the data that they name.
//!
//! [`read_protocol`] reads TOML or JSON; [`load`] reads what the protocol's [`DataSource`] names, without a
//! store. Following the protocol is [`recsys_core::eval::protocol::evaluate`].

mod search_file;

use std::fs;
use std::path::{Path, PathBuf};

use recsys_core::data::{InteractionLog, ItemFeatures};
use recsys_core::eval::protocol::{DataSource, Inputs, Protocol};
use recsys_core::eval::report::InputFile;
use recsys_core::eval::{EvalError, Split, SplitMethod, generated};

pub use self::search_file::SearchFile;
use crate::import::{Contents, FileOptions, ImportError, Loaded, Source, read_log};

/// The largest made-up data: a thousand times what protocols are tried with.
const MOST_GENERATED: u64 = 100_000_000;

/// Why a protocol or its data cannot be read.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// The data cannot be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The parts of a split do not go together.
    #[error(transparent)]
    Eval(#[from] EvalError),
    /// The file is no protocol.
    #[error("{}: {problem}", path.display())]
    Protocol {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        problem: String,
    },
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Reads a protocol: JSON when the name ends so, else TOML.
///
/// # Errors
/// [`EvaluationError::Read`] and [`EvaluationError::Protocol`].
pub fn read_protocol(path: &Path) -> Result<Protocol, EvaluationError> {
    let text = fs::read_to_string(path)
        .map_err(|source| EvaluationError::Read { path: path.to_owned(), source })?;
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let protocol: Result<Protocol, String> = if is_json {
        serde_json::from_str(&text).map_err(|error| error.to_string())
    } else {
        toml::from_str(&text).map_err(|error| error.to_string())
    };
    let refused = |problem| EvaluationError::Protocol { path: path.to_owned(), problem };
    let protocol = protocol.map_err(refused)?;
    protocol.check().map_err(|error| refused(error.to_string()))?;
    Ok(protocol)
}

/// Reads what `protocol` is about. Relative paths start at `folder`, which is that of the protocol's file.
/// It blocks the thread.
///
/// # Errors
/// [`EvaluationError::Import`] when a file cannot be read, and [`EvaluationError::Eval`] when a given split
/// is asked for and the source has no test part.
pub fn load(protocol: &Protocol, folder: &Path) -> Result<Inputs, EvaluationError> {
    let given = matches!(protocol.split.method, SplitMethod::Given);
    let files = |read: &dyn Fn(PathBuf, FileOptions) -> Source,
                 [train, test, items]: [Option<&String>; 3]| {
        let read_part = |path: &String, contents: Contents| {
            let options = FileOptions { contents: Some(contents), ..FileOptions::default() };
            read_log(&read(folder.join(path), options))
        };
        let part = |path: Option<&String>, contents| {
            path.map(|path| read_part(path, contents)).transpose()
        };
        let train = part(train, Contents::Interactions)?.unwrap_or_default();
        let test = part(test, Contents::Interactions)?;
        Ok(Parts { train, test, items: part(items, Contents::Items)? })
    };
    let parts: Result<Parts, EvaluationError> = match &protocol.data {
        DataSource::Csv { path, test, items } => files(
            &|path, options| Source::csv(path, options),
            [Some(path), test.as_ref(), items.as_ref()],
        ),
        DataSource::Jsonl { path, test, items } => files(
            &|path, options| Source::jsonl(path, options),
            [Some(path), test.as_ref(), items.as_ref()],
        ),
        DataSource::LightGcn { path } if given => {
            let folder = folder.join(path);
            let part = |name| read_log(&Source::lightgcn(part_of(&folder, name)));
            Ok(Parts { train: part("train")?, test: Some(part("test")?), items: None })
        }
        DataSource::LightGcn { path } => Parts::only(&Source::lightgcn(folder.join(path))),
        DataSource::MovieLens { path } => Parts::only(&Source::movielens(folder.join(path))),
        DataSource::Generated { users, items, events_per_user, seed } => {
            return made_up(*users, *items, *events_per_user, *seed);
        }
        _ => return Err(EvalError::Protocol("this source is not known here".to_owned()).into()),
    };
    parts?.inputs(given)
}

/// What was read.
struct Parts {
    train: Loaded,
    test: Option<Loaded>,
    items: Option<Loaded>,
}

impl Parts {
    fn only(source: &Source) -> Result<Self, EvaluationError> {
        Ok(Self { train: read_log(source)?, test: None, items: None })
    }

    fn inputs(self, given: bool) -> Result<Inputs, EvaluationError> {
        let Self { mut train, test, items } = self;
        let sources = [Some(&train), test.as_ref(), items.as_ref()];
        let digests = sources.into_iter().flatten().flat_map(|loaded| loaded.digest.files());
        let files: Vec<InputFile> = digests
            .map(|file| {
                let name = file.path.file_name().unwrap_or(file.path.as_os_str());
                InputFile::new(name.to_string_lossy(), file.bytes, file.digest.to_string())
            })
            .collect();
        if let Some(items) = items {
            train.features.extend(items.features);
        }
        train.add_items_without_events().map_err(EvalError::from)?;
        let inputs = |log: &InteractionLog, inputs: Inputs| {
            let features: Vec<ItemFeatures> = train.features_of(log.items());
            let inputs = inputs.with_files(files.clone());
            if features.iter().all(ItemFeatures::is_empty) {
                inputs
            } else {
                inputs.with_features(features)
            }
        };
        match test {
            Some(test) if given => {
                let split = Split::given(&train.log, &test.log)?;
                Ok(inputs(&split.train.clone(), Inputs::given(split)))
            }
            None if given => {
                let problem = "the split is given, but the source names no test part";
                Err(EvalError::Protocol(problem.to_owned()).into())
            }
            _ => Ok(inputs(&train.log, Inputs::new(train.log.clone()))),
        }
    }
}

/// One part of a data set in the LightGCN text format, plain or gzipped.
fn part_of(folder: &Path, name: &str) -> PathBuf {
    let plain = folder.join(format!("{name}.txt"));
    let zipped = folder.join(format!("{name}.txt.gz"));
    if !plain.exists() && zipped.exists() { zipped } else { plain }
}

fn made_up(users: u32, items: u32, events: u32, seed: u64) -> Result<Inputs, EvaluationError> {
    let total = u64::from(users) * u64::from(events) + u64::from(users) + u64::from(items);
    if total > MOST_GENERATED {
        let problem = format!("made-up data has at most {MOST_GENERATED} events");
        return Err(EvalError::Protocol(problem).into());
    }
    let (log, features) = generated(users, items, events, seed);
    Ok(Inputs::new(log).with_features(features))
}

#[cfg(test)]
mod tests;
