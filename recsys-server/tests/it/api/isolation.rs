//! Two tenants in one database: nothing of one can be seen or touched from the other.

use serde_json::{Value, json};

use super::support::{Account, Server};

struct Two {
    server: Server,
    /// Administers `shop`.
    ada: Account,
    /// Administers `market`.
    mallory: Account,
    /// An item of `shop`, with the external id `sku-1`.
    item: String,
}

async fn two_tenants() -> Two {
    let (server, ada) = Server::with_admin().await;
    server.tenant("market").await;
    let mallory = server.register("market", "mallory").await;
    let query =
        r#"mutation { createItem(input: { title: "Kettle", externalId: "sku-1" }) { id } }"#;
    let data = server.ask(&ada, query).await;
    let item = data["createItem"]["id"].as_str().expect("an id").to_owned();
    Two { server, ada, mallory, item }
}

#[tokio::test]
async fn reads_find_nothing_of_the_other_tenant() {
    let Two { server, ada, mallory, item } = two_tenants().await;
    let query = format!(
        r#"{{ item(id: "{item}") {{ id }} user(id: "{}") {{ id }}
            itemByExternalId(externalId: "sku-1") {{ id }} items {{ id }} trainingJobs {{ id }}
            recommendations {{ totalCount }} users {{ id }} }}"#,
        ada.id
    );
    server.ask(&ada, "mutation { trainModel { id } }").await;
    let data = server.ask(&mallory, &query).await;
    assert_eq!((&data["item"], &data["user"]), (&Value::Null, &Value::Null));
    assert_eq!(data["itemByExternalId"], Value::Null);
    assert_eq!((&data["items"], &data["trainingJobs"]), (&json!([]), &json!([])));
    assert_eq!(data["recommendations"]["totalCount"], 0);
    assert_eq!(data["users"], json!([{ "id": mallory.id }]));
}

#[tokio::test]
async fn every_id_of_the_other_tenant_is_an_unknown_id() {
    let Two { server, ada, mallory, item } = two_tenants().await;
    let data = server.ask(&ada, "mutation { trainModel { id } }").await;
    let job = data["trainModel"]["id"].as_str().expect("an id").to_owned();
    for query in [
        format!(r#"{{ similarItems(itemId: "{item}") {{ score }} }}"#),
        format!(r#"{{ recommendationsFor(userId: "{}") {{ totalCount }} }}"#, ada.id),
        format!(r#"{{ batchRecommendations(userIds: ["{}"]) {{ totalCount }} }}"#, ada.id),
        format!(
            r#"mutation {{ recordInteraction(input: {{ itemId: "{item}", interactionType: "view" }}) {{ id }} }}"#
        ),
        format!(
            r#"mutation {{ recordInteractions(inputs: [{{ itemId: "{item}", interactionType: "view" }}]) {{ id }} }}"#
        ),
        format!(r#"mutation {{ rateItem(input: {{ itemId: "{item}", rating: 5 }}) {{ id }} }}"#),
        format!(r#"mutation {{ updateItem(id: "{item}", input: {{ title: "Mine" }}) {{ id }} }}"#),
        format!(r#"mutation {{ cancelTraining(id: "{job}") {{ id }} }}"#),
    ] {
        let (code, message) = server.fail(Some(&mallory), &query).await;
        assert_eq!(code, "NOT_FOUND", "{query}: {message}");
    }
    let query = format!(r#"mutation {{ deleteItem(id: "{item}") }}"#);
    assert_eq!(server.ask(&mallory, &query).await["deleteItem"], false);
    let query = format!(r#"mutation {{ deleteUser(id: "{}") }}"#, ada.id);
    assert_eq!(server.ask(&mallory, &query).await["deleteUser"], false);
    let query = format!(r#"{{ explain(itemId: "{item}") {{ base }} }}"#);
    assert_eq!(server.ask(&mallory, &query).await["explain"], Value::Null);
    let cursor = "{ itemsConnection { edges { cursor } } }";
    let cursor = server.ask(&ada, cursor).await["itemsConnection"]["edges"][0]["cursor"].take();
    let query = format!("{{ itemsConnection(after: {cursor}) {{ edges {{ cursor }} }} }}");
    assert_eq!(server.ask(&mallory, &query).await["itemsConnection"]["edges"], json!([]));

    let query = format!(r#"{{ item(id: "{item}") {{ title interactionCount ratingCount }} }}"#);
    let expected = json!({ "title": "Kettle", "interactionCount": 0, "ratingCount": 0 });
    assert_eq!(server.ask(&ada, &query).await["item"], expected, "nothing happened to it");
    let jobs = server.ask(&ada, "{ trainingJobs { status } }").await;
    assert_eq!(jobs["trainingJobs"][0]["status"], "QUEUED");
}

#[tokio::test]
async fn the_same_address_and_the_same_own_id_are_free_in_another_tenant() {
    let Two { server, mallory, .. } = two_tenants().await;
    server.register("market", "ada").await;
    let query =
        r#"mutation { createItem(input: { title: "Other", externalId: "sku-1" }) { title } }"#;
    assert_eq!(server.ask(&mallory, query).await["createItem"]["title"], "Other");
}
