//! Files that are written whole or not at all, whatever dies meanwhile.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Writes `bytes` under a temporary name, flushes them to the disk and gives them their name.
///
/// Blocks; call it off the runtime.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let temporary = path.with_extension("tmp");
    let written = (|| {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        // The name itself must reach the disk too.
        File::open(folder)?.sync_all()
    })();
    if written.is_err() {
        // The error of writing is the one to report; a leftover is only untidy.
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_under_its_name_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tenant").join("version.rsys");
        write(&path, b"model").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"model");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
