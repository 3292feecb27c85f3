//! Rate limits and quotas over HTTP.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use recsys_graphql::RateLimits;
use serde_json::{Value, json};

use super::support::{Account, Answer, PASSWORD, Server};

async fn server(change: impl FnOnce(&mut RateLimits)) -> Server {
    Server::open(|options| change(&mut options.rates)).await
}

async fn with_admin(change: impl FnOnce(&mut RateLimits)) -> (Server, Account) {
    let server = server(change).await;
    server.tenant("shop").await;
    let ada = server.register("shop", "ada").await;
    (server, ada)
}

async fn login(server: &Server, email: &str, password: &str) -> Answer {
    let query = "mutation($input: LoginInput!) { login(input: $input) { accessToken } }";
    let input = json!({ "email": email, "password": password, "tenantDomain": "shop" });
    server.execute(None, query, json!({ "input": input })).await
}

fn windows(status: &Value) -> Vec<(String, i64, i64, i64)> {
    let number = |value: &Value| value.as_i64().unwrap_or(-1);
    let window = |window: &Value| {
        let scope = window["scope"].as_str().unwrap_or_default().to_owned();
        (scope, number(&window["limit"]), number(&window["used"]), number(&window["windowSeconds"]))
    };
    let windows = status["rateLimitStatus"]["windows"].as_array();
    windows.map(|windows| windows.iter().map(window).collect()).unwrap_or_default()
}

const STATUS: &str =
    "{ rateLimitStatus { tier windows { scope limit used remaining windowSeconds resetAt } } }";

#[tokio::test]
async fn of_a_hundred_requests_without_a_token_sixty_are_answered() {
    let server = Server::start().await;
    for count in 1..=100 {
        let answer = server.execute(None, "{ __typename }", Value::Null).await;
        if count <= 60 {
            assert_eq!(answer.status, StatusCode::OK, "request {count}");
            assert_eq!(answer.header("ratelimit-policy"), "\"address\";q=60;w=60");
            let left = format!("\"address\";r={};t=", 60 - count);
            assert!(answer.header("ratelimit").starts_with(&left), "request {count}");
        } else {
            assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "request {count}");
            assert_eq!(answer.code(), "RATE_LIMITED");
            let wait: u64 = answer.header("retry-after").parse().unwrap_or(0);
            assert!((1..=61).contains(&wait), "{wait}");
            assert_eq!(answer.json()["errors"][0]["extensions"]["retryAfter"], wait);
        }
    }
}

