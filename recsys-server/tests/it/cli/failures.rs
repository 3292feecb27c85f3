//! What goes wrong is said in one sentence.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use sqlx::{Connection as _, Executor as _, SqliteConnection};

use super::files;
use super::program::Recsys;

#[test]
fn a_port_in_use_is_named_and_nothing_is_created() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let recsys = Recsys::new();
    for command in ["serve", "demo"] {
        let error = recsys.run([command, "--port", &port]).error();
        assert_eq!(error, format!("port {port} is in use: choose another with --port"));
    }
    assert!(!recsys.data().exists());
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let recsys = Recsys::with_tenant();
    let url = format!("sqlite://{}", recsys.data().join("recsys.db").display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    database
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (99991231000000, 'from the future', TRUE, x'00', 0)",
        )
        .await
        .unwrap();
    database.close().await.unwrap();
    for words in [&["migrate"][..], &["serve", "--port", "0"], &["train"], &["tenant", "list"]] {
        let error = recsys.run(words.iter().copied()).error();
        assert!(error.contains("newer version") && error.contains("update recsys"), "{error}");
    }
}

#[test]
fn a_file_that_is_no_database_is_named() {
    let recsys = Recsys::new();
    recsys.write("data/recsys.db", "this is a shopping list, not a database".repeat(100));
    let error = recsys.run(["train"]).error();
    assert!(error.contains("recsys.db"), "{error}");
}

#[test]
fn a_truncated_or_foreign_model_file_is_named() {
    let recsys = Recsys::new();
    let ratings = recsys.write("ratings.csv", files::ratings(20));
    recsys.run(["import", "csv", &ratings]).ok();
    recsys.run(["train", "--algorithm", "popularity"]).ok();
    let model = oldest_file(&recsys.data().join("models"));
    let length = fs::metadata(&model).unwrap().len();
    let ask = ["recommend", "--user", "u1", "--algorithm", "popularity"];
    recsys.run(ask).ok();

    fs::write(&model, vec![b'x'; usize::try_from(length).unwrap()]).unwrap();
    let error = recsys.run(ask).error();
    assert!(error.contains("model"), "{error}");

    File::options().write(true).open(&model).unwrap().set_len(length / 2).unwrap();
    let error = recsys.run(ask).error();
    assert!(error.contains("recsys train --algorithm popularity"), "{error}");

    recsys.run(["train", "--algorithm", "popularity"]).ok();
    recsys.run(ask).ok();
}

/// Returns the file that was published first: its name begins with the time.
fn oldest_file(folder: &Path) -> PathBuf {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.into_iter().min().unwrap()
}
