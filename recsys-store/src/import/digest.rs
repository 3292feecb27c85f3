//! Which bytes were read: SHA-256 digests of input files, taken while they are read.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use super::error::ImportError;

/// A SHA-256 digest, written `sha256:` and 64 hexadecimal digits.
///
/// ```
/// use recsys_store::import::Digest;
///
/// let text = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// let digest: Digest = text.parse()?;
/// assert_eq!(digest.to_string(), text);
/// # Ok::<(), recsys_store::import::InvalidDigest>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

/// A text that is not a digest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a digest: expected sha256: and 64 hexadecimal digits")]
#[non_exhaustive]
pub struct InvalidDigest {
    /// The text as given.
    pub text: String,
}

/// What one input file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileDigest {
    /// The file.
    pub path: PathBuf,
    /// Its length.
    pub bytes: u64,
    /// Digest of its bytes as they lie on disk, compressed or not; what `sha256sum` prints.
    pub digest: Digest,
}

/// What all input files hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceDigest {
    files: Vec<FileDigest>,
}

impl SourceDigest {
    /// Takes the digests of the files, sorted by name.
    pub(super) fn new(mut files: Vec<FileDigest>) -> Self {
        files.sort_by(|left, right| left.path.cmp(&right.path));
        Self { files }
    }

    /// The files, in the order of their names.
    #[must_use]
    pub fn files(&self) -> &[FileDigest] {
        &self.files
    }

    /// One digest for everything that was read.
    ///
    /// Of one file it is the file's; of several it is that of the list of their digests, as
    /// `sha256sum movies.csv ratings.csv | sha256sum` gives it in their folder.
    #[must_use]
    pub fn whole(&self) -> Digest {
        if let [only] = self.files.as_slice() {
            return only.digest;
        }
        let mut list = Sha256::new();
        for file in &self.files {
            let name = file.path.file_name().unwrap_or(file.path.as_os_str());
            list.update(hexadecimal(file.digest.0));
            list.update("  ");
            list.update(name.as_encoded_bytes());
            list.update("\n");
        }
        Digest(list.finalize().into())
    }
}

/// A file that is hashed as it is read.
#[derive(Debug)]
pub(super) struct HashedFile {
    path: PathBuf,
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl HashedFile {
    pub(super) fn open(path: &Path) -> Result<Self, ImportError> {
        let file = File::open(path).map_err(|source| ImportError::read(path, source))?;
        Ok(Self { path: path.to_owned(), file, hash: Sha256::new(), bytes: 0 })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file back, at its end once all was read.
    #[cfg(feature = "parquet")]
    pub(super) fn into_file(self) -> File {
        self.file
    }

    /// The bytes read so far.
    pub(super) fn bytes_read(&self) -> u64 {
        self.bytes
    }

    /// The digest of what was read so far: of the whole file once its end was reached.
    pub(super) fn digest(&self) -> FileDigest {
        let digest = Digest(self.hash.clone().finalize().into());
        FileDigest { path: self.path.clone(), bytes: self.bytes, digest }
    }
}

impl Read for HashedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

impl Digest {
    /// Returns what the bytes that were hashed have come to.
    pub(crate) fn of(hash: Sha256) -> Self {
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "sha256:{}", hexadecimal(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;

    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        parse(text).ok_or_else(|| InvalidDigest { text: text.to_owned() })
    }
}

fn parse(text: &str) -> Option<Digest> {
    let digits = text.trim().strip_prefix("sha256:")?;
    if digits.len() != 64 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&digits[at..at + 2], 16).ok()?;
    }
    Some(Digest(bytes))
}

fn hexadecimal(bytes: [u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SHA-256 of "abc", from FIPS 180-2.
    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn of_text(name: &str, text: &str) -> FileDigest {
        let digest = Digest(Sha256::digest(text).into());
        FileDigest { path: Path::new("folder").join(name), bytes: text.len() as u64, digest }
    }

    #[test]
    fn one_file_has_the_digest_of_its_bytes() {
        assert_eq!(SourceDigest::new(vec![of_text("a", "abc")]).whole().to_string(), ABC);
    }

    #[test]
    fn several_files_have_the_digest_of_their_list_whatever_the_order() {
        let (one, two) = (of_text("a.csv", "abc"), of_text("b.csv", ""));
        let list =
            format!("{}  a.csv\n{}  b.csv\n", hexadecimal(one.digest.0), hexadecimal(two.digest.0));
        let expected = Digest(Sha256::digest(list).into());
        assert_eq!(SourceDigest::new(vec![one.clone(), two.clone()]).whole(), expected);
        assert_eq!(SourceDigest::new(vec![two, one]).whole(), expected);
    }

    #[test]
    fn only_a_digest_is_read_as_one() {
        assert_eq!(ABC.parse::<Digest>().map(|digest| digest.to_string()), Ok(ABC.to_owned()));
        let upper = ABC.to_uppercase().replace("SHA256", "sha256");
        assert_eq!(upper.parse::<Digest>(), ABC.parse());
        for text in ["", "sha256:", "ba7816bf", &ABC[..70], &ABC.replace('b', "g"), "sha256:é"] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }
}
