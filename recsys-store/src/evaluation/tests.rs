//! Protocols from files, and the data that they name.

use std::fs;
use std::path::Path;

use recsys_core::eval::protocol::{Hooks, evaluate};
use tempfile::TempDir;

use super::*;

fn write(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    path
}

fn run(
    folder: &TempDir,
    protocol: &str,
) -> Result<recsys_core::eval::report::EvaluationReport, String> {
    let path = write(folder, "protocol.toml", protocol);
    let protocol = read_protocol(&path).map_err(|error| error.to_string())?;
    let inputs = load(&protocol, folder.path()).map_err(|error| error.to_string())?;
    evaluate(&inputs, &protocol, &Hooks::default()).map_err(|error| error.to_string())
}

/// Twenty users who like items of their own parity.
fn lines(part: impl Fn(u32, u32) -> bool) -> String {
    let likes = |user: u32| (0..12).filter(move |item| item % 2 == user % 2).collect::<Vec<u32>>();
    let line = |user: u32| {
        let chosen = likes(user).into_iter().filter(|item| part(user, *item));
        let items: Vec<String> = chosen.map(|item| item.to_string()).collect();
        format!("{user} {}\n", items.join(" "))
    };
    (0..20).map(line).collect()
}

#[test]
fn a_given_split_is_read_from_its_two_files_and_both_are_digested() {
    let folder = TempDir::new().unwrap();
    let held = |user: u32, item: u32| (user + item / 2).is_multiple_of(6);
    write(&folder, "train.txt", &lines(|user, item| !held(user, item)));
    write(&folder, "test.txt", &lines(held));
    let report = run(
        &folder,
        "
        algorithms = ['item_knn']
        metrics = ['recall@3']
        data = { format = 'lightgcn', path = '.' }
        split = { method = 'given' }
    ",
    )
    .unwrap();
    let recall = report.systems[0].figures[0].value.unwrap();
    assert!(recall > 0.9, "{recall}");
    let names: Vec<&str> = report.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["train.txt", "test.txt"]);
    assert!(report.files.iter().all(|file| file.digest.starts_with("sha256:")));
}

#[test]
fn a_csv_may_have_a_test_part_and_a_file_of_items() {
    let folder = TempDir::new().unwrap();
    let events = |part: &dyn Fn(u32, u32) -> bool| {
        let mut text = "user,item\n".to_owned();
        for line in lines(part).lines() {
            let (user, items) = line.split_once(' ').unwrap();
            for item in items.split_whitespace() {
                text.push_str(&format!("{user},{item}\n"));
            }
        }
        text
    };
    write(&folder, "a.csv", &events(&|user, item| !(user + item / 2).is_multiple_of(6)));
    write(&folder, "b.csv", &events(&|user, item| (user + item / 2).is_multiple_of(6)));
    write(&folder, "items.csv", "id,title,category\n0,Lamp,light\n99,Desk,wood\n");
    let report = run(
        &folder,
        "
        algorithms = ['popularity']
        metrics = ['recall@3', 'diversity@3']
        distance = 'categories'
        data = { format = 'csv', path = 'a.csv', test = 'b.csv', items = 'items.csv' }
        split = { method = 'given' }
    ",
    )
    .unwrap();
    assert_eq!(report.data.items, 13, "an item without events has a column");
    assert!(report.systems[0].figures[1].value.is_some(), "there are categories");
    assert_eq!(report.files.len(), 3);
}

#[test]
fn made_up_data_needs_no_file_and_json_is_read_too() {
    let folder = TempDir::new().unwrap();
    let path = write(
        &folder,
        "protocol.JSON",
        r#"{
        "data": {"format": "generated", "users": 30, "items": 20, "events_per_user": 10},
        "algorithms": ["popularity"]
    }"#,
    );
    let protocol = read_protocol(&path).unwrap();
    let report = evaluate(&load(&protocol, Path::new(".")).unwrap(), &protocol, &Hooks::default());
    assert_eq!(report.unwrap().data.users, 30);
}

#[test]
fn mistakes_are_named_with_their_place() {
    let folder = TempDir::new().unwrap();
    let refused = |protocol: &str| run(&folder, protocol).unwrap_err();
    let made_up = "data = { format = 'generated', users = 30, items = 20, events_per_user = 10 }\n";
    let unknown = refused(&format!("{made_up}algorithms = ['astrology']"));
    assert!(unknown.contains("protocol.toml") && unknown.contains("known are"), "{unknown}");
    let metric = refused(&format!("{made_up}algorithms = ['popularity']\nmetrics = ['ndcg']"));
    assert!(metric.contains("line 3") && metric.contains("ndcg@10"), "{metric}");
    let given = refused(
        "algorithms = ['popularity']\ndata = { format = 'csv', path = 'x.csv' }\nsplit = { method = 'given' }",
    );
    assert!(given.contains("x.csv"), "{given}");
    assert!(refused("").contains("data"), "{}", refused(""));
    let huge = "data = { format = 'generated', users = 4000000000, items = 20, events_per_user = 10 }\nalgorithms = ['popularity']";
    assert!(refused(huge).contains("at most"), "{}", refused(huge));
}

#[test]
fn every_protocol_of_the_repository_is_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches/protocols");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|name| name == "toml")).collect();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        read_protocol(&file).unwrap();
    }
}
