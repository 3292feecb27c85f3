//! What users decide about themselves, and whom a proof of sign-in still stands for.

use recsys_store::types::{NewInteraction, Role, UserId, UserPatch};
use serde_json::json;

use crate::support::{Shop, data, error};

#[tokio::test]
async fn preferences_are_kept_as_they_were_given() {
    let shop = Shop::open().await;
    let query = r#"mutation { updatePreferences(
        preferences: { genres: ["noir", null], level: 4.5 }) { id preferences } }"#;
    let found = data(shop.ask(query).await);
    let expected = json!({ "genres": ["noir", null], "level": 4.5 });
    assert_eq!(found["updatePreferences"]["preferences"], expected);
    assert_eq!(data(shop.ask("{ me { preferences } }").await)["me"]["preferences"], expected);
}

#[tokio::test]
async fn preferences_have_a_bound() {
    let shop = Shop::open().await;
    let long = "x".repeat(17 * 1024);
    let query = format!(r#"mutation {{ updatePreferences(preferences: "{long}") {{ id }} }}"#);
    let response = shop.ask(&query).await;
    let (code, message) = error(&response);
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.starts_with("preferences: "), "{message}");
}

#[tokio::test]
async fn users_erase_themselves_and_administrators_erase_anybody() {
    let shop = Shop::open().await;
    let (ben, cid) = (shop.user("ben").await, shop.user("cid").await);
    let item = shop.items(&["Lamp"]).await.remove(0);
    let tenant = shop.engine.tenant(shop.tenant).await.expect("a tenant");
    let events = [&ben, &cid].map(|user| NewInteraction::new(user.id, item.id, "view"));
    tenant.record(events.to_vec()).await.expect("recorded");
    let erase = |id: UserId| format!(r#"mutation {{ deleteUser(id: "{id}") }}"#);

    let response = shop.ask_as(shop.caller(&ben), &erase(cid.id)).await;
    assert_eq!(error(&response).0, "FORBIDDEN");
    assert_eq!(data(shop.ask_as(shop.caller(&ben), &erase(ben.id)).await)["deleteUser"], true);
    assert_eq!(data(shop.ask(&erase(cid.id)).await)["deleteUser"], true);
    assert_eq!(data(shop.ask(&erase(cid.id)).await)["deleteUser"], false);
    let left = data(shop.ask("{ users { username } items { interactionCount } }").await);
    let expected =
        json!({ "users": [{ "username": "ada" }], "items": [{ "interactionCount": 0 }] });
    assert_eq!(left, expected);
}

#[tokio::test]
async fn the_last_administrator_stays_while_there_are_others() {
    let shop = Shop::open().await;
    shop.user("ben").await;
    let query = format!(r#"mutation {{ deleteUser(id: "{}") }}"#, shop.admin.id);
    let response = shop.ask(&query).await;
    let (code, message) = error(&response);
    assert_eq!(code, "CONFLICT");
    assert!(message.contains("last administrator"), "{message}");
}

#[tokio::test]
async fn the_proof_of_an_erased_user_proves_nothing() {
    let shop = Shop::open().await;
    let ben = shop.user("ben").await;
    shop.items(&["Lamp"]).await;
    assert_eq!(data(shop.ask_as(shop.caller(&ben), "{ me { role } }").await)["me"]["role"], "USER");
    let query = format!(r#"mutation {{ deleteUser(id: "{}") }}"#, ben.id);
    data(shop.ask(&query).await);
    for query in [
        "{ me { id } }",
        "{ items { id } }",
        "{ algorithms { name } }",
        "{ recommendations { totalCount } }",
        "mutation { updatePreferences(preferences: 1) { id } }",
    ] {
        let response = shop.ask_as(shop.caller(&ben), query).await;
        assert_eq!(error(&response).0, "UNAUTHENTICATED", "{query}");
    }
}

#[tokio::test]
async fn a_role_is_what_is_stored() {
    let shop = Shop::open().await;
    let ben = shop.user("ben").await;
    let query = "{ trainingJobs { id } }";
    let response = shop.ask_as(shop.caller(&ben), query).await;
    assert_eq!(error(&response).0, "FORBIDDEN");
    let tenant = shop.engine.tenant(shop.tenant).await.expect("a tenant");
    let promote = UserPatch { role: Some(Role::Admin), preferences: None };
    tenant.update_user(ben.id, promote).await.expect("promoted");
    data(shop.ask_as(shop.caller(&ben), query).await);
}
