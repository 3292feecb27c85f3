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

#[test]
fn every_setting_of_a_tenant_is_changed_and_shown() {
    let recsys = Recsys::with_tenant();
    let before = recsys.run(["tenant", "show", "shop", "--json"]).json();
    assert_eq!((&before["tier"], &before["isActive"]), (&json!("basic"), &json!(true)));
    assert_eq!(before["settings"]["registration_open"], json!(true));
    let changed = recsys
        .run([
            "tenant",
            "update",
            "SHOP",
            "--name",
            "The Shop",
            "--tier",
            "premium",
            "--status",
            "inactive",
            "--registration",
            "closed",
            "--training",
            "500 events or 30 minutes",
            "--training-algorithm",
            "als",
            "--half-life",
            "90",
            "--weight",
            "purchase=6",
            "--weight",
            "wishlist=2.5",
            "--json",
        ])
        .json();
    assert_eq!(recsys.run(["tenant", "show", "shop", "--json"]).json(), changed);
    let mut expected = before.clone();
    expected["name"] = json!("The Shop");
    expected["tier"] = json!("premium");
    expected["isActive"] = json!(false);
    let settings = &mut expected["settings"];
    settings["registration_open"] = json!(false);
    settings["training"] = json!({"algorithm": "als", "after_events": 500, "after_minutes": 30});
    settings["aggregation"]["half_life_days"] = json!(90.0);
    settings["aggregation"]["kinds"]["purchase"]["weight"] = json!(6.0);
    settings["aggregation"]["kinds"]["wishlist"] =
        json!({"duplicates": "sum", "offset": 0.0, "weight": 2.5});
    assert_eq!(changed, expected);
    let shown = recsys.run(["tenant", "show", "shop"]).ok();
    for part in ["premium", "inactive", "closed", "als after 500 events or 30 minutes", "90 days"] {
        assert!(shown.contains(part), "{shown}");
    }

    let file = recsys.write("settings.json", before["settings"].to_string());
    let update = ["tenant", "update", "shop", "--settings", &file, "--training", "off", "--json"];
    let back = recsys.run(update).json();
    assert_eq!(back["settings"]["aggregation"], before["settings"]["aggregation"]);
    let off = json!({"algorithm": "hybrid", "after_events": null, "after_minutes": null});
    assert_eq!(back["settings"]["training"], off);
    assert_eq!(back["tier"], json!("premium"), "what was not named stays");
}

#[test]
fn a_wrong_change_of_a_tenant_is_named_and_changes_nothing() {
    let recsys = Recsys::with_tenant();
    let before = recsys.run(["tenant", "show", "shop", "--json"]).json();
    let file = recsys.write("settings.json", r#"{"registraton_open": false}"#);
    for (words, named) in [
        (&["shop", "--training-algorithm", "guessing"][..], "guessing"),
        (&["shop", "--name", ""], "name"),
        (&["shop", "--settings", &file], "settings.json"),
        (&["club", "--tier", "premium"], "known: shop"),
    ] {
        let error = recsys.run(["tenant", "update"].iter().chain(words).copied()).error();
        assert!(error.contains(named), "{error}");
    }
    for (words, named) in [
        (&["shop"][..], "--tier"),
        (&["shop", "--training", "often"], "hourly"),
        (&["shop", "--weight", "purchase"], "purchase=5"),
        (&["shop", "--tier", "gold"], "premium"),
    ] {
        let run = recsys.run(["tenant", "update"].iter().chain(words).copied());
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(named), "{run:?}");
    }
    assert_eq!(recsys.run(["tenant", "show", "shop", "--json"]).json(), before);
}
