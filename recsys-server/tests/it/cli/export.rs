//! `recsys export` and `recsys import export`: a shop that moves changes no answer.

use recsys_store::testing::postgres::TestDatabase;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::http::ask;
use super::program::{Recsys, Run, Server, command};

/// Signs in to the shop of the demo, which takes the password of before.
fn sign_in(server: &Server) -> String {
    let account = "email: \"demo@example.com\", password: \"recommend-me\", tenantDomain: \"demo\"";
    let login = format!("mutation {{ login(input: {{{account}}}) {{ accessToken }} }}");
    let session = ask(server.url(), None, &login).unwrap();
    session["login"]["accessToken"].as_str().unwrap().to_owned()
}

/// What several people are told, but for what belongs to one answer only (id and times).
fn answers(server: &Server) -> Value {
    let token = sign_in(server);
    let ask = |query: &str| ask(server.url(), Some(&token), query).unwrap();
    let users = ask("{ users(limit: 4) { id email role preferences createdAt } }")["users"].clone();
    let mut answers = vec![users.clone()];
    for user in users.as_array().unwrap() {
        let list = |algorithm: &str| {
            let options =
                format!("{{algorithm: \"{algorithm}\", numRecommendations: 5, explain: true}}");
            let user = &user["id"];
            format!(
                "{algorithm}: recommendationsFor(userId: {user}, options: {options}) {{ \
                 algorithm totalCount source modelVersion explanation {{ summary method }} \
                 items {{ rank score reason item {{ id title averageRating interactionCount }} \
                 explanation {{ base contributions {{ algorithm weight }} }} }} }}"
            )
        };
        for algorithm in ["hybrid", "als", "popularity"] {
            answers.push(ask(&format!("{{ {} }}", list(algorithm))));
        }
    }
    let items = ask("{ items(limit: 3) { id title tags metadata averageRating createdAt } }");
    for item in items["items"].as_array().unwrap() {
        let id = &item["id"];
        let similar = format!("{{ similarItems(itemId: {id}) {{ score reason item {{ id }} }} }}");
        answers.push(ask(&similar));
        let why = format!("{{ explain(itemId: {id}) {{ base contributions {{ weight term }} }} }}");
        answers.push(ask(&why));
    }
    answers.push(items);
    answers.push(ask("{ trending { interactionCount item { id } } }"));
    answers.push(ask("{ algorithms { name trained modelVersion trainedAt metrics } }"));
    answers.push(ask(
        "{ me { id interactions { id interactionType interactionValue createdAt item { id } } \
         ratings { id rating review createdAt } } }",
    ));
    answers.into()
}

#[test]
fn moving_from_a_folder_to_a_database_and_back_changes_no_answer() {
    let recsys = Recsys::new();
    let demo = Server::start(command(Some(&recsys.data())).args(["demo", "--json", "--port", "0"]));
    let token = sign_in(&demo);
    let item = ask(demo.url(), Some(&token), "{ items(limit: 1) { id } }").unwrap();
    let item = &item["items"][0]["id"];
    // Newer than the model: folded in.
    let rate = format!(
        "mutation {{ rateItem(input: {{itemId: {item}, rating: 4.5, review: \"ok\"}}) {{ id }} }}"
    );
    ask(demo.url(), Some(&token), &rate).unwrap();
    let before = answers(&demo);
    let (first, second) = (recsys.path("first"), recsys.path("second"));
    let (first, second) = (first.display().to_string(), second.display().to_string());
    // While the server goes on.
    let exported = recsys.run(["export", &first, "--json"]).json();
    demo.kill();

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = runtime.block_on(TestDatabase::create());
    let elsewhere = TempDir::new().unwrap();
    let there = |words: &[&str]| {
        let mut there = command(Some(elsewhere.path()));
        there.args(words).env("DATABASE_URL", database.url());
        there
    };
    let imported = Run::of(&mut there(&["import", "export", &first, "--json"])).json();
    assert_eq!(imported["tenants"], exported["tenants"]);
    let server = Server::start(&mut there(&["serve", "--json", "--port", "0"]));
    assert_eq!(answers(&server), before);
    server.kill();

    Run::of(&mut there(&["export", &second])).ok();
    let back = Recsys::new();
    back.run(["import", "export", &second]).ok();
    let server = back.serve();
    assert_eq!(answers(&server), before);
    let again = back.run(["import", "export", &second]).error();
    assert!(again.contains("demo") && again.contains("already"), "{again}");
}

#[test]
fn one_of_several_tenants_is_chosen() {
    let recsys = Recsys::with_tenant();
    recsys.run(["tenant", "create", "--domain", "club", "--name", "Club"]).ok();
    let path = |name: &str| recsys.path(name).display().to_string();
    let domains = |place: &Recsys| -> Vec<Value> {
        let list = place.run(["tenant", "list", "--json"]).json();
        list.as_array().unwrap().iter().map(|tenant| tenant["domain"].clone()).collect()
    };
    recsys.run(["export", &path("club"), "--tenant", "club"]).ok();
    recsys.run(["export", &path("all")]).ok();
    let (one, two) = (Recsys::new(), Recsys::new());
    one.run(["import", "export", &path("club")]).ok();
    assert_eq!(domains(&one), [json!("club")]);
    two.run(["import", "export", &path("all"), "--tenant", "shop"]).ok();
    assert_eq!(domains(&two), [json!("shop")]);
    let error = two.run(["import", "export", &path("all")]).error();
    assert!(error.contains("shop") && error.contains("already"), "{error}");
    assert_eq!(domains(&two), [json!("shop")], "not some of them");
    let error = two.run(["import", "export", &path("all"), "--tenant", "pub"]).error();
    assert!(error.contains("shop, club"), "{error}");
    let error = recsys.run(["export", &path("pub"), "--tenant", "pub"]).error();
    assert!(error.contains("no tenant pub"), "{error}");
}

#[test]
fn what_cannot_be_exported_or_imported_is_said_in_a_sentence() {
    let recsys = Recsys::with_tenant();
    let path = |name: &str| recsys.path(name).display().to_string();
    recsys.write("full/file", "something");
    let error = recsys.run(["export", &path("full")]).error();
    assert!(error.contains("not empty"), "{error}");
    let error = recsys.run(["import", "export", &path("full")]).error();
    assert!(error.contains("manifest.json"), "{error}");
    let nothing = Recsys::new();
    let error = nothing.run(["export", &path("out")]).error();
    assert!(error.contains("no data"), "{error}");
}
