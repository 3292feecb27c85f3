//! A letter for the format (`c`, `j` or `l`) and the bytes of a CSV, JSON lines or LightGCN file, plain or
//! gzipped: rows or errors, never a panic.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use recsys_store::import::{FileOptions, Source};
use recsys_store_fuzz::{Files, read};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Some((format, bytes)) = bytes.split_first() else { return Corpus::Reject };
    let files = Files::new(&[("data", bytes)]);
    let file = files.path().join("data");
    let source = match format {
        b'c' => Source::csv(file, FileOptions::default()),
        b'j' => Source::jsonl(file, FileOptions::default()),
        b'l' => Source::lightgcn(file),
        _ => return Corpus::Reject,
    };
    read(&source);
    Corpus::Keep
});
