//! What searches have tried, in a file, so that an interrupted evaluation goes on.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use recsys_core::eval::protocol::{Inputs, Protocol, SearchKeeper};
use recsys_core::eval::report::InputFile;
use recsys_core::eval::search::SearchState;
use serde::{Deserialize, Serialize};

/// A file with the states of an evaluation's searches. It counts only for the same protocol on the same
/// files; anything else in its place is overwritten.
#[derive(Debug)]
pub struct SearchFile {
    path: PathBuf,
    kept: RefCell<Kept>,
    failure: RefCell<Option<io::Error>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    protocol: Protocol,
    files: Vec<InputFile>,
    searches: BTreeMap<String, SearchState>,
}

impl SearchFile {
    /// Reads the file if it is there and of this evaluation.
    #[must_use]
    pub fn open(path: impl Into<PathBuf>, protocol: &Protocol, inputs: &Inputs) -> Self {
        let path = path.into();
        let of_this = |kept: &Kept| kept.protocol == *protocol && kept.files == inputs.files();
        let read = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let kept = read.filter(of_this).unwrap_or_else(|| Kept {
            protocol: protocol.clone(),
            files: inputs.files().to_vec(),
            searches: BTreeMap::new(),
        });
        Self { path, kept: RefCell::new(kept), failure: RefCell::new(None) }
    }

    /// Returns how many trials are kept.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.kept.borrow().searches.values().map(|state| state.trials.len()).sum()
    }

    /// Takes the file away once the evaluation is whole.
    ///
    /// # Errors
    /// When it cannot be removed, or a trial could not be kept.
    pub fn remove(self) -> io::Result<()> {
        if let Some(failure) = self.failure.into_inner() {
            return Err(failure);
        }
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Writes beside and renames, so that an interruption leaves the former state.
    fn write(&self) -> io::Result<()> {
        let mut beside = self.path.clone().into_os_string();
        beside.push(".part");
        fs::write(&beside, serde_json::to_vec(&*self.kept.borrow())?)?;
        fs::rename(&beside, &self.path)
    }
}

impl SearchKeeper for SearchFile {
    fn restore(&self, name: &str) -> Option<SearchState> {
        self.kept.borrow().searches.get(name).cloned()
    }

    fn keep(&self, name: &str, state: &SearchState) {
        self.kept.borrow_mut().searches.insert(name.to_owned(), state.clone());
        if let Err(error) = self.write() {
            // The evaluation is worth more than its resumption; `remove` tells.
            self.failure.borrow_mut().get_or_insert(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use recsys_core::algo::AlgorithmConfig;
    use recsys_core::eval::generated;
    use recsys_core::eval::protocol::DataSource;
    use recsys_core::eval::search::{Search, SearchConfig};
    use tempfile::TempDir;

    use super::*;

    fn protocol(title: &str) -> Protocol {
        let data = DataSource::LightGcn { path: "x".to_owned() };
        let mut protocol = Protocol::new(data, Vec::new());
        title.clone_into(&mut protocol.title);
        protocol
    }

    #[test]
    fn trials_come_back_for_the_same_protocol_and_files_only() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("search.json");
        let inputs = Inputs::new(generated(3, 3, 3, 1).0);
        let settings = AlgorithmConfig::named("popularity").unwrap();
        let state = Search::new(settings, SearchConfig::default(), true).unwrap().start();
        SearchFile::open(&path, &protocol("a"), &inputs).keep("one", &state);
        let open = |title, inputs| SearchFile::open(&path, &protocol(title), inputs);
        assert_eq!(open("a", &inputs).restore("one"), Some(state));
        assert_eq!(open("b", &inputs).restore("one"), None);
        let other = inputs.clone().with_files(vec![InputFile::new("x", 1, "sha256:00")]);
        assert_eq!(open("a", &other).restore("one"), None);
        open("a", &inputs).remove().unwrap();
        assert!(!path.exists());
        fs::write(&path, "no JSON").unwrap();
        assert_eq!(open("a", &inputs).trials(), 0);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_told_in_the_end() {
        let inputs = Inputs::new(generated(3, 3, 3, 1).0);
        let file = SearchFile::open("/nowhere/at/all", &protocol("a"), &inputs);
        let settings = AlgorithmConfig::named("popularity").unwrap();
        let state = Search::new(settings, SearchConfig::default(), true).unwrap().start();
        file.keep("one", &state);
        assert!(file.restore("one").is_some() && file.remove().is_err());
    }
}
