//! What a client sees of a failure behind the API: a name for the log, and nothing else.

use recsys_graphql::{
    Caller, RequestId,
    async_graphql::{Request, Response, Value},
};

use recsys_store::StoreErrorKind;

use crate::support::{Shop, error};

fn request_id(response: &Response) -> String {
    let extensions = response.errors[0].extensions.as_ref().expect("extensions");
    let id = extensions.get("requestId").expect("a request id");
    if let Value::String(id) = id { id.clone() } else { id.to_string() }
}

async fn broken() -> (Shop, String) {
    let shop = Shop::open().await;
    let item = shop.items(&["Kettle"]).await.remove(0);
    shop.watch.fail("catalog.get_many", StoreErrorKind::Internal);
    (shop, format!(r#"{{ item(id: "{}") {{ title }} }}"#, item.id))
}

#[tokio::test]
async fn internal_errors_have_no_internal_text() {
    let (shop, query) = broken().await;
    let response = shop.ask(&query).await;
    assert_eq!(error(&response), ("INTERNAL_SERVER_ERROR", "internal error"));
    let text = serde_json::to_string(&response).expect("a response is JSON");
    assert!(!text.contains("secret") && !text.contains("catalog"), "{text}");
    assert_ne!(request_id(&response), request_id(&shop.ask(&query).await));
}

#[tokio::test]
async fn the_host_can_name_the_request() {
    let (shop, query) = broken().await;
    let request = Request::new(&query)
        .data(Caller::in_tenant(shop.tenant))
        .data(RequestId("trace-7".to_owned()));
    assert_eq!(request_id(&shop.schema.execute(request).await), "trace-7");
}
