//! The keys that sign access tokens, kept in one file of the data folder.
//!
//! The file has one key a line, 64 hexadecimal digits. The first line signs, every line verifies,
//! so a key is rotated by adding a new first line and removing the last one once its tokens have
//! expired.

use std::{
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// Bytes of one signing key: the output size of the hash that HS256 is built on.
pub const KEY_BYTES: usize = 32;

/// The signing keys, newest first and never empty. `Debug` shows key ids, not keys.
#[derive(Clone)]
pub struct SigningKeys(Vec<[u8; KEY_BYTES]>);

/// Why the key file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file could not be read or written.
    #[error("signing key file {} cannot be used", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A line is not a key.
    #[error("line {line} of signing key file {} is not {} hexadecimal digits", path.display(), KEY_BYTES * 2)]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Its line, counted from 1; 1 for an empty file.
        line: usize,
    },
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes")]
    Random(#[source] getrandom::Error),
}

impl SigningKeys {
    /// Reads the keys of `path`, creating the file with one fresh key when there is none.
    ///
    /// A new file has mode 0600 and appears complete or not at all: of two processes that start at
    /// the same time, both end up with the same key.
    ///
    /// # Errors
    ///
    /// [`SecretError`] when the file cannot be read, written or understood.
    pub fn load_or_create(path: &Path) -> Result<Self, SecretError> {
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = fresh_key().map_err(SecretError::Random)?;
                let in_file = |source| SecretError::Io { path: path.to_path_buf(), source };
                fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(in_file)?;
                write_new(path, &format!("{}\n", hex(&key))).map_err(in_file)?;
                Self::parse(path, &fs::read_to_string(path).map_err(in_file)?)
            }
            Err(source) => Err(SecretError::Io { path: path.to_path_buf(), source }),
        }
    }

    /// Returns the keys with their ids, the signing key first.
    pub fn iter(&self) -> impl Iterator<Item = (String, &[u8; KEY_BYTES])> {
        self.0.iter().map(|key| (key_id(key), key))
    }

    fn parse(path: &Path, text: &str) -> Result<Self, SecretError> {
        let malformed = |line| SecretError::Malformed { path: path.to_path_buf(), line };
        let mut keys = Vec::new();
        for (index, line) in text.lines().enumerate() {
            keys.push(unhex(line.trim()).ok_or_else(|| malformed(index + 1))?);
        }
        if keys.is_empty() { Err(malformed(1)) } else { Ok(Self(keys)) }
    }
}

impl fmt::Debug for SigningKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter().map(|(id, _)| id)).finish()
    }
}

/// Returns `bytes` as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; KEY_BYTES]> {
    if text.len() != KEY_BYTES * 2 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = [0; KEY_BYTES];
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).ok()?;
    }
    Some(key)
}

fn fresh_key() -> Result<[u8; KEY_BYTES], getrandom::Error> {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key)?;
    Ok(key)
}

/// A name for the key that says nothing about it: the first 16 digits of a labelled digest.
fn key_id(key: &[u8; KEY_BYTES]) -> String {
    let mut digest = Sha256::new();
    digest.update(b"recsys key id");
    digest.update(key);
    hex(&digest.finalize()[..8])
}

/// Writes a file that did not exist, whole and on disk, or leaves the one that came first.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let scratch = path.with_extension(format!("{}.tmp", uuid::Uuid::new_v4().simple()));
    let written = private_file(&scratch).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::hard_link(&scratch, path)
    });
    fs::remove_file(&scratch).or_else(missing_is_fine)?;
    match written {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

fn missing_is_fine(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_second_start_reads_the_key_of_the_first() {
        let folder = folder();
        let path = folder.path().join("secret.key");
        let first: Vec<_> = SigningKeys::load_or_create(&path).unwrap().0;
        assert_eq!(SigningKeys::load_or_create(&path).unwrap().0, first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no scratch file is left");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder();
        let path = folder.path().join("secret.key");
        SigningKeys::load_or_create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_first_of_two_writers_wins() {
        let folder = folder();
        let path = folder.path().join("secret.key");
        write_new(&path, "first").unwrap();
        write_new(&path, "second").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "first");
    }

    #[test]
    fn a_damaged_file_is_named_with_its_line() {
        let folder = folder();
        let path = folder.path().join("secret.key");
        fs::write(&path, format!("{}\nshort\n", "ab".repeat(KEY_BYTES))).unwrap();
        let error = SigningKeys::load_or_create(&path).unwrap_err();
        assert!(matches!(error, SecretError::Malformed { line: 2, .. }), "{error}");
        fs::write(&path, "").unwrap();
        let error = SigningKeys::load_or_create(&path).unwrap_err();
        assert!(matches!(error, SecretError::Malformed { line: 1, .. }), "{error}");
    }

    #[test]
    fn debug_output_has_no_key_in_it() {
        let keys = SigningKeys(vec![[7; KEY_BYTES]]);
        assert!(!format!("{keys:?}").contains(&hex(&[7; KEY_BYTES])));
    }
}
