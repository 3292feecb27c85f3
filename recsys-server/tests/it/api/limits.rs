//! What one request may cost.

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::support::Server;

/// `levels` fragments, each of which spreads the next one `fan_out` times.
fn bomb(levels: usize, fan_out: usize) -> String {
    let mut text = "{ ...F0 }".to_owned();
    for level in 0..levels {
        let spreads = format!("...F{} ", level + 1).repeat(fan_out);
        write!(text, " fragment F{level} on Query {{ {spreads} }}").expect("a string grows");
    }
    write!(text, " fragment F{levels} on Query {{ __typename }}").expect("a string grows");
    text
}

#[tokio::test]
async fn a_bomb_of_nested_fragments_is_refused_at_once() {
    let server = Server::start().await;
    let began = Instant::now();
    let answer = server.execute(None, &bomb(9, 8), Value::Null).await;
    assert_eq!(answer.code(), "QUERY_TOO_COMPLEX");
    // Written out it has 8^9 fields; a debug build on a busy machine counts them in milliseconds.
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_bomb_is_not_kept_to_be_referred_to() {
    let server = Server::start().await;
    let text = bomb(9, 8);
    let digest = Sha256::digest(text.as_bytes());
    let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let send = async |query: Option<&str>| {
        let extension = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
        let body = json!({ "query": query, "extensions": extension }).to_string();
        let request = Request::post("/graphql").header(header::CONTENT_TYPE, "application/json");
        server.send(request.body(Body::from(body)).expect("a request")).await.code()
    };
    assert_eq!(send(Some(&text)).await, "QUERY_TOO_COMPLEX");
    assert_eq!(send(None).await, "PERSISTED_QUERY_NOT_FOUND");
}

#[tokio::test]
async fn other_ways_to_ask_for_too_much() {
    let (server, ada) = Server::with_admin().await;
    let item = server.items(&ada, &["Kettle"]).await.remove(0);
    let similar = "similarItems(topK: 100) { item { ".repeat(3) + "id" + &"} }".repeat(3);
    let aliases: String = (0..61).map(|number| format!("a{number}: id ")).collect();
    let roots: String = (0..31).map(|number| format!("a{number}: __typename ")).collect();
    for query in [
        format!("{{ items(limit: 100) {{ {similar} }} }}"),
        format!("{{ items {{ {aliases} }} }}"),
        format!("{{ {roots} }}"),
        format!("{{ items(search: \"{}\") {{ id }} }}", "x".repeat(256 * 1024)),
        format!("{}{}", "{ items ".repeat(70), "}".repeat(70)),
        format!(
            "{{ item(id: \"{item}\") {{ {} id {} }} }}",
            "tenant { ... on Tenant { ".repeat(40),
            "} }".repeat(40)
        ),
        "{ items { id @include(if: true) @skip(if: false) @include(if: true) @skip(if: false)
            @include(if: true) @skip(if: false) @include(if: true) @skip(if: false) @skip(if: false) } }"
            .to_owned(),
    ] {
        let (code, message) = server.fail(Some(&ada), &query).await;
        assert_eq!(code, "QUERY_TOO_COMPLEX", "{message}");
    }
}

#[tokio::test]
async fn a_rich_page_passes() {
    let (server, ada) = Server::with_admin().await;
    server.items(&ada, &["Kettle", "Lamp"]).await;
    let item = "id title description category tags metadata averageRating ratingCount
        interactionCount externalId isActive createdAt updatedAt";
    let query = format!(
        "{{ items(limit: 100) {{ {item} similarItems {{ score item {{ {item} }} }} }}
            popular: recommendations(options: {{ algorithm: \"popularity\" }}) {{ items {{ item {{ {item} }} }} }}
            mine: recommendations(options: {{ numRecommendations: 50, explain: true }}) {{
                items {{ score reason item {{ {item} }} explanation {{ base contributions {{
                    weight item {{ {item} }} }} }} }} }} }}"
    );
    server.ask(&ada, &query).await;
}

#[tokio::test]
async fn the_introspection_of_graphiql_passes() {
    let server = Server::start().await;
    let of_type = "ofType { kind name ".repeat(9) + &"} ".repeat(9);
    let query = format!(
        "query IntrospectionQuery {{ __schema {{ queryType {{ name }} mutationType {{ name }}
            types {{ ...FullType }} directives {{ name description locations args {{ ...InputValue }} }} }} }}
        fragment FullType on __Type {{ kind name description
            fields(includeDeprecated: true) {{ name description args {{ ...InputValue }}
                type {{ ...TypeRef }} isDeprecated deprecationReason }}
            inputFields {{ ...InputValue }} interfaces {{ ...TypeRef }}
            enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }}
            possibleTypes {{ ...TypeRef }} }}
        fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }} defaultValue }}
        fragment TypeRef on __Type {{ kind name {of_type} }}"
    );
    let data = server.execute(None, &query, Value::Null).await.data();
    assert_eq!(data["__schema"]["queryType"]["name"], "Query");
}

#[tokio::test]
async fn list_lengths_name_their_argument() {
    let (server, ada) = Server::with_admin().await;
    let item = server.items(&ada, &["Kettle"]).await.remove(0);
    for (query, message) in [
        ("{ items(limit: 0) { id } }".to_owned(), "limit: is 0, expected 1 to 100"),
        ("{ items(limit: 101) { id } }".to_owned(), "limit: is 101, expected 1 to 100"),
        ("{ items(offset: -1) { id } }".to_owned(), "offset: is -1, expected 0 or more"),
        ("{ me { ratings(limit: 0) { id } } }".to_owned(), "limit: is 0, expected 1 to 100"),
        (
            format!(r#"{{ similarItems(itemId: "{item}", topK: 101) {{ score }} }}"#),
            "topK: is 101, expected 1 to 100",
        ),
        (
            "{ recommendations(options: { numRecommendations: 0 }) { totalCount } }".to_owned(),
            "options.numRecommendations: is 0, expected 1 to 100",
        ),
        (
            "{ recommendations(options: { diversity: 1.5 }) { totalCount } }".to_owned(),
            "options.diversity: is 1.5, expected 0 to 1",
        ),
    ] {
        let found = server.fail(Some(&ada), &query).await;
        assert_eq!(found, ("BAD_USER_INPUT".to_owned(), message.to_owned()), "{query}");
    }
}

#[tokio::test]
async fn an_unknown_algorithm_lists_the_known_ones() {
    let (server, ada) = Server::with_admin().await;
    for query in [
        r#"{ recommendations(options: { algorithm: "magic" }) { totalCount } }"#,
        r#"mutation { trainModel(algorithm: "magic") { id } }"#,
    ] {
        let (code, message) = server.fail(Some(&ada), query).await;
        assert_eq!(code, "BAD_USER_INPUT");
        for name in ["magic", "als", "hybrid", "item_knn", "popularity"] {
            assert!(message.contains(name), "{message}");
        }
    }
}

#[tokio::test]
async fn a_wrong_condition_names_its_path() {
    let (server, ada) = Server::with_admin().await;
    let query = r#"{ recommendations(options: { filters: { where: { price: { near: 3 } } } }) { totalCount } }"#;
    let (code, message) = server.fail(Some(&ada), query).await;
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.starts_with("options.filters.where.price"), "{message}");
}
