//! Registration, sign-in, tokens, and what each of them refuses.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use chrono::Utc;
use recsys_server::auth::{
    jwt::{Claims, TokenKeys},
    secret::SigningKeys,
};
use recsys_store::types::{Role, TenantPatch, TenantSettings, UserId, UserPatch};
use serde_json::{Value, json};

use super::support::{Account, PASSWORD, Server, account};

const LOGIN: &str = "mutation($input: LoginInput!) { login(input: $input) {
    accessToken refreshToken tokenType expiresIn user { id email username role } } }";
const REGISTER: &str = "mutation($input: RegisterInput!) { register(input: $input) {
    accessToken user { id } } }";

fn credentials(email: &str, password: &str, domain: &str) -> Value {
    json!({ "input": { "email": email, "password": password, "tenantDomain": domain } })
}

async fn refresh(server: &Server, token: &str) -> Result<Account, String> {
    let query = "mutation($token: String!) { refreshToken(refreshToken: $token) {
        accessToken refreshToken user { id } } }";
    let answer = server.execute(None, query, json!({ "token": token })).await;
    let json = answer.json();
    if json.get("errors").is_some() {
        return Err(answer.code());
    }
    Ok(account(&json["data"]["refreshToken"]))
}

/// The keys that sign the server's tokens.
fn keys(server: &Server) -> TokenKeys {
    let path = server.folder.path().join("data/secret.key");
    TokenKeys::new(&SigningKeys::load_or_create(&path).expect("the server made it"))
}

#[tokio::test]
async fn who_registers_is_signed_in_and_can_sign_in_again() {
    let (server, ada) = Server::with_admin().await;
    let query = "{ me { id email username role tenant { domain } } }";
    let data = server.ask(&ada, query).await;
    assert_eq!(data["me"]["id"], ada.id.as_str());
    assert_eq!(data["me"]["email"], "ada@example.org");
    assert_eq!(data["me"]["tenant"]["domain"], "shop");

    let answer =
        server.execute(None, LOGIN, credentials(" ADA@example.org", PASSWORD, "Shop")).await;
    let login = &answer.data()["login"];
    assert_eq!(login["user"]["id"], ada.id.as_str());
    assert_eq!(login["user"]["email"], "ada@example.org", "visible to whoever proved to be Ada");
    assert_eq!((&login["tokenType"], &login["expiresIn"]), (&json!("Bearer"), &json!(3600)));
    assert_eq!(server.ask(&account(login), query).await, data);
}

#[tokio::test]
async fn only_the_first_user_of_a_tenant_administers_it() {
    let (server, ada) = Server::with_admin().await;
    let bob = server.register("shop", "bob").await;
    assert_eq!(server.ask(&ada, "{ me { role } }").await["me"]["role"], "ADMIN");
    assert_eq!(server.ask(&bob, "{ me { role } }").await["me"]["role"], "USER");
}

