//! GraphQL over HTTP: methods, media types, statuses and malformed requests.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use serde_json::json;

use super::support::{Answer, Server};

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";

async fn post(server: &Server, content_type: &str, accept: &str, body: &str) -> Answer {
    let request = Request::post("/graphql")
        .header(header::CONTENT_TYPE, content_type)
        .header(header::ACCEPT, accept)
        .body(Body::from(body.to_owned()));
    server.send(request.expect("a request")).await
}

async fn get(server: &Server, path: &str) -> Answer {
    server.send(Request::get(path).body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn answers_have_the_media_type_that_was_asked_for() {
    let server = Server::start().await;
    let body = r#"{"query":"{ __typename }"}"#;
    for (accept, content_type) in [
        ("*/*", "application/json; charset=utf-8"),
        ("application/json", "application/json; charset=utf-8"),
        (GRAPHQL_RESPONSE, "application/graphql-response+json; charset=utf-8"),
    ] {
        let answer = post(&server, "application/json", accept, body).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.header("content-type"), content_type);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.json(), json!({ "data": { "__typename": "Query" } }));
    }
    let answer = post(&server, "application/json", "text/html", body).await;
    assert_eq!(answer.status, StatusCode::NOT_ACCEPTABLE);
}

#[tokio::test]
async fn bodies_that_a_browser_sends_unasked_are_refused() {
    let server = Server::start().await;
    let body = r#"{"query":"{ __typename }"}"#;
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let answer = post(&server, content_type, "*/*", body).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type}");
    }
}

