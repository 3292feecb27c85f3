//! The container: header, table, aligned sections, checksum.

use std::ops::Range;

use super::payload::Element;
use super::{Array, CodecError};

const MAGIC: [u8; 8] = *b"\x89RECSYS\n";
const VERSION: u16 = 1;
const HEADER: usize = 64;
const ENTRY: usize = 64;
const NAME: usize = 40;
const ALIGNMENT: usize = 64;
/// Position of the file's length in the header.
const LENGTH: Range<usize> = 16..24;
/// Position of the checksum in the header.
const CHECKSUM: Range<usize> = 60..64;
/// A blend of the most members allowed, all of them with many sections, stays far below.
const MOST_SECTIONS: usize = 4096;

/// Collects sections and lays them out.
#[derive(Debug, Default)]
pub(super) struct SectionWriter {
    sections: Vec<(String, Element, u64, Vec<u8>)>,
}

impl SectionWriter {
    /// Adds an array under `name`, at most 40 bytes of text.
    pub(super) fn push(&mut self, name: String, array: &Array<'_>) {
        debug_assert!(name.len() <= NAME, "{name} is too long for the table");
        self.sections.push((name, array.element(), array.len() as u64, array.to_le_bytes()));
    }

    pub(super) fn finish(mut self, manifest: &[u8]) -> Vec<u8> {
        self.push("manifest".to_owned(), &Array::from(manifest));
        let mut table = Vec::with_capacity(self.sections.len() * ENTRY);
        let mut length = align(HEADER + self.sections.len() * ENTRY);
        for (name, element, count, bytes) in &self.sections {
            let start = table.len();
            table.extend_from_slice(name.as_bytes());
            table.resize(start + NAME, 0);
            table.push(*element as u8);
            table.resize(start + NAME + 8, 0);
            table.extend_from_slice(&(length as u64).to_le_bytes());
            table.extend_from_slice(&count.to_le_bytes());
            length = align(length + bytes.len());
        }
        let mut file = Vec::with_capacity(length);
        file.extend_from_slice(&MAGIC);
        file.extend_from_slice(&VERSION.to_le_bytes());
        file.extend_from_slice(&[0; 2]);
        let count = u32::try_from(self.sections.len()).expect("a model has a handful of sections");
        file.extend_from_slice(&count.to_le_bytes());
        file.extend_from_slice(&(length as u64).to_le_bytes());
        file.resize(HEADER, 0);
        file.extend_from_slice(&table);
        for (_, _, _, bytes) in &self.sections {
            file.resize(align(file.len()), 0);
            file.extend_from_slice(bytes);
        }
        file.resize(length, 0);
        let checksum = checksum(&file);
        file[CHECKSUM].copy_from_slice(&checksum.to_le_bytes());
        file
    }
}

/// Finds sections in bytes that were checked whole.
#[derive(Debug)]
pub(super) struct SectionReader<'a> {
    bytes: &'a [u8],
    sections: Vec<Entry<'a>>,
}

#[derive(Debug)]
struct Entry<'a> {
    name: &'a str,
    element: Element,
    range: Range<usize>,
}

impl<'a> SectionReader<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, CodecError> {
        if bytes.len() < MAGIC.len() || bytes[..MAGIC.len()] != MAGIC {
            return Err(CodecError::NotAModel);
        }
        let found = bytes.len() as u64;
        if bytes.len() < HEADER {
            return Err(CodecError::Truncated { expected: HEADER as u64, found });
        }
        let version = u16::from_le_bytes(array(bytes, 8));
        if version != VERSION {
            return Err(CodecError::NewerVersion {
                what: "container",
                found: version,
                readable: VERSION,
            });
        }
        let expected = u64::from_le_bytes(array(bytes, LENGTH.start));
        if found < expected {
            return Err(CodecError::Truncated { expected, found });
        }
        if found > expected {
            return Err(CodecError::malformed("there are bytes after its end"));
        }
        if u32::from_le_bytes(array(bytes, CHECKSUM.start)) != checksum(bytes) {
            return Err(CodecError::Checksum);
        }
        let count = u32::from_le_bytes(array(bytes, 12)) as usize;
        if count > MOST_SECTIONS || HEADER + count * ENTRY > bytes.len() {
            return Err(CodecError::malformed("its table of sections does not fit"));
        }
        let entries = bytes[HEADER..HEADER + count * ENTRY].chunks_exact(ENTRY);
        let sections =
            entries.map(|entry| Entry::parse(entry, bytes.len())).collect::<Result<_, _>>()?;
        Ok(Self { bytes, sections })
    }

    /// Returns a section of bytes.
    pub(super) fn bytes(&self, name: &str) -> Result<&'a [u8], CodecError> {
        self.section(name, Element::Byte)
    }

    /// Reads a section of f32.
    pub(super) fn f32s(&self, name: &str) -> Result<Vec<f32>, CodecError> {
        let bytes = self.section(name, Element::F32)?;
        Ok(bytes.chunks_exact(4).map(|four| f32::from_le_bytes(array(four, 0))).collect())
    }

    /// Reads a section of u32.
    pub(super) fn u32s(&self, name: &str) -> Result<Vec<u32>, CodecError> {
        let bytes = self.section(name, Element::U32)?;
        Ok(bytes.chunks_exact(4).map(|four| u32::from_le_bytes(array(four, 0))).collect())
    }

    /// Reads a section of u64 as sizes.
    pub(super) fn sizes(&self, name: &str) -> Result<Vec<usize>, CodecError> {
        let bytes = self.section(name, Element::U64)?;
        bytes
            .chunks_exact(8)
            .map(|eight| usize::try_from(u64::from_le_bytes(array(eight, 0))))
            .collect::<Result<_, _>>()
            .map_err(|_| {
                CodecError::malformed(format!("section {name} has a size that is too large"))
            })
    }

    fn section(&self, name: &str, element: Element) -> Result<&'a [u8], CodecError> {
        let entry = self.sections.iter().find(|entry| entry.name == name);
        let entry =
            entry.ok_or_else(|| CodecError::malformed(format!("section {name} is missing")))?;
        if entry.element != element {
            return Err(CodecError::malformed(format!("section {name} has another type")));
        }
        Ok(&self.bytes[entry.range.clone()])
    }
}

