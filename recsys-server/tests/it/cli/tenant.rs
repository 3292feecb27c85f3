//! `recsys tenant` and the tenant that other commands work on.

use serde_json::json;

use super::files;
use super::program::Recsys;

#[test]
fn a_tenant_is_created_and_listed() {
    let recsys = Recsys::new();
    let created = recsys
        .run(["tenant", "create", "--domain", "shop.example.com", "--name", "The Shop", "--json"])
        .json();
    assert_eq!(
        (&created["domain"], &created["name"]),
        (&json!("shop.example.com"), &json!("The Shop"))
    );
    let listed = recsys.run(["tenant", "list", "--json"]).json();
    assert_eq!(listed, json!([created]));
    assert!(recsys.run(["tenant", "list"]).ok().contains("shop.example.com"));
}

#[test]
fn a_domain_is_taken_once_and_has_to_be_a_name() {
    let recsys = Recsys::with_tenant();
    let error = recsys.run(["tenant", "create", "--domain", "shop", "--name", "Again"]).error();
    assert!(error.contains("shop"), "{error}");
    let error = recsys.run(["tenant", "create", "--domain", "a b", "--name", "Blank"]).error();
    assert!(error.contains("domain"), "{error}");
}

#[test]
fn with_several_tenants_one_has_to_be_chosen() {
    let recsys = Recsys::with_tenant();
    recsys.run(["tenant", "create", "--domain", "club", "--name", "Club"]).ok();
    let file = recsys.write("items.csv", files::items());
    let error = recsys.run(["import", "csv", &file]).error();
    assert!(error.contains("--tenant") && error.contains("shop, club"), "{error}");
    let error = recsys.run(["import", "csv", &file, "--tenant", "pub"]).error();
    assert!(error.contains("pub") && error.contains("shop, club"), "{error}");
    recsys.run(["import", "csv", &file, "--tenant", "club"]).ok();
    let error = recsys.run(["recommend", "--user", "u1", "--tenant", "club"]).error();
    assert!(error.contains("u1") && error.contains("club"), "{error}");
}
