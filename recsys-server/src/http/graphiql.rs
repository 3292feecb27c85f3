//! The GraphiQL page. Its scripts come from a public server, so it needs a connection to the
//! internet; nothing else here does.

use async_graphql::http::GraphiQLSource;
use axum::response::Html;

pub(super) async fn page() -> Html<String> {
    let page = GraphiQLSource::build().endpoint("/graphql").subscription_endpoint("/graphql");
    Html(page.title("recsys").finish())
}
