//! `recsys import`.

use serde_json::json;

use super::files;
use super::program::Recsys;

#[test]
fn a_broken_line_is_named_and_nothing_is_imported() {
    let recsys = Recsys::new();
    let file = recsys.write("events.csv", files::broken_at_7341());
    let error = recsys.run(["import", "csv", &file]).error();
    assert!(error.contains("line 7341, column \"rating\": \"four\" is not a number"), "{error}");
    assert!(error.contains("nothing was imported") && error.contains("--skip-bad"), "{error}");
    assert!(!recsys.data().exists(), "not even the folder is there");
}

#[test]
fn a_broken_line_leaves_what_was_there_as_it_was() {
    let recsys = Recsys::new();
    let good = recsys.write("good.csv", "user,item,rating,timestamp\nu1,i1,4,1700000000\n");
    let broken = recsys.write("broken.csv", files::broken_at_7341());
    recsys.run(["import", "csv", &good]).ok();
    recsys.run(["import", "csv", &broken]).error();
    let skipping = recsys.run(["import", "csv", &broken, "--skip-bad", "--json"]).json();
    // All but the user and the item of the good file are new: the refused import left nothing.
    assert_eq!(skipping["users"], json!({"read": 97, "created": 96}));
    assert_eq!(skipping["interactions"], json!({"read": 9_998, "created": 9_998}));
}

#[test]
fn with_skip_bad_the_rest_is_imported_and_the_rows_are_listed() {
    let recsys = Recsys::new();
    let file = recsys.write("events.csv", files::broken_at_7341());
    let summary = recsys.run(["import", "csv", &file, "--skip-bad", "--json"]).json();
    assert_eq!(summary["skipped"], json!(1));
    assert_eq!(summary["skippedRows"][0]["line"], json!(7_341));
    assert_eq!(summary["skippedRows"][0]["column"], json!("column \"rating\""));
    assert_eq!(summary["interactions"], json!({"read": 9_998, "created": 9_998}));
    let text = recsys.run(["import", "csv", &file, "--skip-bad"]).ok();
    assert!(text.contains("1 row was skipped:") && text.contains("line 7341"), "{text}");
}

#[test]
fn importing_twice_doubles_nothing() {
    let recsys = Recsys::new();
    let mut events = files::ratings(20);
    // Ratings that a later line replaces, events that are equal, and events without a time.
    events.push_str("u0,i2,1,1800000000\nu0,i2,2,1700000001\n");
    let ratings = recsys.write("ratings.csv", events);
    let views = recsys.write(
        "views.jsonl",
        "{\"user\": \"u1\", \"item\": \"i2\"}\n{\"user\": \"u1\", \"item\": \"i2\"}\n\
         {\"user\": \"new\", \"item\": \"unlisted\", \"kind\": \"purchase\", \"ts\": 1700000000}\n",
    );
    let untimed = recsys.write("untimed.csv", "user,item,stars\nu2,i3,5\nu2,i5,1\n");
    let items = recsys.write("items.csv", files::items());
    let import = |format: &str, file: &str| recsys.run(["import", format, file, "--json"]).json();
    let files = [("csv", &items), ("csv", &ratings), ("jsonl", &views), ("csv", &untimed)];
    let first = files.map(|(format, file)| import(format, file));
    let again = files.map(|(format, file)| import(format, file));
    for (first, again) in first.iter().zip(&again) {
        for count in ["users", "items", "interactions"] {
            assert_eq!(again[count]["created"], json!(0), "{count}: {first} and then {again}");
            assert_eq!(first[count]["read"], again[count]["read"]);
        }
    }
    assert_eq!(first[1]["supersededRatings"], json!(2));
    assert_eq!(first[2]["interactions"], json!({"read": 3, "created": 3}));
    assert_eq!(first[2]["untitledItems"], json!(1));
    assert_eq!(first[3]["interactions"], json!({"read": 2, "created": 2}));
}

#[test]
fn an_empty_folder_gets_a_tenant_and_the_program_says_so() {
    let recsys = Recsys::new();
    let file = recsys.write("items.csv", files::items());
    let run = recsys.run(["import", "csv", &file]);
    assert!(
        run.stderr.contains("created the tenant \"default\" with the domain localhost"),
        "{run:?}"
    );
    let tenants = recsys.run(["tenant", "list", "--json"]).json();
    assert_eq!(
        (&tenants[0]["domain"], &tenants[0]["name"]),
        (&json!("localhost"), &json!("default"))
    );
}

#[test]
fn movielens_brings_films_and_ratings() {
    let recsys = Recsys::new();
    let folder = files::movielens(&recsys);
    let summary = recsys.run(["import", "movielens", &folder, "--json"]).json();
    assert_eq!(summary["users"], json!({"read": 30, "created": 30}));
    assert_eq!(summary["items"], json!({"read": 40, "created": 40}));
    assert_eq!(summary["interactions"], json!({"read": 480, "created": 480}));
    assert_eq!(summary["untitledItems"], json!(0));
}

#[test]
fn files_that_cannot_be_understood_are_refused_in_one_sentence() {
    let recsys = Recsys::new();
    let strange = recsys.write("strange.csv", "colour,shape\nred,round\n");
    let error = recsys.run(["import", "csv", &strange]).error();
    assert!(error.contains("user and item") && error.contains("colour, shape"), "{error}");
    let error = recsys.run(["import", "csv", "nowhere.csv"]).error();
    assert!(error.starts_with("cannot read nowhere.csv"), "{error}");
    let error = recsys.run(["import", "movielens", &recsys.path("").display().to_string()]).error();
    assert!(error.contains("ratings.csv"), "{error}");
    let error = recsys.run(["import", "csv", &strange, "--user-column", "who"]).error();
    assert!(error.contains("no column \"who\""), "{error}");
}

#[test]
fn other_bytes_than_the_expected_ones_are_refused_and_nothing_is_there() {
    let recsys = Recsys::new();
    let file = recsys.write("train.txt", "0 1 2\n1 2\n");
    // What `sha256sum train.txt` prints.
    let digest = "sha256:b5942ae36441c79a65d7d7447687d6880449202f30fa3697c73a687c0bc12106";
    let other = format!("sha256:{}", "0".repeat(64));
    let refused = recsys.run(["import", "lightgcn", &file, "--expect-digest", &other]).error();
    assert!(refused.contains("nothing was imported") && refused.contains(digest), "{refused}");
    assert!(!recsys.data().exists(), "not even the folder is there");

    let accepted = recsys.run(["import", "lightgcn", &file, "--expect-digest", digest, "--json"]);
    let summary = accepted.json();
    assert_eq!(summary["digest"], json!(digest));
    assert_eq!(summary["files"][0]["bytes"], json!(10));
    assert_eq!(summary["interactions"], json!({"read": 3, "created": 3}));
    let text = recsys.run(["import", "lightgcn", &file]).ok();
    assert!(text.contains(&format!("read {digest}")), "{text}");
}
