//! MovieLens data sets in each layout.

use chrono::DateTime;
use serde_json::json;

use super::{Files, messages, read};
use crate::import::{EventRow, ImportError, ItemRow, Record, Source};

fn small() -> Files {
    Files::new()
        .with(
            "movies.csv",
            "movieId,title,genres\n\
             1,Toy Story (1995),Adventure|Animation\n\
             2,\"Trial, The (Procès, Le) (1962)\",(no genres listed)\n",
        )
        .with(
            "ratings.csv",
            "userId,movieId,rating,timestamp\n7,1,4.5,1260759144\n7,99,0.5,1260759145\n",
        )
        .with(
            "tags.csv",
            "userId,movieId,tag,timestamp\n\
             1,1,Pixar,1\n2,1,pixar,1\n2,1,toys,1\n3,1,animation,1\n3,1,,1\n3,2,Kafka,1\n",
        )
}

fn split(records: Vec<Record>) -> (Vec<ItemRow>, Vec<EventRow>) {
    let (mut items, mut events) = (Vec::new(), Vec::new());
    for record in records {
        match record {
            Record::Item(item) => items.push(item),
            Record::Event(event) => events.push(event),
        }
    }
    (items, events)
}

#[test]
fn films_have_genres_viewers_tags_and_the_year() {
    let files = small();
    let (records, bad) = read(&Source::movielens(files.0.path())).unwrap();
    assert!(bad.is_empty());
    let (films, _) = split(records);
    assert_eq!(films[0].category.as_deref(), Some("Adventure"));
    assert_eq!(films[0].tags, ["Adventure", "Animation", "pixar", "toys"]);
    assert_eq!(json!(films[0].metadata), json!({"year": 1995}));
    assert_eq!(films[1].title, "Trial, The (Procès, Le) (1962)");
    assert_eq!(
        (films[1].category.as_deref(), films[1].tags.as_slice()),
        (None, &["kafka".to_owned()][..])
    );
}

#[test]
fn ratings_keep_their_time() {
    let files = small();
    let (_, ratings) = split(read(&Source::movielens(files.0.path())).unwrap().0);
    assert_eq!(ratings.len(), 2);
    assert_eq!((ratings[0].user.as_str(), ratings[0].item.as_str()), ("7", "1"));
    assert_eq!((ratings[0].kind.as_str(), ratings[0].value), ("rating", 4.5));
    assert_eq!(ratings[0].at, DateTime::from_timestamp_millis(1_260_759_144_000));
}

#[test]
fn broken_rows_name_their_file() {
    let files = small()
        .with("ratings.csv", "userId,movieId,rating,timestamp\n7,1,6,1260759144\n7,2,3,x\n")
        .with("movies.csv", "movieId,title,genres\n,Toy Story (1995),\n");
    let (_, bad) = read(&Source::movielens(files.0.path())).unwrap();
    assert_eq!(
        messages(&bad),
        [
            "movies.csv: line 2, column \"movieId\": must not be empty",
            "ratings.csv: line 2, column \"rating\": 6 is outside 0.5 to 5",
            "ratings.csv: line 3, column \"timestamp\": \"x\" is not a time: expected seconds or \
             milliseconds since 1970, or a date like 2024-05-31T10:00:00Z",
        ]
    );
}

#[test]
fn the_one_million_layout_is_read() {
    let files = Files::new()
        .with("movies.dat", b"1::Caf\xE9 (1995)::Drama|War\n")
        .with("ratings.dat", "1::1::5::978300760\n");
    let (films, ratings) = split(read(&Source::movielens(files.0.path())).unwrap().0);
    assert_eq!(films[0].title, "Café (1995)");
    assert_eq!(films[0].tags, ["Drama", "War"]);
    assert_eq!((ratings[0].user.as_str(), ratings[0].value), ("1", 5.0));
}

#[test]
fn the_hundred_thousand_layout_is_read() {
    let flags = "0|0|0|1|1|1|0|0|0|0|0|0|0|0|0|0|0|0|0";
    let files = Files::new()
        .with("u.item", format!("1|Toy Story (1995)|01-Jan-1995||http://x|{flags}\n"))
        .with("u.data", "196\t1\t3\t881250949\n");
    let (films, ratings) = split(read(&Source::movielens(files.0.path())).unwrap().0);
    assert_eq!(films[0].tags, ["Animation", "Children's", "Comedy"]);
    assert_eq!(ratings[0].user, "196");
}

#[test]
fn a_folder_with_other_files_is_refused() {
    let files = Files::new().with("movies.csv", "movieId,title,genres\n");
    let error = read(&Source::movielens(files.0.path())).unwrap_err();
    assert!(matches!(error, ImportError::Layout { .. }));
    assert!(error.to_string().contains("movies.csv and ratings.csv"), "{error}");
}

#[test]
fn a_missing_column_is_named() {
    let files = small().with("ratings.csv", "userId,movieId,stars,timestamp\n");
    let error = read(&Source::movielens(files.0.path())).unwrap_err();
    assert!(error.to_string().contains("there is no column \"rating\""), "{error}");
}

#[test]
fn the_ten_million_layout_is_read_with_its_tags() {
    let files = Files::new()
        .with("movies.dat", "1::Toy Story (1995)::Adventure|Animation\n")
        .with("ratings.dat", "1::1::4.5::838985046\n")
        .with("tags.dat", "15::1::Pixar::1215184630\n");
    let (films, ratings) = split(read(&Source::movielens(files.0.path())).unwrap().0);
    assert_eq!(films[0].tags, ["Adventure", "Animation", "pixar"]);
    assert_eq!(ratings[0].at, DateTime::from_timestamp_millis(838_985_046_000));
}

#[test]
fn the_larger_layouts_have_further_files_that_are_not_read() {
    // ml-20m, ml-25m and ml-32m: seconds as times, and tags that are quoted.
    let files = small()
        .with("tags.csv", "userId,movieId,tag,timestamp\n18,1,\"\"\"toys, alive\"\"\",1240597180\n")
        .with("links.csv", "movieId,imdbId,tmdbId\n1,0114709,862\n")
        .with("genome-scores.csv", "movieId,tagId,relevance\n1,1,0.025\n");
    let (films, ratings) = split(read(&Source::movielens(files.0.path())).unwrap().0);
    assert_eq!(films[0].tags, ["Adventure", "Animation", "\"toys, alive\""]);
    assert_eq!(ratings.len(), 2);
}
