//! `recsys evaluate`.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use super::files;
use super::program::{Recsys, command};

#[test]
fn a_format_and_a_path_are_enough() {
    let recsys = Recsys::new();
    let folder = files::movielens(&recsys);
    let text = recsys.run(["evaluate", "movielens", &folder, "--algorithms", "item_knn"]).ok();
    assert!(
        text.contains("ndcg@10") && text.contains("item_knn") && text.contains("popularity"),
        "{text}"
    );
    assert!(!recsys.data().exists(), "the data folder is not touched");
}

#[test]
fn a_protocol_gives_a_page_and_a_report() {
    let recsys = Recsys::new();
    let protocol = recsys.write("quick.toml", "
        title = 'Quick'
        algorithms = ['item_knn', { name = 'tuned', settings = { algorithm = 'item_knn' }, search = { trials = 3, rungs = 1, space = { shrinkage = { linear = { from = 0.0, to = 20.0 } } } } }]
        data = { format = 'generated', users = 40, items = 30, events_per_user = 10 }
        bootstrap = { resamples = 100 }
        permutations = 100
    ");
    let (html, report) = (recsys.path("report.html"), recsys.path("report.json"));
    let printed = recsys
        .run([
            "evaluate",
            "--json",
            "--protocol",
            &protocol,
            "--html",
            &html.display().to_string(),
            "--report",
            &report.display().to_string(),
        ])
        .json();
    assert_eq!(printed["systems"][1]["search"]["trials"].as_array().unwrap().len(), 3);
    let written: serde_json::Value =
        serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert_eq!(written, printed);
    assert!(std::fs::read_to_string(html).unwrap().contains("<title>Quick</title>"));
    let left: Vec<_> = std::fs::read_dir(recsys.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 3, "the state of the search is gone: {left:?}");
}

#[test]
fn what_is_wrong_is_said_before_anything_runs() {
    let recsys = Recsys::new();
    let protocol = recsys.write(
        "quick.toml",
        "algorithms = ['astrology']\ndata = { format = 'movielens', path = 'ml' }",
    );
    let error = recsys.run(["evaluate", "--protocol", &protocol]).error();
    assert!(error.contains("astrology") && error.contains("known are"), "{error}");
    let error = recsys
        .run(["evaluate", "movielens", "nowhere", "--html", "/no/such/folder/x.html"])
        .error();
    assert!(error.contains("cannot write /no/such/folder/x.html"), "{error}");
    let missing = recsys.run(["evaluate", "movielens", "nowhere"]).error();
    assert!(missing.contains("nowhere"), "{missing}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_search_keeps_what_it_has_tried() {
    let recsys = Recsys::new();
    let protocol = recsys.write(
        "long.toml",
        "
        algorithms = [{ settings = { algorithm = 'item_knn' }, search = { trials = 2000, space = { shrinkage = { linear = { from = 0.0, to = 1000.0 } } } } }]
        data = { format = 'generated', users = 400, items = 300, events_per_user = 20 }
    ",
    );
    let mut program = command(Some(&recsys.data()))
        .args(["evaluate", "--protocol", &protocol])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(program.stderr.take().unwrap()).lines().map(Result::unwrap);
    let started = lines.by_ref().find(|line| line.contains("trial 3,"));
    assert!(started.is_some(), "the search runs");
    let interrupt = format!("kill -INT {}", program.id());
    assert!(Command::new("sh").args(["-c", &interrupt]).status().unwrap().success());
    let said = lines.last().unwrap();
    assert_eq!(program.wait().unwrap().code(), Some(1));
    assert!(said.contains("the same command goes on after the"), "{said}");
    assert!(recsys.path("long.toml.searches.json").is_file());
}
