//! Help that a stranger can use.

use super::program::{Run, command};

const COMMANDS: [&[&str]; 21] = [
    &[],
    &["demo"],
    &["evaluate"],
    &["export"],
    &["import"],
    &["import", "csv"],
    &["import", "export"],
    &["import", "jsonl"],
    &["import", "lightgcn"],
    &["import", "parquet"],
    &["import", "movielens"],
    &["migrate"],
    &["model", "list"],
    &["model", "rollback"],
    &["recommend"],
    &["serve"],
    &["tenant", "create"],
    &["tenant", "show"],
    &["tenant", "update"],
    &["train"],
    &["worker"],
];

#[test]
fn every_command_explains_itself_with_examples_and_the_common_options() {
    for words in COMMANDS {
        let help = Run::of(command(None).args(words).arg("--help")).ok();
        for expected in
            ["Usage: recsys", "--data <DIR>", "--database <URL>", "--json", "./recsys-data"]
        {
            assert!(help.contains(expected), "{words:?} lacks {expected}: {help}");
        }
        let has_example = help.contains("Example") || words == ["import"];
        assert!(has_example, "{words:?} has no example: {help}");
    }
}

#[test]
fn commands_that_concern_a_tenant_let_it_be_chosen() {
    for words in
        [&["recommend"][..], &["export"], &["train"], &["import", "csv"], &["import", "movielens"]]
    {
        let help = Run::of(command(None).args(words).arg("--help")).ok();
        assert!(help.contains("--tenant <DOMAIN>"), "{words:?}: {help}");
    }
}

#[test]
fn wrong_usage_has_an_exit_code_of_its_own() {
    for words in
        [&[][..], &["fly"], &["recommend"], &["serve", "--port", "many"], &["train", "--fast"]]
    {
        let run = Run::of(command(None).args(words));
        assert_eq!(run.code, Some(2), "{words:?}: {run:?}");
        assert_eq!(run.stdout, "", "{words:?}");
    }
}