#[tokio::test]
async fn sign_ins_that_fail_all_look_the_same() {
    let (server, _) = Server::with_admin().await;
    let mut answers = Vec::new();
    for (email, password, domain) in [
        ("ada@example.org", "wrong horse battery", "shop"),
        ("bob@example.org", PASSWORD, "shop"),
        ("ada@example.org", PASSWORD, "market"),
        ("no address", "", ""),
        ("ada@example.org", &"x".repeat(5_000), "shop"),
    ] {
        answers.push(server.execute(None, LOGIN, credentials(email, password, domain)).await.text);
    }
    assert!(answers[0].contains("UNAUTHENTICATED"), "{}", answers[0]);
    assert!(answers.iter().all(|text| *text == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn registration_names_the_field_that_is_wrong() {
    let (server, _) = Server::with_admin().await;
    let good = json!({
        "email": "bob@example.org", "username": "bob", "password": PASSWORD, "tenantDomain": "shop" });
    for (field, value, code) in [
        ("email", json!("bob"), "BAD_USER_INPUT"),
        ("email", json!("bob@example"), "BAD_USER_INPUT"),
        ("email", json!(" ADA@Example.org "), "CONFLICT"),
        ("username", json!("  "), "BAD_USER_INPUT"),
        ("password", json!("short"), "BAD_USER_INPUT"),
        ("password", json!("x".repeat(129)), "BAD_USER_INPUT"),
        ("tenantDomain", json!("market"), "NOT_FOUND"),
    ] {
        let mut input = good.clone();
        input[field] = value.clone();
        let answer = server.execute(None, REGISTER, json!({ "input": input })).await;
        let (found, message) = answer.error();
        assert_eq!(found, code, "{field} = {value}: {message}");
        if code == "BAD_USER_INPUT" {
            assert!(message.starts_with(&format!("input.{field}: ")), "{message}");
        }
    }
    server.execute(None, REGISTER, json!({ "input": good })).await.data();
}

#[tokio::test]
async fn a_tenant_can_close_registration() {
    let server = Server::start().await;
    let tenant = server.tenant("shop").await;
    let settings = TenantSettings { registration_open: false, ..tenant.settings };
    let directory = server.app.engine().storage().tenants();
    let patch = TenantPatch::of_settings(settings);
    directory.update(tenant.id, patch).await.expect("the tenant exists");
    let input = json!({ "input": { "email": "bob@example.org", "username": "bob",
        "password": PASSWORD, "tenantDomain": "shop" } });
    assert_eq!(server.execute(None, REGISTER, input).await.code(), "FORBIDDEN");
}

#[tokio::test]
async fn nobody_is_null_and_can_do_nothing() {
    let (server, ada) = Server::with_admin().await;
    let item = server.items(&ada, &["Kettle"]).await.remove(0);
    let data = server.execute(None, "{ me { id } }", Value::Null).await.data();
    assert_eq!(data["me"], Value::Null);
    for query in [
        "{ items { id } }".to_owned(),
        "{ recommendations { totalCount } }".to_owned(),
        "{ algorithms { name } }".to_owned(),
        "{ users { id } }".to_owned(),
        format!(r#"{{ item(id: "{item}") {{ title }} }}"#),
        r#"mutation { createItem(input: { title: "x" }) { id } }"#.to_owned(),
        "mutation { trainModel { id } }".to_owned(),
    ] {
        assert_eq!(server.fail(None, &query).await.0, "UNAUTHENTICATED", "{query}");
    }
}

#[tokio::test]
async fn a_token_that_proves_nothing_is_an_error_and_not_an_anonymous_caller() {
    let (server, ada) = Server::with_admin().await;
    let claims = keys(&server).verify(&ada.token).expect("our own token");
    let foreign_folder = tempfile::tempdir().expect("a folder");
    let foreign = SigningKeys::load_or_create(&foreign_folder.path().join("key")).expect("a key");
    let hours_ago = Utc::now().timestamp() - 7_200;
    let expired = Claims { iat: hours_ago, exp: hours_ago + 3_600, ..claims.clone() };
    let refresh = Claims { kind: "refresh".into(), ..claims.clone() };
    for token in [
        "nonsense".to_owned(),
        ada.token[..ada.token.len() - 4].to_owned(),
        ada.refresh.clone(),
        TokenKeys::new(&foreign).sign(&claims),
        keys(&server).sign(&expired),
        keys(&server).sign(&refresh),
    ] {
        let answer = server.execute_as(Some(&token), "{ __typename }", Value::Null).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{token}");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert_eq!(answer.code(), "UNAUTHENTICATED");
        assert!(answer.json().get("data").is_none(), "nothing was executed");
    }
    for value in ["", "Bearer", "Basic YTpi"] {
        let request = Request::post("/graphql")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, value)
            .body(Body::from(r#"{"query":"{ __typename }"}"#));
        let answer = server.send(request.expect("a request")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{value:?}");
    }
}

#[tokio::test]
async fn an_expired_token_says_so() {
    let (server, ada) = Server::with_admin().await;
    let claims = keys(&server).verify(&ada.token).expect("our own token");
    let token = keys(&server).sign(&Claims { exp: Utc::now().timestamp() - 60, ..claims });
    let answer = server.execute_as(Some(&token), "{ me { id } }", Value::Null).await;
    assert_eq!(answer.error().1, "the access token has expired");
}

#[tokio::test]
async fn a_token_is_good_for_its_own_tenant_only() {
    let (server, ada) = Server::with_admin().await;
    let market = server.tenant("market").await;
    let claims = keys(&server).verify(&ada.token).expect("our own token");
    // Even our own signature under another tenant finds no such user there.
    let moved = keys(&server).sign(&Claims { tenant_id: market.id.0, ..claims.clone() });
    let answer = server.execute_as(Some(&moved), "{ me { id } }", Value::Null).await;
    assert_eq!(answer.code(), "UNAUTHENTICATED");
    let nowhere = keys(&server).sign(&Claims { tenant_id: claims.sub, ..claims });
    let answer = server.execute_as(Some(&nowhere), "{ items { id } }", Value::Null).await;
    assert_eq!(answer.code(), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_refresh_token_works_once() {
    let (server, ada) = Server::with_admin().await;
    let second = refresh(&server, &ada.refresh).await.expect("the first use");
    assert_eq!(second.id, ada.id);
    assert_eq!(server.ask(&second, "{ me { id } }").await["me"]["id"], ada.id.as_str());
    let third = refresh(&server, &second.refresh).await.expect("the next one");
    assert_ne!(third.refresh, second.refresh);
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_all_that_came_from_it() {
    let (server, ada) = Server::with_admin().await;
    let second = refresh(&server, &ada.refresh).await.expect("the first use");
    let other_device =
        server.execute(None, LOGIN, credentials("ada@example.org", PASSWORD, "shop")).await.data();
    assert_eq!(refresh(&server, &ada.refresh).await.err(), Some("UNAUTHENTICATED".into()));
    assert_eq!(refresh(&server, &second.refresh).await.err(), Some("UNAUTHENTICATED".into()));
    let other_device = account(&other_device["login"]);
    assert!(refresh(&server, &other_device.refresh).await.is_ok(), "another sign-in goes on");
}

#[tokio::test]
async fn who_signs_out_cannot_refresh() {
    let (server, ada) = Server::with_admin().await;
    let query = "mutation($token: String!) { logout(refreshToken: $token) }";
    let variables = json!({ "token": ada.refresh });
    let data = server.execute(Some(&ada), query, variables).await.data();
    assert_eq!(data["logout"], true);
    assert_eq!(refresh(&server, &ada.refresh).await.err(), Some("UNAUTHENTICATED".into()));
    let data = server.execute(None, query, json!({ "token": "rt_nonsense" })).await.data();
    assert_eq!(data["logout"], false);
}

#[tokio::test]
async fn who_was_erased_is_signed_out_at_once() {
    let (server, ada) = Server::with_admin().await;
    let bob = server.register("shop", "bob").await;
    let item = server.items(&bob, &["Kettle"]).await.remove(0);
    let query = format!(
        r#"mutation {{ recordInteraction(input: {{ itemId: "{item}", interactionType: "view" }}) {{ id }}
            rateItem(input: {{ itemId: "{item}", rating: 5 }}) {{ id }} }}"#
    );
    server.ask(&bob, &query).await;
    let query = format!(r#"mutation {{ deleteUser(id: "{}") }}"#, bob.id);
    assert_eq!(server.ask(&bob, &query).await["deleteUser"], true);

    assert_eq!(server.fail(Some(&bob), "{ me { id } }").await.0, "UNAUTHENTICATED");
    assert_eq!(server.fail(Some(&bob), "{ items { id } }").await.0, "UNAUTHENTICATED");
    assert_eq!(refresh(&server, &bob.refresh).await.err(), Some("UNAUTHENTICATED".into()));
    let answer =
        server.execute(None, LOGIN, credentials("bob@example.org", PASSWORD, "shop")).await;
    assert_eq!(answer.code(), "UNAUTHENTICATED");
    let query = format!(
        r#"{{ item(id: "{item}") {{ interactionCount averageRating }} users {{ username }} }}"#
    );
    let left = server.ask(&ada, &query).await;
    let expected = json!({ "item": { "interactionCount": 0, "averageRating": null },
        "users": [{ "username": "ada" }] });
    assert_eq!(left, expected);
    assert_ne!(server.register("shop", "bob").await.id, bob.id, "the address is free again");
}

#[tokio::test]
async fn a_change_of_role_counts_for_tokens_that_were_given_before() {
    let (server, ada) = Server::with_admin().await;
    let bob = server.register("shop", "bob").await;
    assert_eq!(server.fail(Some(&bob), "{ trainingJobs { id } }").await.0, "FORBIDDEN");
    let engine = server.app.engine();
    let id = |account: &Account| UserId(account.id.parse().expect("an id"));
    let shop = engine.storage().tenants().by_domain("shop").await.expect("read").expect("a tenant");
    let shop = engine.tenant(shop.id).await.expect("open");
    let role = |role| UserPatch { role: Some(role), preferences: None };
    shop.update_user(id(&bob), role(Role::Admin)).await.expect("promoted");
    shop.update_user(id(&ada), role(Role::User)).await.expect("stepped down");
    server.ask(&bob, "{ trainingJobs { id } }").await;
    assert_eq!(server.fail(Some(&ada), "{ trainingJobs { id } }").await.0, "FORBIDDEN");
}

#[tokio::test]
async fn addresses_and_histories_are_seen_by_their_owner_and_by_administrators() {
    let (server, ada) = Server::with_admin().await;
    let bob = server.register("shop", "bob").await;
    let eve = server.register("shop", "eve").await;
    let user = |fields: &str| format!(r#"{{ user(id: "{}") {{ username {fields} }} }}"#, bob.id);
    let fields = ["email", "preferences", "interactions { id }", "ratings { id }"];
    for query in fields.map(user) {
        assert_eq!(server.ask(&ada, &query).await["user"]["username"], "bob");
        assert_eq!(server.ask(&bob, &query).await["user"]["username"], "bob");
        assert_eq!(server.fail(Some(&eve), &query).await.0, "FORBIDDEN", "{query}");
    }
    assert_eq!(server.ask(&eve, &user("role")).await["user"]["role"], "USER");
}

#[tokio::test]
async fn a_restart_keeps_users_and_tokens() {
    let (server, ada) = Server::with_admin().await;
    let options = recsys_server::app::AppOptions::new(server.folder.path().join("data"));
    server.app.close().await;
    let app = recsys_server::app::App::open(&options).await.expect("the same folder");
    let again = Server::over(app, server.folder);
    assert_eq!(again.ask(&ada, "{ me { username } }").await["me"]["username"], "ada");
}
