//! Bytes as a model file: they are refused, or give a model that answers everything it can be asked and
//! that is written the same way again and again. Nothing panics.
//!
//! Bytes are read as they are, and once more with their length and checksum put right: few would get past
//! these by chance.

#![no_main]

use libfuzzer_sys::fuzz_target;
use recsys_core::codec::{decode_model, encode_model};
use recsys_core::testing::{ask_everything, reseal};

fuzz_target!(
    init: {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
        pool.build_global().expect("nothing has used threads before");
    },
    |bytes: &[u8]| {
        read(bytes);
        let mut resealed = bytes.to_vec();
        reseal(&mut resealed);
        read(&resealed);
    }
);

fn read(bytes: &[u8]) {
    let Ok(model) = decode_model(bytes) else { return };
    ask_everything(&*model);
    let written = encode_model(&*model).expect("what was read can be written");
    let again = decode_model(&written).expect("what was written can be read");
    assert!(
        encode_model(&*again).expect("as before") == written,
        "the bytes change on a round trip"
    );
}
