//! Rules about the repository itself: what a reviewer would otherwise have to remember.

use std::fs;
use std::path::{Path, PathBuf};

use recsys_core::algo::ALGORITHMS;

const MEMBERS: [&str; 6] =
    ["recsys-core", "recsys-store", "recsys-graphql", "recsys-server", "examples", "benches"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every Rust file of the workspace, relative to its root.
fn sources() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = MEMBERS.iter().map(PathBuf::from).collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_file_says_what_lives_in_it() {
    for path in sources() {
        let text = read(&path);
        let says = text.starts_with("//! ") || text.starts_with("#![doc = include_str!");
        assert!(says, "{} does not start with `//! `", path.display());
    }
}

#[test]
fn no_test_is_switched_off_and_no_lint_is_allowed_in_silence() {
    let banned = [["#[", "ignore"].concat(), ["#[", "allow("].concat(), ["#![", "allow("].concat()];
    for path in sources() {
        let text = read(&path);
        for banned in &banned {
            assert!(!text.contains(banned), "{} has {banned}", path.display());
        }
    }
}

#[test]
fn members_depend_along_the_arrow_only() {
    let arrow = ["recsys-core", "recsys-store", "recsys-graphql", "recsys-server"];
    for (at, member) in arrow.iter().enumerate() {
        let manifest = read(Path::new(member).join("Cargo.toml"));
        let runtime = manifest.split("[dev-dependencies]").next().unwrap();
        for later in &arrow[at + 1..] {
            let depends = runtime.lines().any(|line| line.starts_with(later));
            assert!(!depends, "{member} depends on {later}");
        }
    }
}

#[test]
fn every_dependency_has_its_reason_and_its_user() {
    let manifest = read("Cargo.toml");
    let dependencies = manifest.split("[workspace.dependencies]").nth(1).unwrap();
    let dependencies = dependencies.split("\n[").next().unwrap();
    let members: String =
        MEMBERS.iter().map(|member| read(Path::new(member).join("Cargo.toml"))).collect();
    for line in dependencies.lines().filter(|line| line.contains('=')) {
        let name = line.split_whitespace().next().unwrap();
        let used = members
            .lines()
            .any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '.'])));
        assert!(used, "no member uses {name}");
        if line.contains("path =") {
            continue;
        }
        assert!(line.contains(" # ") || line.contains("  #"), "no reason beside: {line}");
    }
}

#[test]
fn every_algorithm_stands_where_people_look_for_it() {
    let places =
        ["recsys-core/src/algo/mod.rs", "recsys-core/tests/it/conformance.rs", "README.md"];
    for place in places {
        let text = read(place);
        for card in ALGORITHMS {
            assert!(text.contains(card.name()), "{place} does not mention {}", card.name());
        }
    }
}

#[test]
fn links_of_the_root_pages_resolve() {
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"] {
        let text = read(page);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap();
            let is_local = !target.is_empty() && !target.contains("://");
            assert!(!is_local || root().join(target).exists(), "{page} links to {link}");
        }
    }
}

#[test]
fn folders_named_in_the_map_exist() {
    let map = read("ARCHITECTURE.md");
    let mut member = "";
    for line in map.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            member = title;
        } else if let Some(folder) =
            line.strip_prefix("| `").and_then(|rest| rest.split('`').next())
        {
            let path = Path::new(member).join("src").join(folder);
            assert!(root().join(&path).exists(), "ARCHITECTURE.md names {}", path.display());
        }
    }
}
