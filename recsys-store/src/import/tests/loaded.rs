//! Sources as logs in memory.

use recsys_core::data::Timestamp;

use super::{Files, default};
use crate::import::{Digest, ImportError, Source, read_log};

#[test]
fn events_become_a_log_and_items_features() {
    let files = Files::new()
        .with(
            "movies.csv",
            "movieId,title,genres\n1,Toy Story (1995),Adventure|Comedy\n9,Unseen,\n",
        )
        .with("ratings.csv", "userId,movieId,rating,timestamp\n7,2,3,1\n7,1,4.5,1260759144\n")
        .with("tags.csv", "userId,movieId,tag,timestamp\n7,1,Pixar,1\n");
    let mut loaded = read_log(&Source::movielens(files.0.path())).unwrap();
    let event = loaded.log.iter().last().unwrap();
    assert_eq!((event.kind, event.value), ("rating", 4.5));
    assert_eq!(event.at, Some(Timestamp(1_260_759_144_000)));
    assert_eq!(loaded.log.items().len(), 2, "an item without events has no column");

    let features = loaded.features_of(loaded.log.items());
    assert!(features[0].is_empty(), "no row describes item 2");
    assert_eq!(features[1].text, "Toy Story (1995)\nAdventure\nComedy\npixar");
    assert_eq!(features[1].categories, ["Adventure", "Comedy", "pixar"]);
    assert_eq!(features[1].numbers["year"].total_cmp(&1995.0), std::cmp::Ordering::Equal);

    loaded.add_items_without_events().unwrap();
    assert_eq!(loaded.log.items().len(), 3);
    let names = loaded.digest.files().iter().map(|file| file.path.file_name().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["movies.csv", "ratings.csv", "tags.csv"]);
}

#[test]
fn a_bad_row_is_named_and_all_are_counted() {
    let files = Files::new().with("events.csv", "user,item\na,\na,b\n,b\n");
    let error = read_log(&Source::csv(files.path("events.csv"), default())).unwrap_err();
    assert!(
        matches!(&error, ImportError::BadRows { first, count: 2 } if first.line() == 2),
        "{error}"
    );
}

/// The digests are those that `sha256sum` prints.
#[test]
fn the_digest_is_of_the_bytes_of_the_file() {
    let files = Files::new().with("events.csv", "user,item\na,b\n");
    let loaded = read_log(&Source::csv(files.path("events.csv"), default())).unwrap();
    let expected = "sha256:5563d911a36493fc45b34ace097db53a568a9b6d25bc848909c7700deb455f56";
    let expected: Digest = expected.parse().unwrap();
    assert_eq!(loaded.digest.whole(), expected);
    assert_eq!(loaded.digest.files()[0].bytes, 14);
}
