//! Where vectors are, as users say it.

use super::program::{Recsys, Run, command};

const KEY: &str = "a key that nobody may see";

/// Starts a server that does not come up, and returns its sentence.
fn refused(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let recsys = Recsys::new();
    let mut command = command(Some(&recsys.data()));
    command.env_remove("QDRANT_URL").env_remove("PINECONE_API_KEY").env_remove("WEAVIATE_URL");
    command.envs(variables.iter().copied()).args(["serve", "--port", "0"]).args(arguments);
    Run::of(&mut command).error()
}

#[test]
fn what_a_place_needs_is_asked_for_by_name() {
    assert!(refused(&["--vectors", "qdrant"], &[]).contains("QDRANT_URL"));
    assert!(refused(&["--vectors", "weaviate"], &[]).contains("WEAVIATE_URL"));
    assert!(refused(&[], &[("VECTOR_DB_PROVIDER", "pinecone")]).contains("PINECONE_API_KEY"));
    let sentence = refused(&["--embeddings-url", "http://localhost/v1"], &[]);
    assert!(sentence.contains("--embeddings-model"), "{sentence}");
}

#[test]
fn an_address_that_is_none_is_refused_without_repeating_it() {
    let sentence = refused(&["--vectors", "qdrant"], &[("QDRANT_URL", KEY)]);
    assert!(sentence.contains("url") && !sentence.contains(KEY), "{sentence}");
}