#[tokio::test]
async fn malformed_bodies_are_bad_requests() {
    let server = Server::start().await;
    for body in [
        "",
        "nonsense",
        "{",
        "[]",
        r#"[{"query":"{ __typename }"}]"#,
        "{}",
        r#"{"query":7}"#,
        r#"{"query":"{ __typename }","variables":"x"}"#,
        r#"{"query":"{ __typename }","operationName":7}"#,
        r#"{"query":"{ __typename }","extensions":[]}"#,
    ] {
        let answer = post(&server, "application/json", "*/*", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(answer.code(), "BAD_USER_INPUT", "{body}");
    }
    let deep =
        format!(r#"{{"query":"{{a}}","variables":{}{}}}"#, "[".repeat(9_999), "]".repeat(9_999));
    assert_eq!(
        post(&server, "application/json", "*/*", &deep).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_body_over_one_mebibyte_is_refused() {
    let server = Server::start().await;
    let body = json!({ "query": "{ __typename }", "variables": { "x": "y".repeat(1 << 20) } });
    let answer = post(&server, "application/json", "*/*", &body.to_string()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn requests_that_are_not_executed_have_no_data_and_a_code() {
    let server = Server::start().await;
    for (body, code) in [
        (r#"{"query":"{ items( }"}"#, "GRAPHQL_PARSE_FAILED"),
        (r#"{"query":"{ nothing }"}"#, "GRAPHQL_VALIDATION_FAILED"),
        (r#"{"query":"{ item { id } }"}"#, "GRAPHQL_VALIDATION_FAILED"),
        (r#"{"query":"{ ...A } fragment A on Query { ...A }"}"#, "GRAPHQL_VALIDATION_FAILED"),
        (
            r#"{"query":"query A { __typename } query B { __typename }"}"#,
            "OPERATION_RESOLUTION_FAILURE",
        ),
        (
            r#"{"query":"query A { __typename }","operationName":"B"}"#,
            "OPERATION_RESOLUTION_FAILURE",
        ),
    ] {
        for (accept, status) in
            [("application/json", StatusCode::OK), (GRAPHQL_RESPONSE, StatusCode::BAD_REQUEST)]
        {
            let answer = post(&server, "application/json", accept, body).await;
            assert_eq!(answer.status, status, "{body}");
            assert_eq!(answer.code(), code, "{body}");
            assert!(answer.json().get("data").is_none(), "{body}");
        }
    }
}

#[tokio::test]
async fn a_value_that_only_the_executor_can_judge_is_bad_input() {
    let (server, ada) = Server::with_admin().await;
    let query = r#"{ item(id: "no uuid") { id } }"#;
    let (code, message) = server.fail(Some(&ada), query).await;
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.contains("UUID"), "{message}");
}

#[tokio::test]
async fn a_syntax_error_says_where_and_does_not_echo() {
    let server = Server::start().await;
    let query = format!("{{ items }}\n{{{}", "secret ".repeat(1_000));
    let (code, message) = server.fail(None, &query).await;
    assert_eq!(code, "GRAPHQL_PARSE_FAILED");
    assert!(message.starts_with("syntax error at line 2, column"), "{message}");
    assert!(message.len() < 100 && !message.contains("secret"), "{message}");
}

#[tokio::test]
async fn queries_may_come_by_get_and_mutations_may_not() {
    let server = Server::start().await;
    let answer = get(&server, "/graphql?query=%7B%20__typename%20%7D").await;
    assert_eq!(answer.json(), json!({ "data": { "__typename": "Query" } }));
    let answer = get(
        &server,
        "/graphql?query=query(%24a%3A%20String!)%7B__type(name%3A%24a)%7Bname%7D%7D&variables=%7B%22a%22%3A%22Item%22%7D",
    )
    .await;
    assert_eq!(answer.json(), json!({ "data": { "__type": { "name": "Item" } } }));

    let mutation = "mutation%7Blogout(refreshToken%3A%22x%22)%7D";
    let answer = get(&server, &format!("/graphql?query={mutation}")).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header("allow"), "POST");
    // With several operations it is the chosen one that counts.
    let both = format!(
        "/graphql?query=query%20A%7B__typename%7D%20{}",
        mutation.replacen("mutation", "mutation%20B", 1)
    );
    assert_eq!(get(&server, &format!("{both}&operationName=A")).await.status, StatusCode::OK);
    let answer = get(&server, &format!("{both}&operationName=B")).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);

    for query in ["", "?query=", "?query=%7Ba%7D&variables=7", "?query=%7Ba%7D&variables=%5B%5D"] {
        let answer = get(&server, &format!("/graphql{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn a_query_that_was_sent_once_may_be_referred_to() {
    let server = Server::start().await;
    // printf '{__typename}' | sha256sum
    let hash = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";
    let body = |query: Option<&str>, version: u32, hash: &str| {
        let extension = json!({ "persistedQuery": { "version": version, "sha256Hash": hash } });
        json!({ "query": query, "extensions": extension }).to_string()
    };
    let json = "application/json";
    let reference = body(None, 1, hash);
    let answer = post(&server, json, json, &reference).await;
    let found = (answer.status, answer.code());
    assert_eq!(found, (StatusCode::OK, "PERSISTED_QUERY_NOT_FOUND".to_owned()));
    let wrong = post(&server, json, json, &body(Some("{ __typename }"), 1, hash)).await;
    assert_eq!(wrong.code(), "BAD_USER_INPUT");
    let data = json!({ "data": { "__typename": "Query" } });
    assert_eq!(post(&server, json, json, &body(Some("{__typename}"), 1, hash)).await.json(), data);
    assert_eq!(post(&server, json, json, &reference).await.json(), data);
    let path = format!(
        "/graphql?extensions=%7B%22persistedQuery%22%3A%7B%22version%22%3A1%2C%22sha256Hash%22%3A%22{hash}%22%7D%7D"
    );
    assert_eq!(get(&server, &path).await.json(), data);
    for wrong in [body(None, 2, hash), body(None, 1, "0a")] {
        assert_eq!(post(&server, json, json, &wrong).await.code(), "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn scripts_of_configured_origins_may_read_answers_and_others_may_not() {
    let shop = "https://shop.example.com";
    let server = Server::open(|options| options.origins = vec![shop.parse().expect("an origin")]);
    let server = server.await;
    for (origin, allowed) in [(shop, shop), ("https://evil.example.com", "")] {
        let preflight = Request::options("/graphql")
            .header(header::ORIGIN, origin)
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type");
        let answer = server.send(preflight.body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed);
        let request =
            Request::get("/graphql?query=%7B__typename%7D").header(header::ORIGIN, origin);
        let answer = server.send(request.body(Body::empty()).expect("a request")).await;
        assert_eq!(answer.header("access-control-allow-origin"), allowed);
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_can_read_it() {
    let server = Server::start().await;
    let request = |accept: &str| {
        let request =
            Request::get("/graphql?query=%7B__schema%7Btypes%7Bname%20description%7D%7D%7D");
        request.header(header::ACCEPT_ENCODING, accept).body(Body::empty()).expect("a request")
    };
    assert_eq!(server.send(request("identity")).await.header("content-encoding"), "");
    assert_eq!(server.encoding(request("gzip")).await, "gzip");
}

#[tokio::test]
async fn each_request_has_a_name() {
    let server = Server::start().await;
    let first = get(&server, "/health/live").await;
    let second = get(&server, "/health/live").await;
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    let request = Request::get("/health/live").header("x-request-id", "trace-7");
    let answer = server.send(request.body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.header("x-request-id"), "trace-7");
}

#[tokio::test]
async fn health_and_pages() {
    let server = Server::start().await;
    let answer = get(&server, "/health/live").await;
    assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!({ "status": "alive" })));
    let answer = get(&server, "/graphiql").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.header("content-type").starts_with("text/html"));
    assert!(answer.text.contains("/graphql"), "the page asks this server");
    let answer = get(&server, "/nowhere").await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "NOT_FOUND"));
    let request = Request::delete("/graphql").body(Body::empty()).expect("a request");
    let answer = server.send(request).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.header("allow").contains("POST"), "{:?}", answer.header("allow"));
}
