//! The schema in somebody else's program, which signs its users in by itself.

use recsys_graphql::{Caller, async_graphql::Request};

use crate::support::{Shop, data, error};

#[tokio::test]
async fn a_visitor_of_a_tenant_reads_the_catalogue() {
    let shop = Shop::open().await;
    shop.items(&["Kettle"]).await;
    let visitor = Caller::in_tenant(shop.tenant);
    let found = data(shop.ask_as(visitor, "{ me { id } items { title } }").await);
    assert_eq!(found, serde_json::json!({ "me": null, "items": [{ "title": "Kettle" }] }));
    let query = r#"mutation { createItem(input: { title: "Lamp" }) { id } }"#;
    assert_eq!(error(&shop.ask_as(visitor, query).await).0, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_visitor_gets_recommendations_for_what_was_just_viewed() {
    let shop = Shop::open().await;
    let items = shop.items(&["Kettle", "Lamp"]).await;
    let query = format!(
        r#"{{ recommendations(options: {{ seedItems: ["{}"] }}) {{ items {{ item {{ title }} }} }} }}"#,
        items[0].id
    );
    let found = data(shop.ask_as(Caller::in_tenant(shop.tenant), &query).await);
    let expected = serde_json::json!([{ "item": { "title": "Lamp" } }]);
    assert_eq!(found["recommendations"]["items"], expected);
}

#[tokio::test]
async fn a_request_without_a_caller_sees_no_tenant() {
    let shop = Shop::open().await;
    let response = shop.schema.execute(Request::new("{ items { title } }")).await;
    assert_eq!(error(&response), ("UNAUTHENTICATED", "sign in first"));
}

#[tokio::test]
async fn without_accounts_the_sign_in_fields_say_so() {
    let shop = Shop::open().await;
    let input = r#"email: "a@b.org", password: "12345678", tenantDomain: "shop""#;
    for query in [
        format!("mutation {{ login(input: {{ {input} }}) {{ accessToken }} }}"),
        format!(
            r#"mutation {{ register(input: {{ {input}, username: "a" }}) {{ accessToken }} }}"#
        ),
        r#"mutation { refreshToken(refreshToken: "x") { accessToken } }"#.to_owned(),
        r#"mutation { logout(refreshToken: "x") }"#.to_owned(),
    ] {
        let response = shop.ask(&query).await;
        assert_eq!(error(&response), ("FORBIDDEN", "this server does not sign users in"));
    }
}

#[tokio::test]
async fn the_limits_hold_in_every_host() {
    let shop = Shop::open().await;
    let spreads = |next: usize| format!("...F{next} ").repeat(8);
    let fragments: String =
        (0..9).map(|at| format!("fragment F{at} on Query {{ {} }} ", spreads(at + 1))).collect();
    let bomb = format!("{{ ...F0 }} {fragments} fragment F9 on Query {{ __typename }}");
    assert_eq!(error(&shop.ask(&bomb).await).0, "QUERY_TOO_COMPLEX");
}
