//! Bytes as a Parquet file: rows or errors, never a panic that leaves the reader.

#![no_main]

use std::panic;

use libfuzzer_sys::fuzz_target;
use recsys_store::import::{FileOptions, Source};
use recsys_store_fuzz::{Files, read};

fuzz_target!(
    init: {
        // The engine's hook ends the process at any panic. Those of the library that reads Parquet are
        // caught and become errors; what is not caught still ends the process.
        panic::set_hook(Box::new(|_| {}));
    },
    |bytes: &[u8]| {
        let files = Files::new(&[("data", bytes)]);
        read(&Source::parquet(files.path().join("data"), FileOptions::default()));
    }
);