#[tokio::test]
async fn requests_that_are_not_executed_count_as_well() {
    let server = server(|rates| rates.address = 2).await;
    for _ in 0..2 {
        assert_eq!(server.fail(None, "{ nonsense(").await.0, "GRAPHQL_PARSE_FAILED");
    }
    assert_eq!(server.fail(None, "{ nonsense(").await.0, "RATE_LIMITED");
    let forged = server.execute_as(Some("forged"), "{ __typename }", Value::Null).await;
    assert_eq!(forged.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn four_lists_in_one_request_cost_as_much_as_four_requests() {
    // Basic: each list costs 5 × 2.
    let (server, ada) = with_admin(|rates| rates.queries = 50).await;
    let list = |alias: &str| format!("{alias}: recommendations {{ totalCount }}");
    let four = format!("{{ {} {} {} {} }}", list("a"), list("b"), list("c"), list("d"));
    server.ask(&ada, &four).await;
    let answer = server.execute(Some(&ada), &four, Value::Null).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED")
    );
    // None of it was charged: there is room for one.
    server.ask(&ada, &format!("{{ {} }}", list("a"))).await;
}

#[tokio::test]
async fn the_status_tells_what_was_charged() {
    let (server, ada) = with_admin(|_| {}).await;
    server.ask(&ada, "{ recommendations { totalCount } }").await;
    let status = server.ask(&ada, STATUS).await;
    assert_eq!(status["rateLimitStatus"]["tier"], "BASIC");
    let hour = |scope: &str, limit, used| (scope.to_owned(), limit, used, 3_600);
    assert_eq!(
        windows(&status),
        [
            hour("tenant", 50_000, 12),
            hour("user:query", 2_000, 12),
            hour("user:mutation", 1_000, 0),
            hour("user:subscription", 500, 0),
            hour("quota:recommendations", 1_000, 1),
        ]
    );
    let status = server.execute(None, STATUS, Value::Null).await.data();
    assert_eq!(status["rateLimitStatus"]["tier"], Value::Null);
    // The registration was the first.
    assert_eq!(windows(&status), [("address".to_owned(), 60, 2, 60)]);
}

#[tokio::test]
async fn users_are_counted_apart_and_the_tenant_counts_them_together() {
    let (server, ada) = with_admin(|rates| {
        rates.queries = 4;
        rates.tenant.basic = 6;
    })
    .await;
    let ben = server.register("shop", "ben").await;
    server.tenant("other").await;
    let zoe = server.register("other", "zoe").await;
    for _ in 0..2 {
        server.ask(&ada, "{ __typename }").await;
    }
    let (_, message) = server.fail(Some(&ada), "{ __typename }").await;
    assert!(message.contains("user:query"), "{message}");
    server.ask(&ben, "{ __typename }").await;
    let (_, message) = server.fail(Some(&ben), "{ __typename }").await;
    assert!(message.contains("\"tenant\""), "{message}");
    server.ask(&zoe, "{ __typename }").await;
}

#[tokio::test]
async fn a_used_up_quota_of_lists_is_told_apart() {
    let (server, ada) = with_admin(|rates| rates.recommendations.basic = 3).await;
    let two = "{ a: recommendations { totalCount } b: recommendations { totalCount } }";
    server.ask(&ada, two).await;
    let answer = server.execute(Some(&ada), two, Value::Null).await;
    assert_eq!(answer.code(), "QUOTA_EXCEEDED");
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_ne!(answer.header("retry-after"), "");
    server.ask(&ada, "{ me { id } }").await;
}

#[tokio::test]
async fn a_tenant_has_no_more_items_than_its_quota() {
    let (server, ada) = with_admin(|rates| rates.items.basic = 3).await;
    let ids = server.items(&ada, &["Kettle", "Lamp"]).await;
    let two = r#"mutation { createItems(inputs: [{ title: "a" }, { title: "b" }]) { id } }"#;
    assert_eq!(server.fail(Some(&ada), two).await.0, "QUOTA_EXCEEDED");
    let one = r#"mutation { createItem(input: { title: "a" }) { id } }"#;
    server.ask(&ada, one).await;
    assert_eq!(server.fail(Some(&ada), one).await.0, "QUOTA_EXCEEDED");
    server.ask(&ada, &format!(r#"mutation {{ deleteItem(id: "{}") }}"#, ids[0])).await;
    server.ask(&ada, one).await;
}

#[tokio::test]
async fn sign_ins_to_one_account_are_limited_whether_it_exists_or_not() {
    let (server, _) = with_admin(|rates| rates.account_logins = 2).await;
    let mut answers = Vec::new();
    for email in ["ada@example.org", "nobody@example.org"] {
        for _ in 0..2 {
            assert_eq!(login(&server, email, "wrong password").await.code(), "UNAUTHENTICATED");
        }
        // Also with the right password, and however the address is written.
        let answer = login(&server, &format!(" {} ", email.to_uppercase()), PASSWORD).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_ne!(answer.header("retry-after"), "");
        answers.push(answer.error());
    }
    assert_eq!(answers[0].0, answers[1].0);
    server.register("shop", "ben").await;
    login(&server, "ben@example.org", PASSWORD).await.data();
}

#[tokio::test]
async fn sign_ins_and_registrations_from_one_address_are_limited() {
    let (server, _) = with_admin(|rates| {
        rates.address_logins = 3;
        rates.address_registrations = 2;
    })
    .await;
    for name in ["a", "b", "c"] {
        login(&server, &format!("{name}@example.org"), "wrong password").await;
    }
    assert_eq!(login(&server, "d@example.org", "wrong password").await.code(), "RATE_LIMITED");
    server.register("shop", "ben").await;
    let register = r#"mutation { register(input: { email: "c@example.org", username: "c",
        password: "correct horse battery", tenantDomain: "shop" }) { accessToken } }"#;
    assert_eq!(server.fail(None, register).await.0, "RATE_LIMITED");
}

#[tokio::test]
async fn behind_a_trusted_proxy_clients_are_counted_apart() {
    // Without a socket the peer is 0.0.0.0.
    let ask = async |server: &Server, client: &str| {
        let request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-forwarded-for", client)
            .body(Body::from(r#"{"query":"{ __typename }"}"#));
        server.send(request.expect("a request")).await.status
    };
    let server = Server::open(|options| {
        options.rates.address = 1;
        options.proxies = vec!["0.0.0.0/32".parse().expect("a network")];
    })
    .await;
    assert_eq!(ask(&server, "198.51.100.1").await, StatusCode::OK);
    assert_eq!(ask(&server, "198.51.100.2").await, StatusCode::OK);
    assert_eq!(ask(&server, "198.51.100.9, 198.51.100.1").await, StatusCode::TOO_MANY_REQUESTS);
    let server = Server::open(|options| options.rates.address = 1).await;
    assert_eq!(ask(&server, "198.51.100.1").await, StatusCode::OK);
    assert_eq!(ask(&server, "198.51.100.2").await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn limits_can_be_switched_off() {
    let server = server(|rates| {
        rates.enabled = false;
        rates.address = 1;
    })
    .await;
    for _ in 0..3 {
        let answer = server.execute(None, STATUS, Value::Null).await;
        assert_eq!(windows(&answer.data()), []);
        assert_eq!(answer.header("ratelimit"), "");
    }
}
