//! What every source must do, whatever its bytes.

use std::fs;
use std::path::Path;

use recsys_core::data::Aggregation;
use recsys_store::import::{ImportError, Source, read_log};
use tempfile::TempDir;

/// Files of one run, in a folder that disappears with the value.
#[derive(Debug)]
pub struct Files(TempDir);

impl Files {
    /// Writes files.
    ///
    /// # Panics
    ///
    /// When the folder for temporary files cannot be written.
    #[must_use]
    pub fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().expect("temporary files can be made");
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).expect("temporary files can be written");
        }
        Self(folder)
    }

    /// Returns the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

/// Reads a source. It is refused with a message, or all of it becomes events and items that train.
///
/// # Panics
///
/// When that is not so.
pub fn read(source: &Source) {
    let loaded = match read_log(source) {
        Ok(loaded) => loaded,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            if let ImportError::BadRows { count, .. } = error {
                assert!(count > 0, "rows are refused, but none is bad");
            }
            return;
        }
    };
    for file in loaded.digest.files() {
        let length = fs::metadata(&file.path).expect("the file was read").len();
        assert_eq!(file.bytes, length, "a part of {} was not read", file.path.display());
    }
    assert!(loaded.log.iter().all(|event| event.value.is_finite()));
    let no_id = |id: &[u8]| id.is_empty() || std::str::from_utf8(id).is_err();
    assert!(!loaded.log.users().iter().any(|(_, id)| no_id(id)), "a user has no id");
    assert!(!loaded.log.items().iter().any(|(_, id)| no_id(id)), "an item has no id");
    let data = loaded.log.to_dataset(&Aggregation::default()).expect("the policy is sane");
    let features = loaded.features_of(data.interactions().items());
    assert_eq!(features.len(), data.interactions().n_items());
}
