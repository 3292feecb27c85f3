//! `recsys model`, and where the files of models are.

use serde_json::{Value, json};

use super::files;
use super::program::{Recsys, Run, command};

/// A shop with data to train on.
fn shop() -> Recsys {
    let recsys = Recsys::new();
    let ratings = recsys.write("ratings.csv", files::ratings(30));
    recsys.run(["import", "csv", &ratings]).ok();
    recsys
}

fn train(recsys: &Recsys) -> Value {
    recsys.run(["train", "--algorithm", "item_knn", "--json"]).json()["modelVersion"].clone()
}

/// Kept versions and whether each is current.
fn listed(recsys: &Recsys) -> Vec<(Value, bool)> {
    let list = recsys.run(["model", "list", "--json"]).json();
    let version = |it: &Value| (it["id"].clone(), it["isCurrent"].as_bool().unwrap());
    list.as_array().unwrap().iter().map(version).collect()
}

fn served(recsys: &Recsys) -> Value {
    let words = ["recommend", "--user", "u4", "--algorithm", "item_knn", "--json"];
    recsys.run(words).json()["modelVersion"].clone()
}

#[test]
fn an_older_version_serves_again() {
    let recsys = shop();
    assert!(recsys.run(["model", "list"]).ok().contains("recsys train"));
    let (first, second) = (train(&recsys), train(&recsys));
    assert_eq!(listed(&recsys), [(second.clone(), true), (first.clone(), false)]);
    assert_eq!(served(&recsys), second);
    let said = recsys.run(["model", "rollback", "--algorithm", "item_knn"]).ok();
    assert!(said.contains(first.as_str().unwrap()), "{said}");
    assert_eq!(listed(&recsys), [(second.clone(), false), (first.clone(), true)]);
    assert_eq!(served(&recsys), first);
    let error = recsys.run(["model", "rollback", "--algorithm", "item_knn"]).error();
    assert!(error.contains("no version of item_knn to go back to"), "{error}");
    let to = second.as_str().unwrap();
    let rolled =
        recsys.run(["model", "rollback", "--algorithm", "item_knn", "--to", to, "--json"]).json();
    assert_eq!((&rolled["id"], &rolled["isCurrent"]), (&second, &json!(true)));
    assert_eq!(served(&recsys), second);
    assert!(recsys.run(["model", "list"]).ok().contains("current"));
}

#[test]
fn files_of_models_are_where_it_is_said() {
    let recsys = shop();
    let place = format!("file://{}", recsys.path("elsewhere").display());
    let with = |words: &[&str]| {
        Run::of(command(Some(&recsys.data())).args(words).env("MODELS_URL", &place))
    };
    let mut versions = Vec::new();
    for _ in 0..2 {
        let train = [
            "train",
            "--algorithm",
            "item_knn",
            "--json",
            "--models",
            &place,
            "--models-kept",
            "1",
        ];
        versions.push(recsys.run(train).json()["modelVersion"].clone());
    }
    let tenant = with(&["tenant", "list", "--json"]).json()[0]["id"].clone();
    let of_tenant = recsys.path("elsewhere").join(tenant.as_str().unwrap());
    let files: Vec<String> = std::fs::read_dir(of_tenant)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let name = |version: &Value| format!("{}.rsys", version.as_str().unwrap());
    assert!(files.contains(&name(&versions[1])) && !files.contains(&name(&versions[0])));
    assert_eq!(files.len(), 2, "the other one places items by their descriptions");
    let recommend = ["recommend", "--user", "u4", "--algorithm", "item_knn", "--json"];
    assert_eq!(with(&recommend).json()["modelVersion"], versions[1]);
}

#[test]
fn an_address_that_is_none_is_refused_and_not_repeated() {
    let recsys = Recsys::with_tenant();
    for wrong in ["s3://key:s3cret@bucket", "ftp://s3cret", "s3cret"] {
        let error = recsys.run(["train", "--models", wrong]).error();
        assert!(error.contains("--models") && !error.contains("s3cret"), "{error}");
    }
}
