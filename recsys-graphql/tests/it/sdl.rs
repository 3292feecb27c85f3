//! The schema is reviewed as a file: a change of the API is a change of `schema.graphql`.

use std::{env, fs, path::Path};

/// Set it to write the file instead of comparing with it.
const UPDATE: &str = "RECSYS_UPDATE_SDL";

#[test]
fn the_committed_schema_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql");
    let now = recsys_graphql::sdl();
    if env::var_os(UPDATE).is_some() {
        fs::write(&path, &now).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == now,
        "schema.graphql is out of date; run the tests with {UPDATE}=1 and review the difference"
    );
}
