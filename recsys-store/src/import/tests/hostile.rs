//! Whatever the bytes, a text source gives rows and errors, never a panic.

use proptest::prelude::*;

use super::{Files, default, read};
use crate::import::Source;

/// Pieces that mean something to one format or another, and bytes that mean nothing.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&[u8]> = vec![
        b"user,item,rating,timestamp\n",
        b"id;title;tags\n",
        b"userId,movieId,tag,timestamp\n",
        b"{\"user\": 1, \"item\": \"x\"",
        b"}",
        b"{\"id\": [",
        b"null",
        b"\"",
        b",",
        b"::",
        b"|",
        b"\t",
        b" ",
        b"\n",
        b"\r\n",
        b"\xef\xbb\xbf",
        b"\x1f\x8b",
        b"\x00",
        b"1e999",
        b"-7",
        b"4.5",
        b"99999999999999999999",
        b"2024-05-31T10:00:00Z",
        "é".as_bytes(),
        b"\xff",
    ];
    let piece = prop_oneof![
        9 => prop::sample::select(pieces).prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_rows_or_errors(bytes in bytes()) {
        let files = Files::new().with("data", &bytes);
        let file = files.path("data");
        for source in [
            Source::csv(&file, default()),
            Source::jsonl(&file, default()),
            Source::lightgcn(&file),
        ] {
            drop(read(&source));
        }
    }

    #[test]
    fn any_bytes_are_films_or_errors(films in bytes(), ratings in bytes(), tags in bytes()) {
        for names in [
            ["movies.csv", "ratings.csv", "tags.csv"],
            ["movies.dat", "ratings.dat", "tags.dat"],
            ["u.item", "u.data", "unread"],
        ] {
            let [films_file, ratings_file, tags_file] = names;
            let mut headed = b"movieId,title,genres\n".to_vec();
            headed.extend_from_slice(&films);
            let files = Files::new()
                .with(films_file, &headed)
                .with(ratings_file, &ratings)
                .with(tags_file, &tags);
            drop(read(&Source::movielens(files.0.path())));
        }
    }
}
