//! `recsys train` and `recsys recommend`.

use serde_json::{Value, json};

use super::files;
use super::program::Recsys;

fn trained() -> Recsys {
    let recsys = Recsys::new();
    let items = recsys.write("items.csv", files::items());
    let ratings = recsys.write("ratings.csv", files::ratings(60));
    recsys.run(["import", "csv", &items]).ok();
    recsys.run(["import", "csv", &ratings]).ok();
    let job = recsys.run(["train", "--json"]).json();
    assert_eq!((&job["status"], &job["algorithm"]), (&json!("succeeded"), &json!("hybrid")));
    recsys
}

#[test]
fn what_was_imported_and_trained_is_recommended() {
    let recsys = trained();
    let list = recsys.run(["recommend", "--user", "u4", "-n", "3", "--json"]).json();
    assert_eq!((&list["source"], &list["algorithm"]), (&json!("model"), &json!("hybrid")));
    assert_eq!(list["user"]["externalId"], json!("u4"));
    let places = list["items"].as_array().unwrap();
    assert_eq!(places.len(), 3);
    for (rank, place) in (1..).zip(places) {
        assert_eq!(place["rank"], json!(rank));
        assert!(place["score"].as_f64().unwrap() > 0.0, "{place}");
        // u4 likes even items and has rated all but four of them.
        assert_eq!(place["item"]["category"], json!("even"), "{list}");
    }
}

#[test]
fn a_user_is_found_by_uuid_and_email_too() {
    let recsys = trained();
    let list = recsys.run(["recommend", "--user", "u4", "--json"]).json();
    for name in ["id", "email"] {
        let name = list["user"][name].as_str().unwrap();
        let same = recsys.run(["recommend", "--user", name, "--json"]).json();
        assert_eq!(same["items"], list["items"], "{name}");
    }
    let error = recsys.run(["recommend", "--user", "nobody"]).error();
    assert!(error.contains("there is no user nobody in localhost"), "{error}");
}

#[test]
fn people_get_a_table() {
    let recsys = trained();
    let text = recsys.run(["recommend", "--user", "u4", "-n", "2"]).ok();
    for expected in ["hybrid for u4", "score", "title", "category", "why", "Item, number"] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn an_explanation_adds_up() {
    let recsys = trained();
    let list = recsys.run(["recommend", "--user", "u5", "--explain", "--json"]).json();
    for place in list["items"].as_array().unwrap() {
        let explanation = &place["explanation"];
        let parts = explanation["contributions"].as_array().unwrap().iter();
        let sum: f64 = parts.map(|part| part["weight"].as_f64().unwrap()).sum();
        let score = place["score"].as_f64().unwrap();
        let total = explanation["base"].as_f64().unwrap() + sum;
        assert!((total - score).abs() < 1e-4, "{place}");
    }
    let text = recsys.run(["recommend", "--user", "u5", "--explain"]).ok();
    assert!(text.contains("made of"), "{text}");
}

#[test]
fn before_any_training_popular_items_are_recommended_and_the_program_says_so() {
    let recsys = Recsys::new();
    let ratings = recsys.write("ratings.csv", files::ratings(10));
    recsys.run(["import", "csv", &ratings]).ok();
    let list = recsys.run(["recommend", "--user", "u1", "--json"]).json();
    assert_eq!(list["source"], json!("fallback:untrained"));
    assert_ne!(list["items"], Value::Array(vec![]));
    assert!(recsys.run(["recommend", "--user", "u1"]).ok().contains("recsys train"));
}

#[test]
fn every_algorithm_can_be_trained_and_asked() {
    let recsys = trained();
    for algorithm in ["als", "item_knn", "popularity"] {
        recsys.run(["train", "--algorithm", algorithm]).ok();
        let run = recsys.run(["recommend", "--user", "u4", "--algorithm", algorithm, "--json"]);
        assert_eq!(run.json()["source"], json!("model"), "{algorithm}");
    }
}

#[test]
fn an_unknown_algorithm_lists_the_known_ones() {
    let recsys = trained();
    for words in [&["train"][..], &["recommend", "--user", "u1"]] {
        let words = words.iter().chain(&["--algorithm", "magic"]).copied();
        let error = recsys.run(words).error();
        let named = ["magic", "als", "content", "item_knn", "trending", "user_knn"];
        assert!(named.iter().all(|name| error.contains(name)), "{error}");
    }
}

#[test]
fn training_on_nothing_is_refused() {
    let recsys = Recsys::with_tenant();
    recsys.run(["train"]).error();
    let error = Recsys::new().run(["train"]).error();
    assert!(error.contains("there is no data") && error.contains("recsys import"), "{error}");
}
