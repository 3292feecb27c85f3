//! A look at a file's metadata before the library reads it.
//!
//! Metadata are a structure in Thrift's compact protocol. The library believes the lengths in it: a few
//! damaged bytes can keep it busy with the elements of a list that is not there. Every element takes a
//! byte at least, so a length beyond the end is a lie, and all of it is found in time linear in the bytes.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

/// Levels of structures and lists; those of Parquet have six.
const DEEPEST: u32 = 32;

/// Bytes at the end of a file: the length of the metadata and four letters.
const TAIL: u64 = 8;

/// Fails for a file whose metadata do not hold what they announce. The position afterwards is the start.
pub(super) fn check(file: &mut File) -> io::Result<()> {
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the metadata are damaged");
    let size = file.metadata()?.len();
    let start = size.checked_sub(TAIL).ok_or_else(damaged)?;
    file.seek(SeekFrom::Start(start))?;
    let mut tail = [0; TAIL as usize];
    file.read_exact(&mut tail)?;
    let [a, b, c, d, ..] = tail;
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    let start = start.checked_sub(length).ok_or_else(damaged)?;
    file.seek(SeekFrom::Start(start))?;
    let mut metadata = Vec::new();
    file.take(length).read_to_end(&mut metadata)?;
    file.rewind()?;
    Walk { rest: &metadata }.structure(DEEPEST).ok_or_else(damaged)
}

/// What has not been walked over yet.
struct Walk<'a> {
    rest: &'a [u8],
}

impl Walk<'_> {
    /// Walks over the fields of a structure, up to the mark of its end.
    fn structure(&mut self, depth: u32) -> Option<()> {
        let deeper = depth.checked_sub(1)?;
        loop {
            let header = self.byte()?;
            if header == 0 {
                return Some(());
            }
            if header >> 4 == 0 {
                self.number()?; // the field's id, where it does not follow from the one before
            }
            match header & 0x0f {
                1 | 2 => {} // a truth is in the header itself
                kind => self.value(kind, deeper)?,
            }
        }
    }

    /// Walks over a value of a kind.
    fn value(&mut self, kind: u8, depth: u32) -> Option<()> {
        match kind {
            1..=3 => self.skip(1),
            4..=6 => self.number().map(drop),
            7 => self.skip(8),
            8 => {
                let length = self.number()?;
                self.skip(length)
            }
            9 | 10 => self.list(depth.checked_sub(1)?),
            11 => self.map(depth.checked_sub(1)?),
            12 => self.structure(depth),
            13 => self.skip(16),
            _ => None,
        }
    }

    fn list(&mut self, depth: u32) -> Option<()> {
        let header = self.byte()?;
        let length = match header >> 4 {
            15 => self.number()?,
            length => u64::from(length),
        };
        self.repeat(length, |walk| walk.value(header & 0x0f, depth))
    }

    fn map(&mut self, depth: u32) -> Option<()> {
        let length = self.number()?;
        if length == 0 {
            return Some(());
        }
        let kinds = self.byte()?;
        self.repeat(length, |walk| {
            walk.value(kinds >> 4, depth)?;
            walk.value(kinds & 0x0f, depth)
        })
    }

    fn repeat(&mut self, times: u64, mut walk: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        if times > self.rest.len() as u64 {
            return None;
        }
        (0..times).try_for_each(|_| walk(self))
    }

    fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn skip(&mut self, bytes: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    /// Seven bits of each byte, the lowest first, as long as the eighth is set.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn walk(bytes: &[u8]) -> bool {
        Walk { rest: bytes }.structure(DEEPEST).is_some()
    }

    #[test]
    fn fields_of_every_kind_are_walked_over() {
        // A truth, a number of two bytes, a text, a list of two numbers, a structure with a truth.
        assert!(walk(&[
            0x11, 0x15, 0x80, 0x01, 0x18, 2, b'h', b'i', 0x19, 0x25, 1, 2, 0x1c, 0x12, 0, 0
        ]));
    }

    #[test]
    fn a_list_longer_than_the_file_is_refused_at_once() {
        assert!(!walk(&[0x19, 0xf1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]));
    }

    #[test]
    fn structures_do_not_nest_without_end() {
        assert!(!walk(&[0x1c; 10_000]));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_go_on_for_ever(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = walk(&bytes);
        }
    }
}
