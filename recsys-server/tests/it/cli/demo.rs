//! `recsys demo`.

use serde_json::{Value, json};
use tempfile::TempDir;

use super::http::{ask, post};
use super::program::{Recsys, Server, command};

/// The bodies that a command of the invitation posts.
fn bodies(command: &str) -> Vec<&str> {
    let parts = command.split(" -d '").skip(1);
    parts.map(|part| part.split('\'').next().unwrap()).collect()
}

#[test]
fn the_three_commands_of_the_invitation_work() {
    // The server is killed, so it cannot remove its temporary folder: it gets one that is removed.
    let folder = TempDir::new().unwrap();
    let mut demo = command(None);
    demo.env("TMPDIR", folder.path()).args(["demo", "--json", "--port", "0"]);
    let server = Server::start(&mut demo);
    let commands: Vec<&str> =
        (0..3).map(|place| server.ready["try"][place]["command"].as_str().unwrap()).collect();

    let [login, recommend] = bodies(commands[0])[..] else { panic!("{}", commands[0]) };
    let session = post(server.url(), None, login).unwrap();
    let token = session["login"]["accessToken"].as_str().unwrap();
    let before = post(server.url(), Some(token), recommend).unwrap();
    assert_eq!(before["recommendations"]["items"].as_array().unwrap().len(), 5, "{before}");
    assert_eq!(before["recommendations"]["source"], json!("model"));

    let [similar] = bodies(commands[1])[..] else { panic!("{}", commands[1]) };
    let similar = post(server.url(), Some(token), similar).unwrap();
    assert_eq!(similar["similarItems"].as_array().unwrap().len(), 5, "{similar}");

    let [rate, again] = bodies(commands[2])[..] else { panic!("{}", commands[2]) };
    assert_eq!(post(server.url(), Some(token), rate).unwrap()["rateItem"]["rating"], json!(5.0));
    let after = post(server.url(), Some(token), again).unwrap();
    assert_eq!(after["recommendations"]["source"], json!("fold_in"));
    assert_ne!(before["recommendations"]["items"], after["recommendations"]["items"]);
}

#[test]
fn a_demo_that_is_kept_goes_on_where_it_stopped() {
    let recsys = Recsys::new();
    let start =
        || Server::start(command(Some(&recsys.data())).args(["demo", "--json", "--port", "0"]));
    let titles = |server: &Server| -> Value {
        let login = &server.ready["login"];
        let query = format!(
            "mutation {{ login(input: {{email: {}, password: {}, tenantDomain: {}}}) {{ accessToken user {{ role }} }} }}",
            login["email"], login["password"], login["tenantDomain"]
        );
        let session = ask(server.url(), None, &query).unwrap();
        assert_eq!(session["login"]["user"]["role"], json!("ADMIN"));
        let token = session["login"]["accessToken"].as_str().unwrap();
        let query =
            "{ recommendations { items { item { id title } } } me { interactions { id } } }";
        ask(server.url(), Some(token), query).unwrap()
    };
    let first = start();
    let before = titles(&first);
    first.kill();
    assert_eq!(titles(&start()), before);
}
