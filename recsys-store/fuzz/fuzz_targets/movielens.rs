//! A digit for the layout (`0`, `1` or `2`) and the films, ratings and tags of a MovieLens folder with a
//! zero byte between them: rows or errors, never a panic.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use recsys_store::import::Source;
use recsys_store_fuzz::{Files, read};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Some((layout, bytes)) = bytes.split_first() else { return Corpus::Reject };
    let names = match layout {
        b'0' => ["movies.csv", "ratings.csv", "tags.csv"],
        b'1' => ["movies.dat", "ratings.dat", "tags.dat"],
        b'2' => ["u.item", "u.data", "unread"],
        _ => return Corpus::Reject,
    };
    let parts = bytes.splitn(3, |&byte| byte == 0);
    let files: Vec<(&str, &[u8])> = names.into_iter().zip(parts).collect();
    read(&Source::movielens(Files::new(&files).path()));
    Corpus::Keep
});