impl<'a> Entry<'a> {
    fn parse(entry: &'a [u8], file_length: usize) -> Result<Self, CodecError> {
        let name = entry[..NAME].split(|&byte| byte == 0).next().unwrap_or_default();
        let name = std::str::from_utf8(name)
            .map_err(|_| CodecError::malformed("a section's name is not text"))?;
        let bad = |what: &str| CodecError::malformed(format!("section {name} {what}"));
        let element = Element::from_code(entry[NAME]).ok_or_else(|| bad("has an unknown type"))?;
        let offset = usize::try_from(u64::from_le_bytes(array(entry, NAME + 8)));
        let count = usize::try_from(u64::from_le_bytes(array(entry, NAME + 16)));
        let (Ok(offset), Ok(count)) = (offset, count) else {
            return Err(bad("lies outside the file"));
        };
        let end = count.checked_mul(element.width()).and_then(|length| offset.checked_add(length));
        let end =
            end.filter(|&end| end <= file_length).ok_or_else(|| bad("lies outside the file"))?;
        if offset % ALIGNMENT != 0 {
            return Err(bad("is not aligned"));
        }
        Ok(Self { name, element, range: offset..end })
    }
}

fn align(length: usize) -> usize {
    length.next_multiple_of(ALIGNMENT)
}

/// Returns the CRC-32 of a file as if its checksum field were zero.
fn checksum(file: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&file[..CHECKSUM.start]);
    hasher.update(&[0; 4]);
    hasher.update(&file[CHECKSUM.end..]);
    hasher.finalize()
}

/// Puts a file's length and checksum right again after it was tampered with, so that tests reach what
/// lies behind them. Files too short for a header stay as they are.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn reseal(file: &mut [u8]) {
    if file.len() >= HEADER {
        let length = file.len() as u64;
        file[LENGTH].copy_from_slice(&length.to_le_bytes());
        let checksum = checksum(file);
        file[CHECKSUM].copy_from_slice(&checksum.to_le_bytes());
    }
}

/// Copies `N` bytes from `at`; the caller has checked that they are there.
fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut copy = [0; N];
    copy.copy_from_slice(&bytes[at..at + N]);
    copy
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resealed(mut file: Vec<u8>) -> Vec<u8> {
        reseal(&mut file);
        file
    }

    fn file() -> Vec<u8> {
        let mut writer = SectionWriter::default();
        writer.push("numbers".to_owned(), &Array::from(&[1.5_f32, -2.0][..]));
        writer.finish(b"{}")
    }

    #[test]
    fn sections_come_back_as_they_were() {
        let file = file();
        let reader = SectionReader::open(&file).unwrap();
        assert_eq!(reader.f32s("numbers").unwrap(), [1.5, -2.0]);
        assert_eq!(reader.bytes("manifest").unwrap(), b"{}");
    }

    #[test]
    fn a_section_of_another_type_or_name_is_refused() {
        let file = file();
        let reader = SectionReader::open(&file).unwrap();
        assert!(matches!(reader.u32s("numbers"), Err(CodecError::Malformed(_))));
        assert!(matches!(reader.u32s("absent"), Err(CodecError::Malformed(_))));
    }

    #[test]
    fn every_truncation_is_an_error() {
        let file = file();
        for length in 0..file.len() {
            assert!(SectionReader::open(&file[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn every_damaged_byte_is_an_error() {
        let file = file();
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 0x20;
            assert!(SectionReader::open(&damaged).is_err(), "{at}");
        }
    }

    #[test]
    fn sections_outside_the_file_are_refused_even_with_a_right_checksum() {
        for (field, value) in [(8, u64::MAX), (8, 1), (16, u64::MAX), (16, 1 << 40)] {
            let mut hostile = file();
            let at = HEADER + NAME + field;
            hostile[at..at + 8].copy_from_slice(&value.to_le_bytes());
            let opened = SectionReader::open(&resealed(hostile)).map(|_| ());
            assert!(matches!(opened, Err(CodecError::Malformed(_))), "{field} {value}");
        }
    }

    #[test]
    fn a_newer_container_names_both_versions() {
        let mut newer = file();
        newer[8] = 9;
        let error = SectionReader::open(&resealed(newer)).map(|_| ()).unwrap_err();
        let text = "the model file has container version 9, this program reads up to 1";
        assert_eq!(error.to_string(), text);
    }
}
